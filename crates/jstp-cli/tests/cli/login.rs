//! Who connects.

use crate::support::{Host, command, jstp, jstp_fed, run};

const WHO: [&str; 3] = ["testbed", "session", "username"];

#[tokio::test]
async fn a_password_comes_from_the_standard_input_or_the_environment() {
    for host in Host::both().await {
        let url = host.url();
        let who = [&["call", &url], &WHO[..], &["--login", "marcus"]].concat();
        let asked = [&who[..], &["--password-stdin"]].concat();
        assert_eq!(jstp_fed("aurelius\n", &asked).await.printed(), "'marcus'\n");

        let mut with_variable = command(&who);
        with_variable.env("JSTP_PASSWORD", "aurelius");
        assert_eq!(run(with_variable, "").await.printed(), "'marcus'\n");

        let refused = jstp_fed("wrong", &asked).await;
        assert_eq!(refused.refused().0, 3);
        assert!(
            refused.err.contains("11 Authentication failed"),
            "{refused:?}"
        );
        assert!(!refused.err.contains("wrong"), "{refused:?}");
    }
}

#[tokio::test]
async fn a_login_without_a_password_is_wrong_use() {
    let host = Host::ours().await;
    let ended = jstp(&[&["call", &host.url()], &WHO[..], &["--login", "marcus"]].concat()).await;
    assert_eq!(ended.refused(), (2, "error: --login needs a password"));
    assert!(ended.err.contains("JSTP_PASSWORD"), "{ended:?}");
}

#[tokio::test]
async fn credentials_of_a_strategy_are_given_like_arguments() {
    for host in Host::both().await {
        let url = host.url();
        let who = [
            &["call", &url],
            &WHO[..],
            &["--strategy", "token", "--credentials"],
        ]
        .concat();
        let given = [&who[..], &["'letmein'"]].concat();
        assert_eq!(jstp(&given).await.printed(), "'token-user'\n");
        let fed = [&who[..], &["-"]].concat();
        assert_eq!(
            jstp_fed("'letmein'", &fed).await.printed(),
            "'token-user'\n"
        );
        let wrong = [&who[..], &["'letmeout'"]].concat();
        assert_eq!(jstp(&wrong).await.refused().0, 3);
    }
}

#[tokio::test]
async fn the_standard_input_is_not_read_for_two_things() {
    let host = Host::ours().await;
    let url = host.url();
    let both = [
        "call",
        &url,
        "testbed",
        "echo",
        "echo",
        "-",
        "--login",
        "marcus",
        "--password-stdin",
    ];
    let ended = jstp_fed("aurelius", &both).await;
    assert_eq!(ended.refused().0, 2);
    assert!(ended.err.contains("--password-stdin and ARGS"), "{ended:?}");
}
