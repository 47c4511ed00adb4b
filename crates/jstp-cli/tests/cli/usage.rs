//! Wrong use ends with 2 and says what is wrong, before anything is sent.

use crate::support::{command, jstp, run};

/// Nothing listens there, so that a connection would be refused (3).
const NOWHERE: &str = "127.0.0.1:1";

#[tokio::test]
async fn wrong_use_is_found_before_connecting() {
    for (arguments, told) in [
        (&["call", NOWHERE, "app", "i"][..], "<METHOD>"),
        (&["call", NOWHERE, "app", "i", "m", "1", "2"], "'2'"),
        (
            &["call", NOWHERE, "app", "i", "m", "{a: }"],
            "expected a value",
        ),
        (&["call", NOWHERE, "app", "i", "m", "1], [2"], "ARGS"),
        (
            &["call", NOWHERE, "app", "i", "m", "@/no/such/file"],
            "/no/such/file",
        ),
        (
            &["call", NOWHERE, "app", "i", "m", "--args-file", "/no/such"],
            "/no/such",
        ),
        (
            &["call", NOWHERE, "app@not a range", "i", "m"],
            "not a range",
        ),
        (&["call", NOWHERE, "", "i", "m"], "name of an application"),
        (
            &["call", "127.0.0.1", "app", "i", "m"],
            "the port is missing",
        ),
        (
            &["call", "gopher://127.0.0.1:1", "app", "i", "m"],
            "invalid address",
        ),
        (
            &["call", NOWHERE, "app", "i", "m", "--timeout", "soon"],
            "soon",
        ),
        (
            &["call", NOWHERE, "app", "i", "m", "--strategy", "token"],
            "--credentials",
        ),
        (
            &["call", NOWHERE, "app", "i", "m", "--output", "xml"],
            "xml",
        ),
        (&["inspect", NOWHERE, "app"], "<INTERFACE>"),
        (
            &["ping", NOWHERE, "app", "--header", "Cookie: a=1"],
            "has no headers",
        ),
        (
            &["ping", "ws://127.0.0.1:1", "app", "--header", "Cookie"],
            "the colon is missing",
        ),
        (
            &["ping", "ws://127.0.0.1:1", "app", "--header", "Host: a"],
            "the header `Host` cannot be sent",
        ),
        (&["listen", NOWHERE, "app", "--count", "0"], "--count"),
        (
            &["-v", "inspect", NOWHERE, "app", "i"],
            "options of the prompt",
        ),
        (&["dance"], "dance"),
    ] {
        let ended = jstp(arguments).await;
        assert_eq!(
            (ended.status, ended.out.as_str()),
            (2, ""),
            "{arguments:?}: {ended:?}"
        );
        assert!(ended.err.starts_with("error: "), "{arguments:?}: {ended:?}");
        assert!(ended.err.contains(told), "{arguments:?}: {ended:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_no_connection() {
    let ended = jstp(&["call", NOWHERE, "app", "i", "m"]).await;
    assert_eq!(ended.refused().0, 3);
    assert!(ended.err.contains("127.0.0.1:1: "), "{ended:?}");
    assert!(
        ended.err.contains("hint: is the server running"),
        "{ended:?}"
    );
}

#[tokio::test]
async fn colours_are_for_terminals_unless_asked_for() {
    let arguments = ["call", NOWHERE, "app", "i", "m"];
    let plain = jstp(&arguments).await;
    assert!(!plain.err.contains('\u{1b}'), "{plain:?}");
    let always = [&["--color", "always"], &arguments[..]].concat();
    let colored = jstp(&always).await;
    assert!(colored.err.starts_with("\u{1b}["), "{colored:?}");
}

#[tokio::test]
async fn a_reader_that_stops_reading_is_no_failure() {
    // More than a pipe holds, of which nothing is read.
    let mut command = command(&["completions", "bash"]);
    command.stdout(closed_pipe());
    let ended = run(command, "").await;
    assert_eq!((ended.status, ended.err.as_str()), (0, ""));
}

fn closed_pipe() -> std::io::PipeWriter {
    let (reader, writer) = std::io::pipe().expect("there are pipes");
    drop(reader);
    writer
}
