//! `call`, `inspect` and `ping`.

use crate::support::{Host, jstp, jstp_fed};
use crate::temporary::Temporary;

async fn call(host: &Host, arguments: &[&str]) -> String {
    let url = host.url();
    let arguments = [&["call", &url, "testbed"], arguments].concat();
    jstp(&arguments).await.printed()
}

#[tokio::test]
async fn results_are_lines_of_compact_text() {
    for host in Host::both().await {
        assert_eq!(call(&host, &["echo", "many"]).await, "1\n'two'\n[3]\n");
        assert_eq!(call(&host, &["echo", "nothing"]).await, "");
        assert_eq!(
            call(&host, &["echo", "echo", "{a: [1, ,'ü'],}"]).await,
            "{a:[1,,'ü']}\n"
        );
        assert_eq!(
            call(&host, &["calculator", "divide", "10, 4"]).await,
            "2.5\n"
        );
    }
}

#[tokio::test]
async fn arguments_may_begin_with_a_dash_hold_comments_and_be_empty() {
    for host in Host::both().await {
        assert_eq!(call(&host, &["echo", "echo", "-1"]).await, "-1\n");
        assert_eq!(
            call(&host, &["echo", "echo", "--timeout", "9", "-1 // one"]).await,
            "-1\n"
        );
        assert_eq!(
            call(&host, &["echo", "echo", "/* none */ 'a' // last"]).await,
            "'a'\n"
        );
        assert_eq!(call(&host, &["calculator", "answer", ""]).await, "42\n");
        assert_eq!(
            call(&host, &["calculator", "answer", "  // nothing"]).await,
            "42\n"
        );
    }
}

#[tokio::test]
async fn values_that_json_does_not_have_survive() {
    let host = Host::ours().await;
    for (given, printed) in [
        ("undefined", "undefined\n"),
        ("[1,]", "[1]\n"),
        ("[1,undefined]", "[1,,]\n"),
        ("-0", "-0\n"),
        ("NaN", "NaN\n"),
        ("-Infinity", "-Infinity\n"),
        ("'\\u{1b}[2J'", "'\\u001b[2J'\n"),
    ] {
        assert_eq!(
            call(&host, &["echo", "echo", given]).await,
            printed,
            "{given}"
        );
    }
}

#[tokio::test]
async fn arguments_come_from_a_file_or_the_standard_input() {
    let host = Host::ours().await;
    let url = host.url();
    let file = Temporary::with_text("args", "// ten by four\n10,\n4\n");
    let path = file.path();
    let divide = ["call", &url, "testbed", "calculator", "divide"];

    let from_option = [&divide[..], &["--args-file", path]].concat();
    assert_eq!(jstp(&from_option).await.printed(), "2.5\n");
    let at = format!("@{path}");
    assert_eq!(
        jstp(&[&divide[..], &[&at]].concat()).await.printed(),
        "2.5\n"
    );
    let from_stdin = [&divide[..], &["-"]].concat();
    assert_eq!(jstp_fed("9, 2", &from_stdin).await.printed(), "4.5\n");
}

#[tokio::test]
async fn results_are_printed_in_the_form_asked_for() {
    let host = Host::ours().await;
    let rows = "[{name: 'tea', price: 2}, {name: 'chai', hot: true}]";
    let printed = async |form| call(&host, &["echo", "echo", rows, "--output", form]).await;
    assert_eq!(
        printed("json").await,
        "[{\"name\":\"tea\",\"price\":2},{\"name\":\"chai\",\"hot\":true}]\n"
    );
    assert_eq!(
        printed("table").await,
        "name  price  hot\n----  -----  ----\ntea       2\nchai         true\n"
    );
    assert!(
        printed("pretty")
            .await
            .starts_with("[\n  {\n    name: 'tea',\n    price: 2\n  },")
    );
    let several = call(&host, &["echo", "many", "-o", "json"]).await;
    assert_eq!(several, "1\n\"two\"\n[3]\n");
}

