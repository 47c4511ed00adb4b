use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::net::UnixSocket;

use super::*;
use crate::{IntoConnector, conformance};

/// A directory of its own for each test, removed afterwards.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Directory {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("jstp-unix-{}-{count}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Directory(path)
    }

    fn socket(&self) -> PathBuf {
        self.0.join("a.sock")
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // A leftover in the temporary directory is no reason to fail.
        let _ = fs::remove_dir_all(&self.0);
    }
}

async fn bind(path: &Path) -> Result<UnixAcceptor, Error> {
    UnixAcceptor::bind(path, &TransportOptions::default()).await
}

async fn connect(path: &Path) -> Result<Connected, Error> {
    path.into_connector()
        .unwrap()
        .connect(&TransportOptions::default())
        .await
}

async fn connected(path: &Path) -> (BoxTransport, BoxTransport) {
    let mut acceptor = bind(path).await.unwrap();
    let client = connect(path).await.unwrap();
    assert_eq!(client.peer, Address::Unix(Some(path.to_owned())));
    let accepted = acceptor.accept().await;
    assert_eq!(accepted.peer, Address::Unix(None));
    (client.transport, accepted.into_transport().await.unwrap())
}

#[tokio::test]
async fn unix_sockets_conform() {
    let directory = Directory::new();
    let (client, server) = connected(&directory.socket()).await;
    conformance::run(client, server).await;
    let (client, server) = connected(&directory.socket()).await;
    conformance::run(server, client).await;
    let (client, server) = connected(&directory.socket()).await;
    conformance::run_cut(client, server).await;
}

#[tokio::test]
async fn the_socket_file_lives_as_long_as_its_listener() {
    let directory = Directory::new();
    let path = directory.socket();
    let acceptor = bind(&path).await.unwrap();
    assert_eq!(acceptor.local_address(), Address::Unix(Some(path.clone())));
    assert!(path.exists());
    drop(acceptor);
    assert!(!path.exists());
}

#[tokio::test]
async fn a_stale_socket_file_is_replaced() {
    let directory = Directory::new();
    let path = directory.socket();
    // The standard library leaves the file behind, as a process that was killed does.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    let _acceptor = bind(&path).await.unwrap();
    connect(&path).await.unwrap();
}

#[tokio::test]
async fn a_socket_on_which_somebody_answers_is_left_alone() {
    let directory = Directory::new();
    let path = directory.socket();
    let mut first = bind(&path).await.unwrap();
    let error = bind(&path).await.unwrap_err();
    assert!(
        matches!(&error, Error::Io(e) if e.kind() == io::ErrorKind::AddrInUse),
        "{error:?}"
    );
    connect(&path).await.unwrap();
    first.accept().await.into_transport().await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_no_socket_is_left_alone() {
    let directory = Directory::new();
    let path = directory.socket();
    fs::write(&path, "precious").unwrap();
    let error = bind(&path).await.unwrap_err();
    assert!(
        matches!(&error, Error::Io(e) if e.kind() == io::ErrorKind::AddrInUse),
        "{error:?}"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
}

#[tokio::test]
async fn a_socket_that_replaced_ours_is_not_removed() {
    let directory = Directory::new();
    let path = directory.socket();
    let acceptor = bind(&path).await.unwrap();
    fs::rename(&path, directory.0.join("old.sock")).unwrap();
    let _successor = bind(&path).await.unwrap();
    drop(acceptor);
    connect(&path).await.unwrap();
}

#[tokio::test]
async fn a_listener_that_was_handed_over_keeps_its_file() {
    let directory = Directory::new();
    let path = directory.socket();
    let bound = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let listener = bound
        .into_listener(&TransportOptions::default())
        .await
        .unwrap();
    connect(&path).await.unwrap();
    drop(listener);
    assert!(path.exists());
}

#[tokio::test]
async fn connecting_waits_while_the_listener_has_no_room() {
    let directory = Directory::new();
    let path = directory.socket();
    let socket = UnixSocket::new_stream().unwrap();
    socket.bind(&path).unwrap();
    let listener = socket.listen(1).unwrap();
    let connector = UnixConnector::new(&path);
    let options = TransportOptions::default().with_connect_timeout(Duration::from_millis(50));
    let mut queued = Vec::new();
    while let Ok(connected) = connector.connect(&options).await {
        queued.push(connected);
        assert!(queued.len() < 100, "the queue must get full");
    }
    let outcome = connector.connect(&options).await;
    assert!(matches!(outcome, Err(Error::ConnectTimeout)), "{outcome:?}");

    let options = TransportOptions::default();
    let (connected, accepted) = tokio::join!(connector.connect(&options), listener.accept());
    connected.unwrap();
    accepted.unwrap();
}

#[tokio::test]
async fn texts_and_paths_name_the_same_socket() {
    let directory = Directory::new();
    let path = directory.socket();
    let options = TransportOptions::default();
    let text = format!("unix:{}", path.display());
    let listener = text.as_str().into_listener(&options).await.unwrap();
    assert_eq!(listener.local_address(), Address::Unix(Some(path.clone())));
    let connector = listener.local_address().into_connector().unwrap();
    connector.connect(&options).await.unwrap();
    connect(&path).await.unwrap();
}

#[tokio::test]
async fn a_path_without_a_socket_is_an_error_of_the_system() {
    let directory = Directory::new();
    let error = connect(&directory.socket()).await.unwrap_err();
    assert!(
        matches!(&error, Error::Io(e) if e.kind() == io::ErrorKind::NotFound),
        "{error:?}"
    );
}
