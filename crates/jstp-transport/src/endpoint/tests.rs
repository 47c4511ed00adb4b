use super::*;
use crate::tcp::TcpConnector;

fn host(host: &str, port: u16) -> Endpoint {
    over(None, host, port)
}

fn over(scheme: impl Into<Option<Scheme>>, host: &str, port: u16) -> Endpoint {
    let place = Place::Name(host.to_owned(), port);
    Endpoint::Host(HostPort::new(place, scheme.into()))
}

#[test]
fn texts_with_host_and_port_mean_what_their_scheme_says() {
    for (text, expected) in [
        ("localhost:3000", host("localhost", 3000)),
        ("127.0.0.1:0", host("127.0.0.1", 0)),
        ("[::1]:65535", host("::1", 65535)),
        (
            "jstp://example.com:80",
            over(Scheme::Tcp, "example.com", 80),
        ),
        ("jstp://[::1]:80/", over(Scheme::Tcp, "::1", 80)),
    ] {
        assert_eq!(text.to_endpoint().unwrap(), expected, "{text}");
    }
}

#[test]
fn texts_with_a_path_are_unix_sockets() {
    for (text, path) in [
        ("/run/app:1.sock", "/run/app:1.sock"),
        ("./app.sock", "./app.sock"),
        ("../app.sock", "../app.sock"),
        ("unix:app.sock", "app.sock"),
        ("unix:/run/app.sock", "/run/app.sock"),
        ("ipc:/run/app.sock", "/run/app.sock"),
        ("ipc:///run/app.sock", "/run/app.sock"),
    ] {
        assert_eq!(
            text.to_endpoint().unwrap(),
            Endpoint::Unix(path.into()),
            "{text}"
        );
    }
}

#[test]
fn other_texts_are_refused_with_a_reason() {
    for (text, expected) in [
        ("", "the port is missing"),
        ("localhost", "the port is missing"),
        (":3000", "the host is missing"),
        ("[]:3000", "the host is missing"),
        ("[::1:3000", "the closing bracket is missing"),
        ("::1:3000", "an IPv6 address is written in brackets"),
        ("localhost:", "the port is not a number up to 65535"),
        ("localhost:+80", "the port is not a number up to 65535"),
        ("localhost:65536", "the port is not a number up to 65535"),
        ("jstp://user@host:1", "only a host and a port are expected"),
        ("jstp://host/path:1", "only a host and a port are expected"),
        (
            "http://host:1",
            "only `jstp:`, `jstps:`, `ws:`, `wss:`, `ipc:` and `unix:` are known here",
        ),
        ("jstp://a b:1", "a host has no spaces or control characters"),
        ("unix:", "the path is missing"),
        ("ipc://", "the path is missing"),
    ] {
        match text.to_endpoint() {
            Err(Error::InvalidAddress { address, reason }) => {
                assert_eq!((address.as_str(), reason), (text, expected));
            }
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn typed_addresses_need_no_parsing() {
    let socket: SocketAddr = "[fe80::1%3]:80".parse().unwrap();
    assert_eq!(
        socket.to_endpoint().unwrap(),
        super::socket(socket, None),
        "the scope is kept"
    );
    assert_eq!(("db", 1).to_endpoint().unwrap(), host("db", 1));
    assert_eq!(
        (String::from("db"), 1).to_endpoint().unwrap(),
        host("db", 1)
    );
    assert_eq!(
        (socket.ip(), 7).to_endpoint().unwrap(),
        super::socket((socket.ip(), 7).into(), None)
    );
    assert_eq!(
        Path::new("app.sock").to_endpoint().unwrap(),
        Endpoint::Unix("app.sock".into())
    );
    assert_eq!(
        Address::Tcp(socket).to_endpoint().unwrap(),
        super::socket(socket, Some(Scheme::Tcp))
    );
    assert_eq!(
        Address::Unix(Some("a".into())).to_endpoint().unwrap(),
        Endpoint::Unix("a".into())
    );
    assert!(("", 1).to_endpoint().is_err());
    assert!(Path::new("").to_endpoint().is_err());
    assert!(Address::Unix(None).to_endpoint().is_err());
    assert!(Address::Memory.to_endpoint().is_err());
}

#[test]
fn connectors_tell_their_target() {
    assert_eq!(
        "localhost:3000".into_connector().unwrap().target(),
        "localhost:3000"
    );
    assert_eq!(
        "[::1]:3000".into_connector().unwrap().target(),
        "[::1]:3000"
    );
    #[cfg(unix)]
    assert_eq!(
        PathBuf::from("/run/a").into_connector().unwrap().target(),
        "/run/a"
    );
    let connector: Arc<dyn Connector> = "localhost:3000".into_connector().unwrap();
    assert_eq!(
        connector.into_connector().unwrap().target(),
        "localhost:3000"
    );
    let connector: Box<dyn Connector> = Box::new(TcpConnector::new("b", 2));
    assert_eq!(connector.into_connector().unwrap().target(), "b:2");
    assert_eq!(
        TcpConnector::new("h", 1).into_connector().unwrap().target(),
        "h:1"
    );
}

#[test]
fn a_path_or_a_user_is_told_apart_from_a_bad_port() {
    for text in [
        "jstp://a:1/b",
        "user:password@a:1",
        "jstp://user:p@a:1",
        "a:1?b",
    ] {
        let error = text.to_endpoint().unwrap_err().to_string();
        assert!(
            error.contains("only a host and a port are expected"),
            "{text}: {error}"
        );
    }
}

#[cfg(feature = "ws")]
#[test]
fn urls_of_websocket_have_a_path_and_a_default_port() {
    for (text, target) in [
        ("ws://localhost:3000", "ws://localhost:3000"),
        ("ws://example.com", "ws://example.com:80"),
        ("ws://[::1]/a/b/?token=secret", "ws://[::1]:80/a/b/"),
        ("ws://example.com?x", "ws://example.com:80"),
    ] {
        assert_eq!(text.into_connector().unwrap().target(), target, "{text}");
    }
    let Endpoint::Host(host) = "ws://example.com?x=1".to_endpoint().unwrap() else {
        panic!("it is no Unix socket");
    };
    assert_eq!(host.path, "/?x=1");
    for text in ["ws://a/b c", "ws://a/b\r\nX: y", "ws://a/b#c", "ws:///a"] {
        assert!(text.to_endpoint().is_err(), "{text:?}");
    }
}

#[test]
fn a_default_scheme_is_for_those_without_one() {
    let over_ws = |text: &str| text.into_connector_over(Scheme::Ws).unwrap().target();
    assert_eq!(over_ws("a:1"), "ws://a:1");
    assert_eq!(over_ws("jstp://a:1"), "a:1");
    #[cfg(unix)]
    assert_eq!(over_ws("/run/a"), "/run/a");
}

#[cfg(not(feature = "tls"))]
#[test]
fn a_scheme_whose_feature_is_off_is_refused() {
    let error = "jstps://a:1".into_connector().unwrap_err().to_string();
    assert!(error.contains("feature `tls`"), "{error}");
}
