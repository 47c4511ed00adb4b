//! What is particular to TLS: certificates, and strangers at the door.

use futures_util::future::join_all;
use jstp::{
    AuthError, AuthRequest, Certificates, Connection, Interface, ServerEvent, ServerOptions,
    SimpleConnectPolicy, TransportOptions, net, tls, wss,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::support::{app, application, assert_answered, client, within};
use crate::certificates::Authority;

/// Knows users by their certificates.
fn by_certificate(known: Vec<u8>) -> impl jstp::AuthPolicy {
    move |request: AuthRequest| {
        let outcome = match request.peer_certificates.first() {
            Some(shown) if *shown == known => Ok("the known one".to_owned()),
            Some(_) => Err(AuthError::Denied),
            None => Ok("nobody in particular".to_owned()),
        };
        async move { outcome }
    }
}

fn first(certificates: &Certificates) -> Option<Vec<u8>> {
    certificates.as_slice().first().cloned()
}

#[tokio::test]
async fn a_policy_and_the_handlers_see_the_certificate_of_a_client() {
    within(async {
        let (ours, theirs) = (Authority::new(), Authority::new());
        let known = theirs.issue("known");
        let settings = ours
            .server()
            .with_optional_client_ca_pem(theirs.pem().as_bytes())
            .unwrap();
        let whoami = Interface::new().method("length", |connection: Connection| {
            first(&connection.peer_certificates()).map(|shown| shown.len())
        });
        let options = ServerOptions::new([app().interface("whoami", whoami)])
            .with_auth_policy(by_certificate(known.1.clone()))
            .with_transport(TransportOptions::default().with_tls_server(settings));
        let server = tls::create_server(options)
            .listen("127.0.0.1:0")
            .await
            .unwrap();
        server.listen("wss://127.0.0.1:0").await.unwrap();
        for address in server.local_addresses() {
            for (identity, user) in [
                (Some(known.0.clone()), Some("the known one")),
                (Some(theirs.issue("other").0), None),
                (None, Some("nobody in particular")),
            ] {
                let mut settings = ours.client();
                if let Some(identity) = identity.clone() {
                    settings = settings.with_identity(identity);
                }
                let client = client()
                    .with_transport(TransportOptions::default().with_tls_client(settings))
                    .with_connect_policy(SimpleConnectPolicy::login("any", "thing"));
                let connected = net::connect("app", client, &address).await;
                let Some(user) = user else {
                    assert_eq!(connected.unwrap_err().code(), Some(11));
                    continue;
                };
                let connection = connected.unwrap();
                let told: String = connection.call("session", "user", ()).await.unwrap();
                assert_eq!(told, user);
                let length: Option<usize> = connection.call("whoami", "length", ()).await.unwrap();
                assert_eq!(length, identity.map(|_| known.1.len()));
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_new_certificate_leaves_connections_alone() {
    within(async {
        let (old, new) = (Authority::new(), Authority::new());
        let settings = old.server();
        let transport = TransportOptions::default().with_tls_server(settings.clone());
        let options = ServerOptions::new([app()]).with_transport(transport);
        let server = wss::create_server(options)
            .listen("127.0.0.1:0")
            .await
            .unwrap();
        let address = server.local_address().unwrap();
        let trusting = |authority: &Authority| {
            let transport = TransportOptions::default().with_tls_client(authority.client());
            client().with_transport(transport).without_reconnector()
        };
        let before = net::connect("app", trusting(&old), &address).await.unwrap();
        settings
            .replace_identity(&new.issue("127.0.0.1").0)
            .unwrap();
        let after = net::connect("app", trusting(&new), &address).await.unwrap();
        net::connect("app", trusting(&old), &address)
            .await
            .unwrap_err();
        assert_ne!(
            first(&before.peer_certificates()),
            first(&after.peer_certificates())
        );
        assert_answered(&before).await;
        assert_answered(&after).await;
    })
    .await;
}

#[tokio::test]
async fn strangers_at_a_port_get_a_clear_error_and_disturb_nobody() {
    within(async {
        let authority = Authority::new();
        let transport = TransportOptions::default()
            .with_tls_server(authority.server())
            .with_tls_client(authority.client());
        let options = ServerOptions::new([application("app")]).with_transport(transport.clone());
        let server = net::create_server(options);
        for scheme in ["jstp", "jstps", "ws", "wss"] {
            server
                .listen(format!("{scheme}://127.0.0.1:0"))
                .await
                .unwrap();
        }
        let mut events = server.events();
        let client = || {
            client()
                .with_transport(transport.clone())
                .without_reconnector()
        };
        let urls: Vec<String> = server
            .local_addresses()
            .iter()
            .filter_map(jstp::Address::url)
            .collect();
        let mut good = Vec::new();
        for url in &urls {
            good.push(net::connect("app", client(), url).await.unwrap());
        }
        for (spoken, at, expected) in [
            ("jstp", 1, "the other side speaks TLS here"),
            ("jstp", 2, "the other side speaks HTTP here"),
            ("jstp", 3, "the other side speaks TLS here"),
            ("jstps", 0, "does not speak TLS"),
            ("jstps", 2, "does not speak TLS"),
            ("jstps", 3, "the other side speaks HTTP here"),
            ("ws", 0, "the connection ended before it was done"),
            ("ws", 1, "the other side speaks TLS here"),
            ("ws", 3, "the other side speaks TLS here"),
            ("wss", 0, "does not speak TLS"),
            ("wss", 1, "the connection ended before it was done"),
            ("wss", 2, "does not speak TLS"),
        ] {
            let url = urls[at].replace(urls[at].split(':').next().unwrap(), spoken);
            let error = net::connect("app", client(), &url).await.unwrap_err();
            assert!(
                error.to_string().contains(expected),
                "{spoken} at {}: {error}",
                urls[at]
            );
            loop {
                match events.recv().await.unwrap() {
                    ServerEvent::HandshakeError { error, .. } => break assert!(!error.is_empty()),
                    ServerEvent::HandshakeTimeout { .. } => break,
                    _ => {}
                }
            }
        }
        for connection in &good {
            assert_answered(connection).await;
        }
    })
    .await;
}

/// Records of TLS that are cut, broken or endless, before and after the handshake.
#[tokio::test]
async fn bad_records_end_their_own_connection() {
    within(async {
        let authority = Authority::new();
        let transport = TransportOptions::default()
            .with_tls_server(authority.server())
            .with_tls_client(authority.client());
        let options = ServerOptions::new([app()]).with_transport(transport.clone());
        let server = tls::create_server(options)
            .listen("127.0.0.1:0")
            .await
            .unwrap();
        let address = server.local_address().unwrap();
        let port = address.as_tcp().unwrap();
        let records = [
            &b"\x16\x03\x01\x00\x05\x01\x00"[..],
            b"\x16\x03\x01\xff\xff\x01",
            b"\x17\x03\x03\x00\x01\x00",
            b"\x16\x03\x01\x00\x00",
            b"\x15\x03\x03\x00\x02\x02\x32",
            &[0xff; 300],
            b"",
        ];
        join_all(records.map(async |bytes| {
            let mut stream = TcpStream::connect(port).await.unwrap();
            stream.write_all(bytes).await.unwrap();
            // It ends at once or when the time for the handshake is up.
            let mut told = Vec::new();
            let _ = stream.read_to_end(&mut told).await;
            assert!(told.len() < 100, "{told:?}");
        }))
        .await;
        let client = client().with_transport(transport);
        let connection = net::connect("app", client, &address).await.unwrap();
        assert_answered(&connection).await;
    })
    .await;
}
