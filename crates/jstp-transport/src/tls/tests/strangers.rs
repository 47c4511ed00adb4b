//! Peers that do not speak TLS, or stop in the middle of it.

use futures_util::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;

#[tokio::test]
async fn plain_text_to_a_tls_port_is_told_on_both_sides() {
    let authority = Authority::new();
    let settings = ServerSettings::new(&authority.issue("127.0.0.1")).unwrap();
    let (address, mut outcomes) = listening(settings).await;
    let plain = Target::new(&format!("jstp://{address}")).unwrap();
    let mut client = plain.connect(&TransportOptions::default()).await.unwrap();
    let request = "{handshake:[0,'app']}".into();
    futures_util::SinkExt::send(&mut client.transport, request)
        .await
        .unwrap();
    let told = within(client.transport.next()).await.unwrap().unwrap_err();
    assert_eq!(told.to_string(), "the other side speaks TLS here");
    drop(client);
    let error = next(&mut outcomes).await.unwrap_err().to_string();
    assert!(error.contains("does not speak TLS"), "{error}");

    // Others are not disturbed.
    connect(address, authority.client()).await.unwrap();
    next(&mut outcomes).await.unwrap();
}

#[tokio::test]
async fn tls_to_a_port_without_it_is_told() {
    for (answer, expected) in [
        (&b"{handshake:[0],error:[10]}\0"[..], "does not speak TLS"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak TLS"),
        (b"", "perhaps the other side does not speak TLS"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut hello = [0; 4096];
            assert!(stream.read(&mut hello).await.unwrap() > 0);
            stream.write_all(answer).await.unwrap();
        });
        let error = connect(address, ClientSettings::default().insecure()).await;
        let error = error.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[tokio::test]
async fn a_handshake_that_is_cut_anywhere_is_an_error() {
    let authority = Authority::new();
    let settings = ServerSettings::new(&authority.issue("127.0.0.1")).unwrap();
    let (address, mut outcomes) = listening(settings).await;
    // What a client says first.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let recorder = listener.local_addr().unwrap();
    let recording = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut hello = vec![0; 4096];
        let read = stream.read(&mut hello).await.unwrap();
        hello.truncate(read);
        hello
    };
    let (hello, _) = tokio::join!(recording, connect(recorder, authority.client()));
    assert!(hello.len() > 100);
    for length in [1, 4, 5, 6, 50, hello.len() - 1] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(&hello[..length]).await.unwrap();
        drop(stream);
        let error = next(&mut outcomes).await.unwrap_err().to_string();
        assert!(error.contains("TLS handshake failed"), "{length}: {error}");
    }
    let mut broken = hello.clone();
    broken[50] ^= 0xff;
    broken[3] = 0xff;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&broken).await.unwrap();
    next(&mut outcomes).await.unwrap_err();
    connect(address, authority.client()).await.unwrap();
    next(&mut outcomes).await.unwrap();
}

#[tokio::test]
async fn a_client_that_says_nothing_is_given_up_in_time() {
    let authority = Authority::new();
    let settings = ServerSettings::new(&authority.issue("127.0.0.1")).unwrap();
    let binding = Binding::new("jstps://127.0.0.1:0")
        .unwrap()
        .with_tls(settings);
    let options = TransportOptions::default().with_connect_timeout(Duration::from_millis(50));
    let mut listener = binding.into_listener(&options).await.unwrap();
    let address = listener.local_address().as_tcp().unwrap();
    let _silent = TcpStream::connect(address).await.unwrap();
    let accepted = within(listener.accept()).await;
    let outcome = within(accepted.into_connected()).await;
    assert!(matches!(outcome, Err(Error::ConnectTimeout)), "{outcome:?}");
}

#[tokio::test]
async fn an_end_without_the_close_of_tls_is_an_end() {
    let authority = Authority::new();
    let settings = ServerSettings::new(&authority.issue("127.0.0.1")).unwrap();
    let (address, mut outcomes) = listening(settings).await;
    let client = connect(address, authority.client()).await.unwrap();
    let mut server = next(&mut outcomes).await.unwrap();
    drop(client);
    if let Some(outcome) = within(server.transport.next()).await {
        let error = outcome.unwrap_err();
        assert!(error.is_gone(), "{error}");
    }
    assert!(within(server.transport.next()).await.is_none());
}
