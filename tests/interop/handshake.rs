//! Who is let in, to what.

use jstp::wire::RawBuf;
use jstp::{Client, ConnectError, Credentials, SimpleConnectPolicy, Strategy, net};
use serde_json::{Value as Json, json};

use crate::npm::NpmPeer;
use crate::place::{Net, Place, transport};
use crate::support::{
    NpmServer, OurServer, call, connect, connect_request, npm_code, parse, within,
};

crate::place::scenarios! { all:
    npm_clients_find_the_version_they_ask_for,
    our_clients_find_the_version_they_ask_for,
    a_range_that_is_none_is_refused_before_anything_is_sent,
    npm_clients_log_in_by_what_they_know,
    our_clients_log_in_by_what_they_know,
}

/// What is asked for, and the version that it finds.
const FOUND: [(&str, &str); 9] = [
    ("testbed", "2.0.0"),
    ("testbed@", "2.0.0"),
    ("testbed@1.0.0", "1.0.0"),
    ("testbed@^1.0.0", "1.2.0"),
    ("testbed@~1.0", "1.0.0"),
    ("testbed@1", "1.2.0"),
    ("testbed@<2", "1.2.0"),
    ("testbed@1.0.0 || >1.5", "2.0.0"),
    ("other@*", "1.0.0"),
];

/// What is asked for and not there.
const NOT_FOUND: [&str; 4] = ["nothing", "testbed@3", "testbed@1.1.0", "other@>1.0.0"];

async fn npm_clients_find_the_version_they_ask_for(net: Net) {
    let peer = NpmPeer::spawn().await;
    let ours = OurServer::start(net).await;
    for (app, version) in FOUND {
        ours.connect_with(&peer, json!({"app": app})).await;
        let found = peer.call("meta", "version", json!([])).await;
        assert_eq!(found, Ok(json!([version])), "{app}");
        peer.must(json!({"cmd": "close"})).await;
    }
    for app in NOT_FOUND {
        let refused = peer
            .request(connect_request(&ours.place, json!({"app": app})))
            .await;
        assert_eq!(npm_code(refused), 10, "{app}");
    }
}

async fn our_clients_find_the_version_they_ask_for(net: Net) {
    let npm = NpmServer::start(net).await;
    for (app, version) in FOUND {
        let connection = connect(app, Client::default(), &npm.place).await;
        let found = call(&connection, "meta", "version", ())
            .await
            .expect("it is there");
        assert_eq!(found, version, "{app}");
        connection.close().await;
    }
    for app in NOT_FOUND {
        let refused = refusal(app, Client::default(), &npm.place).await;
        assert_eq!(refused.code(), Some(10), "{app}: {refused}");
    }
}

async fn a_range_that_is_none_is_refused_before_anything_is_sent(net: Net) {
    let npm = NpmServer::start(net).await;
    let refused = refusal("testbed@not a range", Client::default(), &npm.place).await;
    assert!(
        matches!(refused, ConnectError::InvalidRange(_)),
        "{refused}"
    );
}

async fn npm_clients_log_in_by_what_they_know(net: Net) {
    let peer = NpmPeer::spawn().await;
    let login = |password: &str| json!({"login": "marcus", "password": password});
    let token =
        |token: &str| json!({"app": "testbed", "strategy": "token", "credentials": [token]});
    let accepted = [
        (json!({}), Json::Null),
        (login("aurelius"), json!("marcus")),
        (token("letmein"), json!("token-user")),
    ];
    let refused = [
        login("antoninus"),
        token("let me in"),
        json!({"app": "testbed", "strategy": "unknown", "credentials": []}),
        json!({"app": "testbed", "strategy": "token", "credentials": {"str": "letmein"}}),
    ];
    let ours = OurServer::start(net).await;
    for (fields, username) in &accepted {
        let connected = ours.connect_with(&peer, fields.clone()).await;
        let named = peer.call("session", "username", json!([])).await;
        assert_eq!(named, Ok(json!([username])));
        let id = peer.call("session", "id", json!([])).await;
        assert_eq!(id, Ok(json!([connected["session"]])));
        peer.must(json!({"cmd": "close"})).await;
    }
    for fields in &refused {
        let outcome = peer
            .request(connect_request(&ours.place, fields.clone()))
            .await;
        assert_eq!(npm_code(outcome), 11, "{fields}");
    }
}

async fn our_clients_log_in_by_what_they_know(net: Net) {
    let token = |text: &str| {
        let credentials = RawBuf::parse(text, 8).expect("the text is well-formed");
        Strategy::custom("token", Credentials::from(credentials)).expect("the name is usable")
    };
    let unknown = Strategy::custom(
        "unknown",
        Credentials::parse("[]").expect("it is well-formed"),
    );
    let accepted = [
        (Strategy::Anonymous, "null"),
        (Strategy::login("marcus", "aurelius"), "'marcus'"),
        (token("['letmein']"), "'token-user'"),
    ];
    let refused = [
        Strategy::login("marcus", "antoninus"),
        token("['let me in']"),
        unknown.expect("the name is usable"),
    ];
    let npm = NpmServer::start(net).await;
    for (strategy, username) in &accepted {
        let client =
            Client::default().with_connect_policy(SimpleConnectPolicy::from(strategy.clone()));
        let connection = connect("testbed", client, &npm.place).await;
        let named = call(&connection, "session", "username", ())
            .await
            .expect("it answers");
        assert_eq!(named, parse(username));
        let id = call(&connection, "session", "id", ())
            .await
            .expect("it answers");
        assert_eq!(id, connection.session_id().as_str());
        connection.close().await;
    }
    for strategy in &refused {
        let client =
            Client::default().with_connect_policy(SimpleConnectPolicy::from(strategy.clone()));
        let refused = refusal("testbed", client, &npm.place).await;
        assert_eq!(refused.code(), Some(11), "{strategy:?}: {refused}");
    }
}

async fn refusal(app: &str, client: Client, place: &Place) -> ConnectError {
    let client = client.with_transport(transport());
    within("connect", net::connect(app, client, place.address()))
        .await
        .expect_err("it is refused")
}
