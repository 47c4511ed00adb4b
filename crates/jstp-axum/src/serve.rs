//! A web server with bounds.

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, IntoFuture, pending};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower_service::Service;

use crate::body::Paced;
use crate::stall::{Lifted, Stall};

/// How long nothing is accepted when the system is out of something.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves a router by HTTP/1.1, as `axum::serve` does, but within bounds: the time and the memory for the
/// head of a request, the time for answers to be taken and bodies to come, and the number of connections. To be
/// awaited; it ends only by [`with_graceful_shutdown`](Serve::with_graceful_shutdown).
///
/// ```no_run
/// use axum::{Router, routing::get};
///
/// # async fn run() -> std::io::Result<()> {
/// let router = Router::new().route("/", get(|| async { "a page" }));
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
/// jstp_axum::serve(listener, router)
///     .with_graceful_shutdown(async { drop(tokio::signal::ctrl_c().await) })
///     .await;
/// # Ok(())
/// # }
/// ```
pub fn serve(listener: TcpListener, router: Router) -> Serve {
    Serve {
        listener,
        router,
        header_timeout: Duration::from_secs(3),
        max_header_bytes: 16 * 1024,
        write_timeout: Duration::from_secs(10),
        body_timeout: Duration::from_secs(10),
        max_connections: 1024,
        shutdown: Box::pin(pending()),
    }
}

/// A web server that is about to run; see [`serve`](serve()).
#[must_use = "it serves when it is awaited"]
pub struct Serve {
    listener: TcpListener,
    router: Router,
    header_timeout: Duration,
    max_header_bytes: usize,
    write_timeout: Duration,
    body_timeout: Duration,
    max_connections: usize,
    shutdown: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Serve {
    /// Sets how long the head of a request may take, from the connection or the last answer on. Then the
    /// connection is closed. Default: 3 s.
    pub fn with_header_timeout(mut self, timeout: Duration) -> Self {
        self.header_timeout = timeout;
        self
    }

    /// Sets how long the head of a request may be, in bytes, at least 8 KiB. A longer one is answered with
    /// status 431. Default: 16 KiB.
    pub fn with_max_header_bytes(mut self, bytes: usize) -> Self {
        self.max_header_bytes = bytes.max(8 * 1024);
        self
    }

    /// Sets how long a client may take for 16 KiB of its answers, or for the rest if that is less. Then the
    /// connection is closed. It does not concern those that were upgraded, which have bounds of their own.
    /// Default: 10 s.
    pub fn with_write_timeout(mut self, timeout: Duration) -> Self {
        self.write_timeout = timeout;
        self
    }

    /// Sets how long 16 KiB of a request's body may take, or the rest if that is less, from when it is read
    /// on. Then whoever reads it gets an error. Default: 10 s.
    pub fn with_body_timeout(mut self, timeout: Duration) -> Self {
        self.body_timeout = timeout;
        self
    }

    /// Sets how many connections may be open at once, those that were upgraded not counted. Further ones
    /// wait in the system until one is closed. Default: 1,024.
    pub fn with_max_connections(mut self, connections: usize) -> Self {
        self.max_connections = connections.min(Semaphore::MAX_PERMITS);
        self
    }

    /// When `signal` is done, nothing more is accepted, requests that are under way are answered, and then
    /// the server ends. Connections that were upgraded go on.
    pub fn with_graceful_shutdown(
        mut self,
        signal: impl Future<Output = ()> + Send + 'static,
    ) -> Self {
        self.shutdown = Box::pin(signal);
        self
    }

    async fn run(mut self) {
        let connections = Arc::new(Semaphore::new(self.max_connections));
        let stop = watch::Sender::new(false);
        loop {
            let accepted = async {
                let permit = Arc::clone(&connections).acquire_owned().await;
                (permit, accept(&self.listener).await)
            };
            let (permit, (stream, peer)) = tokio::select! {
                () = &mut self.shutdown => break,
                accepted = accepted => accepted,
            };
            let stop = stop.subscribe();
            let connection = self.connection(stream, peer, stop);
            tokio::spawn(async move {
                connection.await;
                drop(permit);
            });
        }
        drop(self.listener);
        stop.send_replace(true);
        stop.closed().await;
    }

    fn connection(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        mut stop: watch::Receiver<bool>,
    ) -> impl Future<Output = ()> + Send + use<> {
        let router = self.router.clone();
        let body_timeout = self.body_timeout;
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            let request = request.map(|body| Body::new(Paced::new(body, body_timeout)));
            let answer = router.clone().call(request);
            async move { Ok::<_, Infallible>(answer.await.unwrap_or_else(|never| match never {})) }
        });
        let lifted = Lifted::default();
        let stream = Stall::new(stream, self.write_timeout, lifted.clone());
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.header_timeout)
            .max_buf_size(self.max_header_bytes)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        async move {
            let mut connection = pin!(connection);
            let finished = tokio::select! {
                outcome = connection.as_mut() => Some(outcome),
                _ = stop.wait_for(|stop| *stop) => None,
            };
            let outcome = if let Some(outcome) = finished {
                outcome
            } else {
                connection.as_mut().graceful_shutdown();
                connection.await
            };
            // Whoever has the stream now bounds it.
            lifted.lift();
            if let Err(error) = outcome {
                tracing::debug!(%peer, %error, "a request failed");
            }
        }
    }
}

/// The next connection; errors are waited out.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Some systems refuse this once the peer has gone.
                if stream.set_nodelay(true).is_ok() {
                    return (stream, peer);
                }
            }
            Err(error) if is_of_the_peer(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "cannot accept");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn is_of_the_peer(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
    )
}

impl IntoFuture for Serve {
    type Output = ();
    type IntoFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for Serve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serve")
            .field("listener", &self.listener)
            .field("header_timeout", &self.header_timeout)
            .field("max_header_bytes", &self.max_header_bytes)
            .field("write_timeout", &self.write_timeout)
            .field("body_timeout", &self.body_timeout)
            .field("max_connections", &self.max_connections)
            .finish_non_exhaustive()
    }
}
