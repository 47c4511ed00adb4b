//! A page, a health route and JSTP on one port.

mod support;

use std::time::Duration;

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use jstp::{Backoff, Client, ServerOptions, net, ws};
use jstp_axum::JstpUpgrade;

use support::{Site, UPGRADE, answer, application, ask, status, within};

#[tokio::test]
async fn a_page_a_health_route_and_jstp_share_a_port() {
    let site = Site::start().await;
    let page = answer(site.address, "GET / HTTP/1.1").await;
    assert!(page.ends_with("a page"), "{page}");
    let health = answer(site.address, "GET /health HTTP/1.1").await;
    assert!(health.ends_with("well"), "{health}");

    let connection = within(ws::connect("app", Client::default(), site.url())).await;
    let connection = connection.expect("it is there");
    let sum: u8 = within(connection.call("calc", "add", (20, 22)))
        .await
        .expect("it adds");
    assert_eq!(sum, 42);
    let peer: String = within(connection.call("calc", "peer", ()))
        .await
        .expect("it answers");
    assert!(peer.starts_with("127.0.0.1:"), "{peer}");
}

#[tokio::test]
async fn what_is_no_request_for_jstp_is_told_so() {
    let site = Site::start().await;
    let plain = answer(site.address, "GET /jstp HTTP/1.1").await;
    assert_eq!(status(&plain), StatusCode::BAD_REQUEST, "{plain}");
    let post = answer(site.address, "POST /jstp HTTP/1.1").await;
    assert_eq!(status(&post), StatusCode::METHOD_NOT_ALLOWED, "{post}");

    let without = ask(site.address, UPGRADE, "").await;
    assert_eq!(status(&without), StatusCode::FORBIDDEN, "{without}");
    let other = ask(
        site.address,
        UPGRADE,
        "Sec-WebSocket-Protocol: wamp.2.json\r\n",
    )
    .await;
    assert_eq!(status(&other), StatusCode::FORBIDDEN, "{other}");

    let offered = ask(
        site.address,
        UPGRADE,
        "Sec-WebSocket-Protocol: wamp, metarhia-jstp\r\n",
    )
    .await;
    assert_eq!(
        status(&offered),
        StatusCode::SWITCHING_PROTOCOLS,
        "{offered}"
    );
    let confirmed = offered.to_ascii_lowercase();
    assert!(
        confirmed.contains("sec-websocket-protocol: metarhia-jstp\r\n"),
        "{offered}"
    );
}

#[tokio::test]
async fn pages_of_other_origins_are_kept_out_if_that_is_wanted() {
    let server = net::create_server([application()]);
    let route = jstp_axum::route_with(&server, JstpUpgrade::is_same_origin);
    let site = Site::serve(server, route).await;
    let origin = async |origin: &str| {
        let headers = format!("Sec-WebSocket-Protocol: metarhia-jstp\r\nOrigin: {origin}\r\n");
        status(&ask(site.address, UPGRADE, &headers).await)
    };
    let own = format!("http://{}", site.address);
    assert_eq!(origin(&own).await, StatusCode::SWITCHING_PROTOCOLS);
    assert_eq!(origin("http://evil.example").await, StatusCode::FORBIDDEN);
    assert_eq!(origin("null").await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_client_may_send_headers_that_a_route_asks_for() {
    let server = net::create_server([application()]);
    let route = axum::routing::get({
        let server = server.clone();
        async move |headers: HeaderMap, upgrade: JstpUpgrade| {
            let token = headers.get(header::AUTHORIZATION);
            if token.is_none_or(|token| token != "Bearer abc") || upgrade.origin().is_none() {
                return StatusCode::UNAUTHORIZED.into_response();
            }
            upgrade.serve_by(&server)
        }
    });
    let site = Site::serve(server, route).await;
    let headers = ws::UpgradeHeaders::new()
        .with("Authorization", "Bearer abc")
        .and_then(|headers| headers.with("Origin", "https://example.com"))
        .expect("they may be sent");
    let mut client = Client::default().without_reconnector();
    let refused = within(ws::connect("app", client.clone(), site.url())).await;
    let error = refused.expect_err("it shows no token").to_string();
    assert!(error.contains("401"), "{error}");
    client.transport = client.transport.with_upgrade_headers(headers);
    let connection = within(ws::connect("app", client, site.url())).await;
    let connection = connection.expect("it shows its token");
    let sum: u8 = within(connection.call("calc", "add", (20, 22)))
        .await
        .expect("it adds");
    assert_eq!(sum, 42);
}

#[tokio::test]
async fn origins_that_the_servers_options_forbid_are_kept_out() {
    let mut options = ServerOptions::new([application()]);
    options.transport = options
        .transport
        .with_origins(jstp::transport::ws::Origins::only(["https://a.example"]));
    let site = Site::start_with(options).await;
    let origin = async |origin: &str| {
        let headers = format!("Sec-WebSocket-Protocol: metarhia-jstp\r\nOrigin: {origin}\r\n");
        status(&ask(site.address, UPGRADE, &headers).await)
    };
    assert_eq!(
        origin("https://a.example").await,
        StatusCode::SWITCHING_PROTOCOLS
    );
    assert_eq!(origin("https://b.example").await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_session_moves_between_the_route_and_a_tcp_listener() {
    let site = Site::start().await;
    let server = within(site.server.listen("127.0.0.1:0"))
        .await
        .expect("a port is free");
    let tcp = server.local_address().expect("it listens").to_string();
    // Too patient to come back by itself.
    let patience = Duration::from_secs(3600);
    let client =
        Client::default().with_reconnector(Backoff::new(patience, patience, Duration::ZERO));
    let connection = within(ws::connect("app", client, site.url()))
        .await
        .expect("it is there");
    connection.session().set("mine", "kept");
    let session = connection.session_id();
    for i in 0..6_u8 {
        // What is sent while there is no connection comes with the next one.
        connection.detach();
        within(connection.emit("calc", "noted", (i,)))
            .await
            .expect("there is room");
        let moved = if i % 2 == 0 {
            within(net::reconnect(&connection, &tcp)).await
        } else {
            within(ws::reconnect(&connection, site.url())).await
        };
        moved.expect("the session is known");
        let noted: Vec<u8> = within(connection.call("calc", "noted", ()))
            .await
            .expect("it answers");
        assert_eq!(noted, (0..=i).collect::<Vec<_>>());
    }
    assert_eq!(connection.session_id(), session);
    assert_eq!(site.server.get_clients().len(), 1);
}

#[tokio::test]
async fn beyond_the_limit_and_after_a_shutdown_there_is_no_service() {
    let options = ServerOptions::new([application()]).with_max_connections(1);
    let site = Site::start_with(options).await;
    let connection = within(ws::connect("app", Client::default(), site.url())).await;
    let connection = connection.expect("there is room for one");
    let offer = "Sec-WebSocket-Protocol: metarhia-jstp\r\n";
    let second = ask(site.address, UPGRADE, offer).await;
    assert_eq!(status(&second), StatusCode::SERVICE_UNAVAILABLE, "{second}");
    within(connection.close()).await;

    within(site.server.shutdown(Duration::ZERO)).await;
    let late = ask(site.address, UPGRADE, offer).await;
    assert_eq!(status(&late), StatusCode::SERVICE_UNAVAILABLE, "{late}");
}
