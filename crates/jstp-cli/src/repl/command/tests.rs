use jstp_wire::value;

use super::*;

fn parsed(line: &str) -> Command {
    match parse(line) {
        Ok(Some(command)) => command,
        other => panic!("{line}: {other:?}"),
    }
}

fn message(line: &str) -> String {
    parse(line)
        .unwrap_err()
        .message()
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn commands_are_read_as_the_npm_tool_writes_them() {
    assert_eq!(
        parsed("connect jstp://localhost:3000 chat users rooms"),
        Command::Connect {
            target: Some(("jstp://localhost:3000".to_owned(), "chat".to_owned())),
            interfaces: vec!["users".to_owned(), "rooms".to_owned()],
        }
    );
    assert_eq!(
        parsed("  call  chat   greet  'Ann', {a: [1 ]}"),
        Command::Call {
            interface: "chat".to_owned(),
            method: "greet".to_owned(),
            args: vec![value!("Ann"), value!({a: [1]})],
        }
    );
    assert_eq!(
        parsed("event chat left"),
        Command::Event {
            interface: "chat".to_owned(),
            event: "left".to_owned(),
            args: vec![],
        }
    );
    assert_eq!(parsed("exit"), Command::Exit);
}

#[test]
fn the_beginning_of_a_name_will_do() {
    assert_eq!(parsed("dis"), Command::Disconnect);
    assert_eq!(parsed("i chat"), Command::Inspect(vec!["chat".to_owned()]));
    assert_eq!(message("e"), "`e` may be event or exit");
    assert_eq!(message("dance"), "`dance` is no command");
}

#[test]
fn what_is_missing_is_named() {
    assert_eq!(message("call"), "INTERFACE is missing");
    assert_eq!(message("event chat"), "EVENT is missing");
    assert_eq!(message("connect 127.0.0.1:3000"), "APP is missing");
    assert_eq!(message("session 1"), "`session` stands alone");
    let failure = parse("call chat").unwrap_err();
    assert_eq!(failure.hint(), Some("call INTERFACE METHOD [ARGS]"));
    assert!(message("call a b 1,, x").starts_with("ARGS: expected a value"));
}

#[test]
fn nothing_and_comments_are_no_commands() {
    for line in ["", "   ", "# a", "// b"] {
        assert_eq!(parse(line).unwrap(), None, "{line}");
    }
}

#[test]
fn only_values_go_on_over_lines() {
    assert!(is_unfinished("call a b {x: ["));
    assert!(is_unfinished("ev a b 'x"));
    for line in [
        "call a",
        "call it's",
        "connect it's",
        "call a b [1]",
        "help [",
    ] {
        assert!(!is_unfinished(line), "{line}");
    }
    assert_eq!(fold("call a b {x: // y\n1}"), "call a b {x:  1}");
}

#[test]
fn pasted_text_may_hold_several_commands() {
    let text = "connect a b\ncall a b [1,\n2]\n\nexit";
    assert_eq!(split(text), ["connect a b", "call a b [1,\n2]", "", "exit"]);
}
