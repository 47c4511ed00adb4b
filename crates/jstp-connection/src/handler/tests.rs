use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use futures_util::FutureExt as _;
use jstp_wire::{RawBuf, RemoteError, Undefined, Value};
use serde::{Deserialize, Serialize, Serializer};

use super::testing;
use super::{EventHandler, Handler};
use crate::api::{EventCall, MethodCall, MethodOutcome, Results};
use crate::application::{Application, Interface};
use crate::connection::Connection;
use crate::reply::Many;

/// What `handler` answers to `args`, as text.
fn answer<M: 'static>(handler: impl Handler<M>, args: &str) -> Result<String, RemoteError> {
    let interface = Interface::new().method("m", handler);
    let application = Application::default().interface("i", interface);
    testing::call(&application, "i", "m", args)
}

fn ok<M: 'static>(handler: impl Handler<M>, args: &str) -> String {
    answer(handler, args).unwrap()
}

fn code<M: 'static>(handler: impl Handler<M>, args: &str) -> i64 {
    answer(handler, args).unwrap_err().code().unwrap()
}

const INVALID_SIGNATURE: i64 = RemoteError::INVALID_SIGNATURE;

#[test]
fn plain_closures_are_handlers() {
    assert_eq!(ok(|| 42, "[]"), "[42]");
    assert_eq!(ok(|a: f64, b: f64| a / b, "[1, 4]"), "[0.25]");
    assert_eq!(
        ok(|name: String| format!("Hi, {name}!"), "['JSTP']"),
        "['Hi, JSTP!']"
    );
}

#[test]
fn async_closures_are_handlers() {
    assert_eq!(ok(async || 42, "[]"), "[42]");
    assert_eq!(ok(async |a: u8| a + 1, "[1]"), "[2]");
    let greeting = Arc::new("Hi".to_owned());
    let greet = move |name: String| {
        let greeting = Arc::clone(&greeting);
        async move { format!("{greeting}, {name}!") }
    };
    assert_eq!(ok(greet, "['JSTP']"), "['Hi, JSTP!']");
}

#[test]
fn functions_are_handlers() {
    fn double(n: i64) -> i64 {
        n * 2
    }
    async fn checked(n: i64) -> Result<i64, RemoteError> {
        n.checked_mul(2)
            .ok_or_else(|| RemoteError::from("too large"))
    }
    assert_eq!(ok(double, "[21]"), "[42]");
    assert_eq!(ok(checked, "[21]"), "[42]");
    assert_eq!(
        answer(checked, "[9223372036854775807]")
            .unwrap_err()
            .message(),
        "too large"
    );
}

#[test]
fn the_connection_may_come_first() {
    assert_eq!(ok(|_: Connection| 1, "[]"), "[1]");
    assert_eq!(ok(|_: Connection, a: u8, b: u8| a + b, "[1,2]"), "[3]");
    assert_eq!(ok(async |_: Connection| 1, "[]"), "[1]");
    assert_eq!(ok(async |_: Connection, a: u8| a, "[1]"), "[1]");
    assert_eq!(code(|_: Connection| 1, "[1]"), INVALID_SIGNATURE);
}

#[test]
fn eight_arguments_fit() {
    let sum = |a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8| {
        [a, b, c, d, e, f, g, h].iter().sum::<u8>()
    };
    assert_eq!(ok(sum, "[1,2,3,4,5,6,7,8]"), "[36]");
    assert_eq!(code(sum, "[1,2,3,4,5,6,7]"), INVALID_SIGNATURE);
    let last = async |_: Connection,
                      _: Value,
                      _: Value,
                      _: Value,
                      _: Value,
                      _: Value,
                      _: Value,
                      _: Value,
                      last: Value| last;
    assert_eq!(ok(last, "[,,,,,,,'h']"), "['h']");
}

#[test]
fn another_number_of_arguments_is_an_invalid_signature() {
    assert_eq!(code(|| 1, "[1]"), INVALID_SIGNATURE);
    assert_eq!(code(|| 1, "[,]"), INVALID_SIGNATURE);
    assert_eq!(code(|a: u8| a, "[]"), INVALID_SIGNATURE);
    assert_eq!(code(|a: u8| a, "[1,2]"), INVALID_SIGNATURE);
    assert_eq!(code(|a: Option<u8>| a, "[]"), INVALID_SIGNATURE);
    assert_eq!(code(async |a: u8| a, "[1,,]"), INVALID_SIGNATURE);
}

