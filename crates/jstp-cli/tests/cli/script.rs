//! The prompt with commands from a pipe.

use crate::support::{Host, command, jstp_fed, run};

#[tokio::test]
async fn commands_of_a_pipe_are_carried_out_one_after_the_other() {
    for host in Host::both().await {
        let url = host.url();
        let script = format!(
            "# a script\nconnect {url} testbed meta\n\ncall echo many\n\
             call echo echo [1, // one\n 2]\ncall echo nothing\nevent chat say 'x'\n\
             cal calculator divide 9, 2\nexit\ncall echo many\n"
        );
        let ended = jstp_fed(&script, &[]).await;
        assert_eq!(ended.status, 0, "{ended:?}");
        assert_eq!(ended.out, "meta: version name\n1\n'two'\n[3]\n[1,2]\n4.5\n");
        assert!(
            ended.err.starts_with("connected to testbed at "),
            "{ended:?}"
        );
        assert!(!ended.out.contains("> "), "there is no prompt: {ended:?}");
    }
}

#[tokio::test]
async fn the_first_failure_decides_the_status_and_the_rest_is_carried_out() {
    let host = Host::ours().await;
    let url = host.url();
    let arguments = ["repl", &url, "testbed"];
    let ended = jstp_fed(
        "call errors custom\ncall echo\ncall echo echo 1",
        &arguments,
    )
    .await;
    assert_eq!((ended.status, ended.out.as_str()), (1, "1\n"), "{ended:?}");
    assert!(
        ended
            .err
            .contains("error: 1024 Custom failure 'extra' {a:1}"),
        "{ended:?}"
    );
    assert!(ended.err.contains("METHOD is missing"), "{ended:?}");

    let ended = jstp_fed("dance\ncall echo echo 1", &arguments).await;
    assert_eq!(ended.status, 2, "{ended:?}");
    let ended = jstp_fed("call echo echo 1", &["repl", "127.0.0.1:1", "testbed"]).await;
    assert_eq!((ended.status, ended.out.as_str()), (3, ""), "{ended:?}");
}

#[tokio::test]
async fn events_are_printed_among_the_results() {
    for host in Host::both().await {
        let script = "call events emit 'chat', 'said', ['Ann', 1]\n";
        let ended = jstp_fed(script, &["repl", &host.url(), "testbed"]).await;
        assert_eq!(
            (ended.status, ended.out.as_str()),
            (0, "event chat.said 'Ann',1\n")
        );
    }
}

#[tokio::test]
async fn options_of_the_npm_tool_are_understood() {
    let host = Host::ours().await;
    let script = format!("connect {} testbed\ncall echo echo {{a: 1}}\n", host.url());
    let ended = jstp_fed(&script, &["-p", "4", "-R"]).await;
    assert_eq!(ended.out, "{\n    a: 1\n}\n", "{ended:?}");
    let ended = jstp_fed(&script, &["--pretty-print", "\t"]).await;
    assert_eq!(ended.out, "{\n\ta: 1\n}\n", "{ended:?}");

    let ended = jstp_fed(&script, &["-v", "-i", "20"]).await;
    assert!(
        ended.out.contains("-> {call:[1,'echo'],echo:[{a:1}]}\n"),
        "{ended:?}"
    );
    assert!(
        ended.out.contains("<- {callback:[1],ok:[{a:1}]}\n"),
        "{ended:?}"
    );
    let slow = format!("connect {} testbed\ncall echo slow 200, 1\n", host.url());
    let quiet = jstp_fed(&slow, &["-v", "--heartbeat-interval", "20"]).await;
    assert!(!quiet.out.contains("ping"), "{quiet:?}");
    let all = jstp_fed(&slow, &["-vv", "--heartbeat-interval", "20"]).await;
    assert!(all.out.contains("-> {ping:["), "{all:?}");
}

#[tokio::test]
async fn a_secret_is_not_asked_for_where_nobody_types() {
    let host = Host::ours().await;
    let url = host.url();
    let ended = jstp_fed("login marcus\n", &[]).await;
    assert_eq!(
        ended.refused(),
        (2, "error: there is nobody to ask for a secret")
    );

    let mut with_variable = command(&["repl", &url, "testbed", "--login", "marcus"]);
    with_variable.env("JSTP_PASSWORD", "aurelius");
    let ended = run(with_variable, "call session username\n").await;
    assert_eq!(
        (ended.status, ended.out.as_str()),
        (0, "'marcus'\n"),
        "{ended:?}"
    );
}
