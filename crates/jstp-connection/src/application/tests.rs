use std::sync::{Arc, Mutex};

use futures_util::FutureExt as _;
use jstp_session::SimpleSessionStorageProvider;

use super::*;
use crate::handler::testing::{call, emit};

fn calculator() -> Application {
    let interface = Interface::new()
        .method("subtract", |a: i64, b: i64| a - b)
        .method("answer", || 42)
        .method("double", async |a: i64| a * 2);
    Application::new("testApp")
        .unwrap()
        .interface("calculator", interface)
}

fn code(application: &Application, interface: &str, method: &str, args: &str) -> Option<i64> {
    call(application, interface, method, args)
        .unwrap_err()
        .code()
}

#[test]
fn the_version_is_one_when_none_is_named() {
    let application = Application::new("testApp").unwrap();
    assert_eq!(application.name(), "testApp");
    assert_eq!(*application.version(), Version::new(1, 0, 0));
}

#[test]
fn the_version_stands_behind_the_last_at() {
    let application = Application::new("@scope/testApp@1.2.0-rc.1").unwrap();
    assert_eq!(application.name(), "@scope/testApp");
    assert_eq!(application.version().to_string(), "1.2.0-rc.1");
}

#[test]
fn only_exact_versions_and_real_names_are_taken() {
    for name in ["app@^1.2", "app@1.2", "app@latest", "app@", "@scope/app"] {
        let error = Application::new(name).unwrap_err();
        assert!(
            matches!(error, ApplicationError::InvalidVersion { .. }),
            "{name}: {error}"
        );
    }
    for name in ["", "@1.0.0"] {
        let error = Application::new(name).unwrap_err();
        assert!(
            matches!(error, ApplicationError::EmptyName),
            "{name}: {error}"
        );
    }
}

#[test]
fn the_default_application_is_empty() {
    let application = Application::default();
    assert_eq!(application.name(), "jstp");
    assert_eq!(application.version().to_string(), "1.0.0");
    assert_eq!(application.methods("calculator"), None);
    assert!(application.session_storage().is_none());
}

#[test]
fn methods_are_found_and_called() {
    let application = calculator();
    assert_eq!(
        call(&application, "calculator", "subtract", "[5,3]").unwrap(),
        "[2]"
    );
    assert_eq!(
        call(&application, "calculator", "answer", "[]").unwrap(),
        "[42]"
    );
    assert_eq!(
        call(&application, "calculator", "double", "[4]").unwrap(),
        "[8]"
    );
}

#[test]
fn unknown_interfaces_and_methods_have_their_errors() {
    let application = calculator();
    let not_found = Some(RemoteError::INTERFACE_NOT_FOUND);
    assert_eq!(code(&application, "calculus", "answer", "[]"), not_found);
    assert_eq!(code(&application, "", "answer", "[]"), not_found);
    let not_found = Some(RemoteError::METHOD_NOT_FOUND);
    assert_eq!(
        code(&application, "calculator", "multiply", "[]"),
        not_found
    );
    let invalid = Some(RemoteError::INVALID_SIGNATURE);
    assert_eq!(code(&application, "calculator", "answer", "[1]"), invalid);
}

#[test]
fn the_names_are_looked_up_before_the_arguments() {
    let application = calculator();
    let no_array = "{length:0}";
    let not_found = Some(RemoteError::INTERFACE_NOT_FOUND);
    assert_eq!(
        code(&application, "calculus", "answer", no_array),
        not_found
    );
    let not_found = Some(RemoteError::METHOD_NOT_FOUND);
    assert_eq!(
        code(&application, "calculator", "multiply", no_array),
        not_found
    );
    let invalid = Some(RemoteError::INVALID_SIGNATURE);
    assert_eq!(
        code(&application, "calculator", "answer", no_array),
        invalid
    );
}

#[test]
fn names_that_objects_inherit_in_javascript_are_unknown() {
    let application = calculator();
    for name in ["constructor", "toString", "__proto__", "hasOwnProperty"] {
        let not_found = Some(RemoteError::INTERFACE_NOT_FOUND);
        assert_eq!(
            code(&application, name, "answer", "[]"),
            not_found,
            "{name}"
        );
        let not_found = Some(RemoteError::METHOD_NOT_FOUND);
        assert_eq!(
            code(&application, "calculator", name, "[]"),
            not_found,
            "{name}"
        );
        assert_eq!(application.methods(name), None);
    }
}

#[test]
fn an_inspection_lists_methods_in_the_order_of_registration() {
    let names = calculator().methods("calculator").unwrap();
    assert_eq!(names, ["subtract", "answer", "double"]);
}

