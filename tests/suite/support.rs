//! Servers, clients and raw peers for the suite.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use jstp::transport::memory::{self, MemoryConnector};
use jstp::transport::{BoxTransport, TransportOptions};
use jstp::{
    Application, Backoff, Binding, Client, Connection, Connector, Interface, IntoConnector, Many,
    RemoteError, Server, ServerOptions, Target, net,
};

use super::own_transport;
use crate::certificates::Authority;

/// How long a test may take on a busy machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(200);

/// Waits for something that has to happen soon by the clock of the wall.
pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    let outcome = tokio::time::timeout(DEADLINE, future).await;
    outcome.expect("what was waited for happens in time")
}

/// Waits for something under a paused clock, which jumps to the deadline as soon as nothing else is
/// left to happen.
pub(crate) async fn within_days<T>(future: impl Future<Output = T>) -> T {
    let outcome = tokio::time::timeout(Duration::from_secs(30 * 86_400), future).await;
    outcome.expect("what was waited for happens at all")
}

/// Makes a call that any connection to [`app`] can make.
pub(crate) async fn assert_answered(connection: &Connection) {
    let sum = connection.call::<i64>("calc", "add", (1, 2)).await;
    assert_eq!(sum.unwrap(), 3);
}

/// Has the server count in the session, and gives how often it was asked to.
pub(crate) async fn session_count(connection: &Connection) -> i64 {
    connection.call("session", "count", ()).await.unwrap()
}

/// Waits until a condition holds that nothing tells of, not for ever even if a paused clock has days.
pub(crate) async fn until(mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < DEADLINE, "it does not come true");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// A transport of the suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    Tcp,
    Unix,
    Memory,
    Tls,
    Ws,
    Wss,
    /// One that this crate does not know.
    Own,
}

/// A server and how to reach it.
pub(crate) struct Site {
    pub(crate) server: Server,
    pub(crate) target: Arc<dyn Connector>,
    memory: Option<MemoryConnector>,
    _folder: Option<Folder>,
}

impl Site {
    pub(crate) async fn new(over: Over, options: impl Into<ServerOptions>) -> Self {
        let server = net::create_server(options);
        Self::listening(server, over).await
    }

    /// In memory.
    pub(crate) async fn in_memory(options: impl Into<ServerOptions>) -> Self {
        Self::new(Over::Memory, options).await
    }

    /// One more place to reach a server at.
    pub(crate) async fn listening(server: Server, over: Over) -> Self {
        let (mut memory, mut folder) = (None, None);
        let mut server = server;
        let target = match over {
            Over::Tcp => listen_on_port(&server, "jstp").await,
            Over::Tls => listen_on_port(&server, "jstps").await,
            Over::Ws => listen_on_port(&server, "ws").await,
            Over::Wss => listen_on_port(&server, "wss").await,
            Over::Own => {
                let (listener, connector) = own_transport::pair();
                server = server
                    .listen(listener)
                    .await
                    .expect("a pair needs nothing else");
                Arc::new(connector)
            }
            Over::Unix => {
                let path = folder.insert(Folder::new()).path.join("socket");
                server = server.listen(&path).await.expect("a socket can be made");
                path.into_connector().expect("a path is an address")
            }
            Over::Memory => {
                let (listener, connector) = memory::listener();
                server = server
                    .listen(listener)
                    .await
                    .expect("memory is always there");
                memory = Some(connector.clone());
                Arc::new(connector)
            }
        };
        Self {
            server,
            target,
            memory,
            _folder: folder,
        }
    }

    pub(crate) async fn connect(&self) -> Connection {
        self.connect_with(client()).await
    }

    pub(crate) async fn connect_with(&self, client: Client) -> Connection {
        net::connect("app", client, self.target.clone())
            .await
            .expect("the server lets it in")
    }

    /// Breaks all connections that were made in memory.
    pub(crate) fn cut(&self) {
        self.memory.as_ref().expect("only memory can be cut").cut();
    }

    /// A peer that does by hand what it likes, not let in yet.
    pub(crate) async fn raw(&self) -> Raw {
        let options = TransportOptions::default();
        let connected = self
            .target
            .connect(&options)
            .await
            .expect("the server listens");
        Raw {
            transport: connected.transport,
        }
    }

