use super::*;

fn host(host: &str, port: u16) -> Endpoint {
    Endpoint::Host {
        host: host.to_owned(),
        port,
    }
}

#[test]
fn texts_with_host_and_port_are_tcp() {
    for (text, expected) in [
        ("localhost:3000", host("localhost", 3000)),
        ("127.0.0.1:0", host("127.0.0.1", 0)),
        ("[::1]:65535", host("::1", 65535)),
        ("jstp://example.com:80", host("example.com", 80)),
        ("jstp://[::1]:80/", host("::1", 80)),
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
            "wss://host:1",
            "only `jstp:`, `ipc:` and `unix:` are known here",
        ),
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
        Endpoint::Tcp(socket),
        "the scope is kept"
    );
    assert_eq!(("db", 1).to_endpoint().unwrap(), host("db", 1));
    assert_eq!(
        (String::from("db"), 1).to_endpoint().unwrap(),
        host("db", 1)
    );
    assert_eq!(
        (socket.ip(), 7).to_endpoint().unwrap(),
        Endpoint::Tcp((socket.ip(), 7).into())
    );
    assert_eq!(
        Path::new("app.sock").to_endpoint().unwrap(),
        Endpoint::Unix("app.sock".into())
    );
    assert_eq!(
        Address::Tcp(socket).to_endpoint().unwrap(),
        Endpoint::Tcp(socket)
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