#[test]
fn unusable_and_duplicate_names_are_refused() {
    let method = |name: &str| {
        Interface::new()
            .method("taken", || 1)
            .try_method(name, || 2)
    };
    assert!(matches!(
        method(""),
        Err(ApplicationError::UnusableMethodName(_))
    ));
    assert!(matches!(
        method("call"),
        Err(ApplicationError::UnusableMethodName(_))
    ));
    assert!(matches!(
        method("taken"),
        Err(ApplicationError::DuplicateMethod(_))
    ));
    assert!(method("event").is_ok() && method("callback").is_ok());

    let event = |name: &str| {
        Interface::new()
            .event("taken", || {})
            .try_event(name, || {})
    };
    assert!(matches!(
        event(""),
        Err(ApplicationError::UnusableEventName(_))
    ));
    assert!(matches!(
        event("event"),
        Err(ApplicationError::UnusableEventName(_))
    ));
    assert!(matches!(
        event("taken"),
        Err(ApplicationError::DuplicateEvent(_))
    ));
    assert!(event("call").is_ok());

    let interface = |name: &str| calculator().try_interface(name, Interface::new());
    assert!(matches!(
        interface(""),
        Err(ApplicationError::EmptyInterfaceName)
    ));
    assert!(matches!(
        interface("calculator"),
        Err(ApplicationError::DuplicateInterface(_))
    ));
}

#[test]
#[should_panic(expected = "the method `twice` is registered already")]
fn registering_a_method_twice_panics() {
    let _ = Interface::new().method("twice", || 1).method("twice", || 2);
}

#[test]
#[should_panic(expected = "a handler of the event `twice` is registered already")]
fn registering_an_event_twice_panics() {
    let _ = Interface::new().event("twice", || {}).event("twice", || {});
}

#[test]
#[should_panic(expected = "the interface `calculator` is registered already")]
fn registering_an_interface_twice_panics() {
    let _ = calculator().interface("calculator", Interface::new());
}

#[test]
fn a_clone_goes_its_own_way() {
    let first = calculator();
    let second = first.clone().interface("extra", Interface::new());
    assert_eq!(first.methods("extra"), None);
    assert_eq!(second.methods("extra"), Some(Vec::new()));
    assert_eq!(call(&second, "calculator", "answer", "[]").unwrap(), "[42]");
}

/// An application that notes what its event handlers get, and the notes.
fn listener() -> (Application, Arc<Mutex<Vec<String>>>) {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let said = Arc::clone(&heard);
    let interface = Interface::new().event("said", move |text: String| {
        said.lock().unwrap().push(text);
    });
    let application = Application::default().interface("chat", interface);
    (application, heard)
}

#[test]
fn events_reach_their_handlers() {
    let (application, heard) = listener();
    assert!(emit(&application, "chat", "said", "['hello']").is_none());
    assert_eq!(*heard.lock().unwrap(), ["hello"]);
}

#[test]
fn events_that_nobody_handles_or_that_do_not_fit_are_ignored() {
    let (application, heard) = listener();
    assert!(emit(&application, "chat", "left", "[]").is_none());
    assert!(emit(&application, "lobby", "said", "['hello']").is_none());
    assert!(emit(&application, "chat", "said", "[1]").is_none());
    assert!(emit(&application, "chat", "said", "[]").is_none());
    assert!(heard.lock().unwrap().is_empty());
}

#[test]
fn the_catch_all_gets_the_events_that_no_interface_handles() {
    let (application, heard) = listener();
    let others = Arc::clone(&heard);
    let application = application.event_handler(
        move |_: Connection, interface: String, event: String, args: RawBuf| {
            let others = Arc::clone(&others);
            async move {
                let note = format!("{interface}.{event} {}", args.as_str());
                others.lock().unwrap().push(note);
            }
        },
    );
    assert!(emit(&application, "chat", "said", "['hello']").is_none());
    assert!(emit(&application, "chat", "said", "[1]").is_none());
    for (interface, event) in [("chat", "left"), ("lobby", "said")] {
        let future = emit(&application, interface, event, "[1, 2]").unwrap();
        future.now_or_never().unwrap();
    }
    assert_eq!(
        *heard.lock().unwrap(),
        ["hello", "chat.left [1, 2]", "lobby.said [1, 2]"]
    );
}

#[test]
fn an_application_may_bring_its_own_session_storage() {
    let storage = Arc::new(SimpleSessionStorageProvider::new());
    let application = calculator().with_session_storage(storage);
    assert!(application.session_storage().is_some());
}

#[test]
fn the_debug_form_lists_names() {
    let (application, _) = listener();
    let debug = format!("{:?}", application.interface("extra", Interface::new()));
    assert!(
        debug.contains("said") && debug.contains("extra") && debug.contains("1.0.0"),
        "{debug}"
    );
}
