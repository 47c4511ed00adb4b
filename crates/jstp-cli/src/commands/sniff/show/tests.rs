use bytes::Bytes;

use super::*;
use crate::output::ColorChoice;

/// Lines of messages, each a millisecond after the one before; those of the server start with `<`.
fn lines(filter: Filter, width: Option<usize>, messages: &[&str]) -> Vec<String> {
    let output = Output::new(ColorChoice::Never);
    let mut shower = Shower::new(filter, width);
    let line = |(number, text): (u64, &&str)| {
        let (from, text) = match text.strip_prefix('<') {
            Some(text) => (Side::Server, text),
            None => (Side::Client, *text),
        };
        let entry = Entry {
            connection: 1,
            at: Duration::from_millis(number),
            what: What::Message {
                from,
                bytes: Bytes::from(text.to_owned()),
            },
        };
        shower.line(&entry, &output)
    };
    (0..).zip(messages).filter_map(line).collect()
}

fn all(messages: &[&str]) -> Vec<String> {
    lines(Filter::default(), None, messages)
}

#[test]
fn answers_say_what_they_answer_and_how_long_it_took() {
    let lines = all(&[
        "{call:[1,'calc'],add:[1,2]}",
        "{inspect:[2,'calc']}",
        "{ping:[3]}",
        "<{callback:[1],ok:[3]}",
        "<{callback:[2],error:[12]}",
        "<{pong:[3]}",
        "<{event:[-1,'feed'],item:['x']}",
    ]);
    assert_eq!(
        lines[0],
        "     0.000  #1 → call 1       calc.add [1,2]  27 B"
    );
    assert_eq!(lines[1], "     0.001  #1 → inspect 2    calc  20 B");
    assert_eq!(
        lines[3],
        "     0.003  #1 ← callback 1   calc.add [3] after 3.000 ms  21 B"
    );
    assert!(
        lines[4].contains("calc error 12 Interface not found after 3.000 ms"),
        "{}",
        lines[4]
    );
    assert!(
        lines[5].contains("pong 3       after 3.000 ms"),
        "{}",
        lines[5]
    );
    assert!(
        lines[6].contains("event -1     feed.item ['x']"),
        "{}",
        lines[6]
    );
}

#[test]
fn handshakes_are_shown_without_secrets() {
    let lines = all(&[
        "{handshake:[0,'app','^1.2'],login:['ann','secret']}",
        "<{handshake:[0],ok:'0f5a3d5c-1111-2222-3333-444455556666'}",
        "{handshake:[0,'app'],session:['0f5a3d5c-1111-2222-3333-444455556666',7]}",
        "<{handshake:[0],ok:12}",
        "<{handshake:[0],error:[11]}",
    ]);
    assert!(
        lines[0].contains("app@^1.2 by login, credentials not shown"),
        "{}",
        lines[0]
    );
    assert!(lines[1].contains("new session 0f5a3d5c…"), "{}", lines[1]);
    assert!(
        lines[2].contains("app resumes session 0f5a3d5c…"),
        "{}",
        lines[2]
    );
    assert!(lines[3].contains("resumed, 12 received"), "{}", lines[3]);
    assert!(lines[4].contains("refused: error 11"), "{}", lines[4]);
    let all = lines.concat();
    assert!(!all.contains("secret") && !all.contains("1111"), "{all}");
}

#[test]
fn malformed_messages_are_shown_and_steer_no_terminal() {
    let lines = all(&["{{\u{1b}[2J", "{call:null}", "{what:[1]}", ""]);
    assert!(
        lines.iter().all(|line| line.contains("malformed")),
        "{lines:?}"
    );
    assert!(
        lines.iter().all(|line| !line.contains('\u{1b}')),
        "{lines:?}"
    );
}

#[test]
fn filters_choose_by_kind_and_interface() {
    let messages = [
        "{call:[1,'a'],m:[]}",
        "{call:[2,'b'],m:[]}",
        "<{callback:[1],ok:[]}",
        "<{callback:[2],ok:[]}",
        "<{event:[-1,'a'],e:[]}",
        "{ping:[3]}",
    ];
    let count = |arguments: &[&str]| {
        use clap::Parser;
        #[derive(Parser)]
        struct Command {
            #[command(flatten)]
            filter: Filter,
        }
        let command = Command::parse_from([&["sniff"], arguments].concat());
        lines(command.filter, None, &messages).len()
    };
    assert_eq!(count(&[]), 6);
    assert_eq!(count(&["--kind", "call,event"]), 3);
    assert_eq!(count(&["--interface", "a"]), 3);
    assert_eq!(count(&["--interface", "a", "--kind", "callback"]), 1);
}

#[test]
fn long_values_are_cut_where_that_is_wanted() {
    let message = format!("{{call:[1,'a'],m:['{}']}}", "é".repeat(500));
    let cut = lines(Filter::default(), Some(10), &[&message]);
    assert!(cut[0].contains(" ['éééééééé…"), "{}", cut[0]);
    assert!(all(&[&message])[0].len() > 1000);
}

#[test]
fn credentials_of_a_malformed_handshake_are_not_shown() {
    let [line] = &all(&["{handshake:[0,'app'],login:['ann','secret'}"])[..] else {
        panic!("a message is a line");
    };
    assert!(line.contains("a handshake, not shown"), "{line}");
    assert!(!line.contains("secret"), "{line}");
}