#[test]
fn another_type_of_argument_is_an_invalid_signature() {
    for args in [
        "['1']", "[1.5]", "[-1]", "[256]", "[null]", "[,]", "[[1]]", "[{}]",
    ] {
        assert_eq!(code(|a: u8| a, args), INVALID_SIGNATURE, "{args}");
    }
    assert_eq!(code(|a: String| a, "[1]"), INVALID_SIGNATURE);
}

#[test]
fn arguments_that_are_no_array_are_an_invalid_signature() {
    for args in ["{length:0}", "null", "''", "0", "undefined"] {
        assert_eq!(code(|| 1, args), INVALID_SIGNATURE, "{args}");
    }
}

#[test]
fn options_take_null_and_undefined() {
    let is_there = |a: Option<u8>| a.is_some();
    assert_eq!(ok(is_there, "[1]"), "[true]");
    assert_eq!(ok(is_there, "[null]"), "[false]");
    assert_eq!(ok(is_there, "[undefined]"), "[false]");
    assert_eq!(ok(is_there, "[,]"), "[false]");
}

#[test]
fn values_come_and_go_unchanged() {
    let echo = |value: Value| value;
    for args in [
        "[,]",
        "[null]",
        "[[1,,3]]",
        "[NaN]",
        "[-Infinity]",
        "[-0]",
        "[{a:{b:'ж'}}]",
    ] {
        assert_eq!(ok(echo, args), args);
    }
    assert_eq!(
        ok(|value: RawBuf| value, "[ {a : 0x1, } ]"),
        "[{a : 0x1, }]"
    );
}

#[test]
fn structures_are_arguments_and_results() {
    #[derive(Deserialize, Serialize)]
    struct Point {
        x: i32,
        y: i32,
    }
    let flip = |point: Point| Point {
        x: point.y,
        y: point.x,
    };
    assert_eq!(ok(flip, "[{x: 1, y: 2, z: 3}]"), "[{x:2,y:1}]");
    assert_eq!(code(flip, "[{x: 1}]"), INVALID_SIGNATURE);
    let count = |map: BTreeMap<String, Vec<u8>>| map.into_values().flatten().count();
    assert_eq!(ok(count, "[{a:[1,2],b:[3]}]"), "[3]");
}

#[test]
fn the_unit_is_no_results() {
    assert_eq!(ok(|| (), "[]"), "[]");
    assert_eq!(ok(|_: u8| {}, "[1]"), "[]");
    assert_eq!(ok(async || {}, "[]"), "[]");
    assert_eq!(ok(|| Ok::<_, RemoteError>(()), "[]"), "[]");
}

#[test]
fn none_and_undefined_are_one_result() {
    assert_eq!(ok(|| None::<u8>, "[]"), "[null]");
    assert_eq!(ok(|| Undefined, "[]"), "[,]");
    assert_eq!(ok(|| Value::Undefined, "[]"), "[,]");
}

#[test]
fn many_is_several_results() {
    assert_eq!(ok(|| Many((1, "two", [3])), "[]"), "[1,'two',[3]]");
    assert_eq!(ok(|| (1, "two", [3]), "[]"), "[[1,'two',[3]]]");
    assert_eq!(ok(|| Many(()), "[]"), "[]");
    assert_eq!(ok(|| Many((Undefined,)), "[]"), "[,]");
    assert_eq!(ok(async || Many(vec!['a', 'b']), "[]"), "['a','b']");
    assert_eq!(ok(|| Ok::<_, RemoteError>(Many((1, 2))), "[]"), "[1,2]");
    assert_eq!(
        ok(async || Ok::<_, RemoteError>(Many((1, 2))), "[]"),
        "[1,2]"
    );
}

#[test]
fn many_of_what_is_no_sequence_is_an_internal_error() {
    assert_eq!(code(|| Many(1), "[]"), RemoteError::INTERNAL_API_ERROR);
}

#[test]
fn errors_reach_the_caller() {
    let divide = |a: f64, b: f64| {
        if b == 0.0 {
            return Err(RemoteError::from("Zero division"));
        }
        Ok(a / b)
    };
    assert_eq!(ok(divide, "[1,2]"), "[0.5]");
    let error = answer(divide, "[1,0]").unwrap_err();
    assert_eq!((error.code(), error.message()), (Some(1), "Zero division"));

    let by_code = async |code: i64| Err::<(), _>(RemoteError::from(code));
    assert_eq!(code(by_code, "[1024]"), 1024);
}

