//! Who is let in.

use std::time::Duration;

use jstp::{
    AuthError, AuthRequest, ConnectError, Credentials, LoginTable, RemoteError, ServerEvent,
    ServerOptions, SimpleConnectPolicy, net,
};

use super::support::{Site, app, client, within};

async fn refusal(site: &Site, policy: SimpleConnectPolicy) -> ConnectError {
    let client = client().with_connect_policy(policy);
    net::connect("app", client, site.target.clone())
        .await
        .expect_err("the client is refused")
}

#[tokio::test]
async fn a_login_is_checked() {
    within(async {
        let table = LoginTable::new([("marcus", "aurelius")]);
        let site = Site::in_memory(ServerOptions::new([app()]).with_auth_policy(table)).await;
        let right = SimpleConnectPolicy::login("marcus", "aurelius");
        let connection = site.connect_with(client().with_connect_policy(right)).await;
        let user: Option<String> = connection.call("session", "user", ()).await.unwrap();
        assert_eq!(user.as_deref(), Some("marcus"));
        assert_eq!(connection.username().as_deref(), Some("marcus"));
        for (user, password) in [("marcus", "x"), ("x", "aurelius"), ("", "")] {
            let error = refusal(&site, SimpleConnectPolicy::login(user, password)).await;
            assert_eq!(error.code(), Some(11));
        }
        let anonymous = site.connect().await;
        let user: Option<String> = anonymous.call("session", "user", ()).await.unwrap();
        assert_eq!(user, None);
    })
    .await;
}

#[tokio::test]
async fn without_a_policy_only_the_anonymous_are_let_in() {
    within(async {
        let site = Site::in_memory([app()]).await;
        let error = refusal(&site, SimpleConnectPolicy::login("marcus", "aurelius")).await;
        assert_eq!(error.code(), Some(11));
        site.connect().await;
    })
    .await;
}

#[tokio::test]
async fn a_closure_may_be_the_policy() {
    within(async {
        let policy = async |request: AuthRequest| match request.strategy.as_str() {
            "token" => Ok(request
                .credentials
                .deserialize::<String>()
                .map_err(|_| AuthError::Denied)?),
            "teapot" => Err(AuthError::Remote(RemoteError::new(418, "short and stout"))),
            _ => Ok(String::new()),
        };
        let site = Site::in_memory(ServerOptions::new([app()]).with_auth_policy(policy)).await;
        let custom = |name: &str, text: &str| {
            SimpleConnectPolicy::custom(name, Credentials::parse(text).unwrap()).unwrap()
        };
        let token = client().with_connect_policy(custom("token", "'ann'"));
        let connection = site.connect_with(token).await;
        let user: Option<String> = connection.call("session", "user", ()).await.unwrap();
        assert_eq!(user.as_deref(), Some("ann"));
        assert_eq!(refusal(&site, custom("token", "{}")).await.code(), Some(11));
        assert_eq!(
            refusal(&site, custom("nameless", "1")).await.code(),
            Some(11)
        );
        let ConnectError::Refused(error) = refusal(&site, custom("teapot", "1")).await else {
            panic!("the policy refuses");
        };
        assert_eq!(
            (error.code(), error.message()),
            (Some(418), "short and stout")
        );
    })
    .await;
}

#[tokio::test]
async fn a_policy_that_panics_lets_nobody_in() {
    within(async {
        let policy = async |_request: AuthRequest| -> Result<String, AuthError> {
            panic!("a panic on purpose")
        };
        let site = Site::in_memory(ServerOptions::new([app()]).with_auth_policy(policy)).await;
        let error = refusal(&site, SimpleConnectPolicy::login("a", "b")).await;
        assert_eq!(error.code(), Some(11));
        site.connect().await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_takes_too_long_is_cut_off() {
    within(async {
        let policy = async |_request: AuthRequest| -> Result<String, AuthError> {
            std::future::pending().await
        };
        let site = Site::in_memory(ServerOptions::new([app()]).with_auth_policy(policy)).await;
        let mut events = site.server.events();
        let start = tokio::time::Instant::now();
        let error = refusal(&site, SimpleConnectPolicy::login("a", "b")).await;
        assert_eq!(error.code(), Some(-2), "{error}");
        assert_eq!(start.elapsed(), Duration::from_secs(3));
        let timeout = |event: &ServerEvent| matches!(event, ServerEvent::HandshakeTimeout { .. });
        while !timeout(&events.recv().await.unwrap()) {}
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_says_nothing_is_closed_after_a_while() {
    within(async {
        let site = Site::in_memory([app()]).await;
        let mut raw = site.raw().await;
        let start = tokio::time::Instant::now();
        assert_eq!(raw.receive().await, None);
        assert_eq!(start.elapsed(), Duration::from_secs(3));
    })
    .await;
}