#[tokio::test]
async fn errors_of_the_other_side_are_code_message_and_info() {
    for host in Host::both().await {
        let url = host.url();
        for (arguments, error) in [
            (
                &["calculator", "divide", "1, 0"][..],
                "error: 1 Zero division",
            ),
            (
                &["errors", "custom"],
                "error: 1024 Custom failure 'extra' {a:1}",
            ),
            (&["errors", "code", "7"], "error: 7 7"),
            (&["nosuch", "method"], "error: 12 Interface not found"),
            (&["echo", "nosuch"], "error: 14 Method not found"),
            (&["echo", "echo", "1, 2"], "error: 17 Invalid signature"),
        ] {
            let ended = jstp(&[&["call", &url, "testbed"], arguments].concat()).await;
            assert_eq!(ended.refused(), (1, error));
        }
    }
}

#[tokio::test]
async fn a_version_or_a_range_chooses_the_application() {
    for host in Host::both().await {
        let url = host.url();
        for (app, version) in [
            ("testbed", "'2.0.0'\n"),
            ("testbed@1.0.0", "'1.0.0'\n"),
            ("testbed@^1.0", "'1.2.0'\n"),
        ] {
            let ended = jstp(&["call", &url, app, "meta", "version"]).await;
            assert_eq!(ended.printed(), version, "{app}");
        }
        let refused = jstp(&["call", &url, "testbed@^3", "meta", "version"]).await;
        assert_eq!(refused.refused().0, 3, "{refused:?}");
        assert!(
            refused.err.contains("10 Application not found"),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn a_call_that_times_out_or_loses_its_connection_ends_with_3() {
    for host in Host::both().await {
        let url = host.url();
        let slow = [
            "call",
            &url,
            "testbed",
            "echo",
            "slow",
            "600000, 1",
            "--timeout",
            "4",
        ];
        let ended = jstp(&slow).await;
        assert_eq!(
            ended.refused(),
            (3, "error: no answer within the time allowed")
        );
        let ended = jstp(&["call", &url, "testbed", "connection", "drop"]).await;
        assert_eq!(ended.refused().0, 3, "{ended:?}");
        assert!(
            ended.err.starts_with("error: the connection was lost: "),
            "{ended:?}"
        );
    }
}

#[tokio::test]
async fn inspection_prints_a_line_for_each_interface() {
    for host in Host::both().await {
        let url = host.url();
        let ended = jstp(&["inspect", &url, "testbed", "meta", "echo"]).await;
        assert_eq!(
            ended.printed(),
            "meta: version name\necho: echo many nothing slow\n"
        );

        let ended = jstp(&["inspect", &url, "testbed", "nosuch", "meta"]).await;
        assert_eq!(
            (ended.status, ended.out.as_str()),
            (1, "meta: version name\n")
        );
        assert!(
            ended
                .err
                .starts_with("error: 12 Interface not found\nhint: "),
            "{ended:?}"
        );
        assert!(ended.err.contains("`nosuch`"), "{ended:?}");

        let ended = jstp(&["inspect", &url, "testbed", "meta", "-o", "json"]).await;
        assert_eq!(ended.printed(), "{\"meta\":[\"version\",\"name\"]}\n");
    }
}

#[tokio::test]
async fn pings_are_lines_and_a_summary() {
    for host in Host::both().await {
        let url = host.url();
        let ended = jstp(&["ping", &url, "testbed", "--count", "3", "--interval", "5"]).await;
        let printed = ended.printed();
        let lines: Vec<&str> = printed.lines().collect();
        assert_eq!(lines.len(), 4, "{printed}");
        assert!(lines[0].starts_with("ping 1 127.0.0.1:") && lines[0].ends_with(" ms"));
        assert!(
            lines[3].starts_with("3 sent, 3 answered, min/avg/max "),
            "{printed}"
        );
    }
}