#[test]
fn errors_of_the_applications_own_are_turned_into_remote_ones() {
    struct SoldOut;
    impl From<SoldOut> for RemoteError {
        fn from(_: SoldOut) -> Self {
            Self::new(1024, "sold out").with_info(vec!["tea".into()])
        }
    }
    let error = answer(|| Err::<u8, _>(SoldOut), "[]").unwrap_err();
    assert_eq!(
        error,
        RemoteError::new(1024, "sold out").with_info(vec!["tea".into()])
    );

    let through = async || {
        Err(SoldOut)?;
        Ok::<_, RemoteError>(1)
    };
    assert_eq!(code(through, "[]"), 1024);
}

#[test]
fn a_result_that_cannot_be_written_is_an_internal_error() {
    struct Unwritable;
    impl Serialize for Unwritable {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("cannot be written"))
        }
    }
    assert_eq!(code(|| Unwritable, "[]"), RemoteError::INTERNAL_API_ERROR);
    assert_eq!(
        code(async || Unwritable, "[]"),
        RemoteError::INTERNAL_API_ERROR
    );
}

#[test]
fn an_async_handler_does_not_run_before_it_is_polled() {
    let runs = Arc::new(Mutex::new(0));
    let seen = Arc::clone(&runs);
    let handler = move || {
        let runs = Arc::clone(&runs);
        async move { *runs.lock().unwrap() += 1 }
    };
    let connection = testing::connection();
    let args = crate::Args::new(testing::raw("[]"));
    let call = MethodCall::new(&connection, "i", "m", args);
    let MethodOutcome::Pending(future) = handler.handle_call(&call, &mut Results::new()) else {
        panic!("an async handler gives a future");
    };
    assert_eq!(*seen.lock().unwrap(), 0);
    future.now_or_never().unwrap().unwrap();
    assert_eq!(*seen.lock().unwrap(), 1);
}

#[test]
fn a_type_of_the_users_own_may_be_a_handler() {
    struct Names;
    impl Handler<()> for Names {
        fn handle_call(&self, call: &MethodCall<'_>, results: &mut Results) -> MethodOutcome {
            match results.set_many(&(call.interface, call.method)) {
                Ok(()) => MethodOutcome::Done,
                Err(_) => MethodOutcome::Failed(RemoteError::internal_api_error()),
            }
        }
    }
    assert_eq!(ok(Names, "[]"), "['i','m']");
}

/// Whether an event with `args` fits `handler`; runs what it starts.
fn fits<M: 'static>(handler: &impl EventHandler<M>, args: &str) -> bool {
    let connection = testing::connection();
    let args = crate::Args::new(testing::raw(args)).unwrap();
    let future = handler.handle_event(&EventCall::new(&connection, "i", "e", args));
    let Ok(future) = future else {
        return false;
    };
    if let Some(future) = future {
        future.now_or_never().expect("the handler has to wait");
    }
    true
}

#[test]
fn event_handlers_come_in_the_same_shapes() {
    fn named(_: String) {}
    async fn later(_: String) {}
    assert!(fits(&|| {}, "[]"));
    assert!(fits(&async || {}, "[]"));
    assert!(fits(&|_: Connection| {}, "[]"));
    assert!(fits(&async |_: Connection, _: u8, _: Value| {}, "[1,,]"));
    assert!(fits(&named, "['a']"));
    assert!(fits(&later, "['a']"));
}

#[test]
fn events_whose_arguments_do_not_fit_are_told_apart() {
    assert!(!fits(&|| {}, "[1]"));
    assert!(!fits(&|_: u8| {}, "[]"));
    assert!(!fits(&|_: u8| {}, "['a']"));
    assert!(!fits(&async |_: Connection, _: u8| {}, "[1,2]"));
}

#[test]
fn event_handlers_get_their_arguments() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let now = Arc::clone(&heard);
    let now = move |text: String| now.lock().unwrap().push(text);
    assert!(fits(&now, "['now']"));
    let later = Arc::clone(&heard);
    let later = move |_: Connection, text: String| {
        let later = Arc::clone(&later);
        async move { later.lock().unwrap().push(text) }
    };
    assert!(fits(&later, "['later']"));
    assert_eq!(*heard.lock().unwrap(), ["now", "later"]);
}