    /// A peer that does by hand what it likes, let in anonymously. Also gives its session.
    pub(crate) async fn raw_client(&self) -> (Raw, String) {
        let mut raw = self.raw().await;
        raw.send("{handshake:[0,'app']}").await;
        let answer = raw.receive().await.expect("the handshake is answered");
        let session = answer
            .split('\'')
            .nth(1)
            .expect("the answer has a session")
            .to_owned();
        (raw, session)
    }
}

/// Listens on a free port and gives the way there.
async fn listen_on_port(server: &Server, scheme: &str) -> Arc<dyn Connector> {
    let authority = Authority::new();
    let binding = Binding::new(&format!("{scheme}://127.0.0.1:0"))
        .expect("it is an address")
        .with_tls(authority.server());
    server.listen(binding).await.expect("a port is free");
    let addresses = server.local_addresses();
    let address = addresses.last().expect("it listens");
    let url = address.url().expect("a port has a URL");
    assert_eq!(url.split(':').next(), Some(scheme));
    let target = Target::new(&url).expect("a URL is an address");
    Arc::new(target.with_tls(authority.client()))
}

/// A peer without a protocol machine.
pub(crate) struct Raw {
    pub(crate) transport: BoxTransport,
}

impl Raw {
    pub(crate) async fn send(&mut self, text: &str) {
        within(self.transport.send(text.to_owned().into()))
            .await
            .expect("the peer is there");
    }

    /// The next message; `None` at the end.
    pub(crate) async fn receive(&mut self) -> Option<String> {
        let message = self.transport.next().await?.ok()?;
        Some(String::from_utf8(message.to_vec()).expect("messages are UTF-8"))
    }
}

/// A folder that is removed in the end.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("jstp-suite-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a folder can be made");
        Self { path }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// A client that comes back fast.
pub(crate) fn client() -> Client {
    let soon = Duration::from_millis(2);
    Client::default().with_reconnector(Backoff::new(soon, 8 * soon, soon))
}

/// `app@1.2.0`, with a method for everything.
pub(crate) fn app() -> Application {
    application("app@1.2.0")
}

pub(crate) fn application(name: &str) -> Application {
    let version = name
        .rsplit_once('@')
        .map_or("1.0.0", |(_, version)| version)
        .to_owned();
    let calc = Interface::new()
        .method("add", |a: i64, b: i64| a + b)
        .method("divide", |a: f64, b: f64| {
            if b == 0.0 {
                Err(RemoteError::from("division by zero"))
            } else {
                Ok(a / b)
            }
        })
        .method("many", || Many((1, "two", [3])))
        .method("nothing", || ())
        .method("echo", |text: String| text)
        .method("panics", || -> () { panic!("a panic on purpose") })
        .method("panicsLater", async || -> () {
            tokio::task::yield_now().await;
            panic!("a panic on purpose")
        })
        .method("sleep", async |milliseconds: u64| {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            milliseconds
        })
        .method("never", async || std::future::pending::<()>().await)
        .method("version", move || version.clone())
        .event("panics", || -> () { panic!("a panic on purpose") });
    let session = Interface::new()
        .method("id", |connection: Connection| {
            connection.session_id().to_string()
        })
        .method("user", |connection: Connection| connection.username())
        .method("count", |connection: Connection| {
            let mut count = 0;
            connection.session().update("count", |old| {
                count = old.and_then(jstp::Value::as_i64).unwrap_or(0) + 1;
                jstp::Value::from(count)
            });
            count
        })
        .method("ask", async |connection: Connection, what: String| {
            connection.call::<String>("client", "answer", (what,)).await
        });
    Application::new(name)
        .expect("the name is right")
        .interface("calc", calc)
        .interface("session", session)
}

/// A number that handlers count up.
#[derive(Clone, Default)]
pub(crate) struct Counter(Arc<AtomicUsize>);

impl Counter {
    pub(crate) fn add(&self) -> usize {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub(crate) fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// What events have brought, in order.
#[derive(Clone, Default)]
pub(crate) struct Seen<T>(Arc<std::sync::Mutex<Vec<T>>>);

impl<T: Clone> Seen<T> {
    pub(crate) fn push(&self, item: T) {
        self.0
            .lock()
            .expect("nothing panics under the lock")
            .push(item);
    }

    pub(crate) fn all(&self) -> Vec<T> {
        self.0
            .lock()
            .expect("nothing panics under the lock")
            .clone()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock().expect("nothing panics under the lock").len()
    }
}
