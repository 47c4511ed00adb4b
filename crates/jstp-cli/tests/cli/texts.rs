//! `jstp fmt` and `jstp json`.

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::time::timeout;

use crate::npm::DEADLINE;
use crate::support::{command, jstp, jstp_fed};
use crate::temporary::Temporary;

#[tokio::test]
async fn text_is_formatted_from_stdin_and_files() {
    let text = "// head\n{\"a\": [1,,0x10,], b: {c: 'é'}}\n";
    let ended = jstp_fed(text, &["fmt"]).await;
    assert_eq!(
        ended.printed(),
        "{\n  a: [\n    1,,\n    16\n  ],\n  b: {\n    c: 'é'\n  }\n}\n"
    );
    let ended = jstp_fed(text, &["fmt", "--compact"]).await;
    assert_eq!(ended.printed(), "{a:[1,,16],b:{c:'é'}}\n");

    let file = Temporary::with_text("fmt.jstp", "[1]");
    let ended = jstp_fed("{b:2}", &["fmt", "-c", file.path(), "-"]).await;
    assert_eq!(ended.printed(), "[1]\n{b:2}\n");
    assert_eq!(jstp(&["fmt", "/nonexistent.jstp"]).await.status, 2);
}

#[tokio::test]
async fn text_converts_to_json_and_back() {
    let ended = jstp_fed(
        "{a:[undefined,NaN,-0,1e21],'b c':'it\\'s'}",
        &["json", "-c"],
    )
    .await;
    let json = ended.printed();
    assert_eq!(json, "{\"a\":[null,null,-0,1e+21],\"b c\":\"it's\"}\n");
    let ended = jstp_fed(&json, &["json", "--to-jstp", "--compact"]).await;
    assert_eq!(ended.printed(), "{a:[null,null,-0,1e+21],'b c':'it\\'s'}\n");
    let ended = jstp_fed("{a:\n [1,,2]}", &["json", "--strict"]).await;
    assert_eq!(ended.status, 1);
    assert!(
        ended
            .err
            .starts_with("standard input:2:2: JSON cannot hold `undefined`\n"),
        "{ended:?}"
    );
}

#[tokio::test]
async fn errors_point_into_the_text() {
    let ended = jstp_fed("{\n  a: 1\n  b: 2\n}", &["fmt", "--check"]).await;
    assert_eq!((ended.status, ended.out.as_str()), (1, ""));
    let expected = "standard input:3:3: expected `,` or `}`, found `b`\n  |\n3 |   b: 2\n  |   ^\n";
    assert!(ended.err.starts_with(expected), "{ended:?}");
    let ended = jstp_fed("{a:1}", &["fmt", "--check"]).await;
    assert_eq!(ended.printed(), "");
}

#[tokio::test]
async fn a_text_that_is_not_valid_does_not_keep_others_of_the_stream_back() {
    let ended = jstp_fed("{a:1}\0{b:\0{c:3}\0", &["fmt", "-c"]).await;
    assert_eq!((ended.status, ended.out.as_str()), (1, "{a:1}\n{c:3}\n"));
    assert!(
        ended.err.starts_with("standard input, text 2:1:4: "),
        "{ended:?}"
    );
    let ended = jstp_fed("[1]\n[2\n[3]\n", &["json", "-c", "--end", "nul"]).await;
    assert_eq!((ended.status, ended.out.as_str()), (1, "[1]\0[3]\0"));
    assert!(ended.err.starts_with("standard input:2:3: "), "{ended:?}");
}

#[tokio::test]
async fn a_stream_is_converted_while_it_comes_in() {
    let mut child = command(&["json", "-c"])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for number in 0..3 {
        stdin
            .write_all(format!("{{n:{number}}}\0").as_bytes())
            .await
            .unwrap();
        stdin.flush().await.unwrap();
        let line = timeout(DEADLINE, lines.next_line()).await.unwrap().unwrap();
        assert_eq!(line.unwrap(), format!("{{\"n\":{number}}}"));
    }
}
