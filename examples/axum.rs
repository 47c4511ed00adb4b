//! JSTP on an existing web server: a page, a health route and JSTP at `/jstp`, on one port.
//!
//! - `cargo run --example axum` starts the server, asks it for all three, and stops it in an orderly way
//! - `cargo run --example axum -- 127.0.0.1:8080` serves until it is interrupted

#![allow(clippy::print_stdout, reason = "an example is there to be read")]

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use jstp::{Application, Client, Connection, Interface, Server, ServerOptions, net, ws};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const PAGE: &str = "<!doctype html><html lang=en><title>Greeter</title><h1>Greetings at /jstp</h1>";

/// What a client may ask for.
fn greeter() -> Outcome<Application> {
    let greeter = Interface::new()
        .method("greet", |name: String| format!("Hi, {name}!"))
        .method("where", |client: Connection| {
            client.remote_address().to_string()
        });
    Ok(Application::new("greeter")?.interface("greeter", greeter))
}

/// The web server's routes, the JSTP server among them.
fn router(server: &Server) -> Router {
    Router::new()
        .route("/", get(async || Html(PAGE)))
        .route("/health", get(async || "well\n"))
        .route("/jstp", jstp_axum::route(server))
}

/// Serves until `stopped` is done, and then stops in an orderly way.
async fn serve(
    listener: TcpListener,
    stopped: impl Future<Output = ()> + Send + 'static,
) -> Outcome {
    let options = ServerOptions::new([greeter()?]).with_heartbeat_interval(Duration::from_secs(30));
    let server = net::create_server(options);
    // As `axum::serve`, but it bounds the time for a request as well.
    jstp_axum::serve(listener, router(&server))
        .with_graceful_shutdown(stopped)
        .await;
    // No further connections come by now, but those that there are go on until here.
    server.shutdown(Duration::from_secs(5)).await;
    Ok(())
}

/// The body of the answer to a request by HTTP.
async fn body(address: SocketAddr, path: &str) -> Outcome<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (_, body) = answer.split_once("\r\n\r\n").ok_or("there is no body")?;
    Ok(body.to_owned())
}

/// Asks for everything that there is.
async fn play(address: SocketAddr) -> Outcome {
    println!("/        {}", body(address, "/").await?);
    print!("/health  {}", body(address, "/health").await?);

    let url = format!("ws://{address}/jstp");
    let connection = ws::connect("greeter", Client::default(), url).await?;
    let greeting: String = connection.call("greeter", "greet", ("JSTP",)).await?;
    let whence: String = connection.call("greeter", "where", ()).await?;
    println!("/jstp    {greeting} You are {whence}.");
    assert_eq!(greeting, "Hi, JSTP!");
    connection.close().await;
    Ok(())
}

/// Waits for Ctrl-C or, as service managers stop programs, SIGTERM.
async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    // Without signals it runs until it is killed.
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

#[tokio::main]
async fn main() -> Outcome {
    if let Some(address) = std::env::args().nth(1) {
        let listener = TcpListener::bind(address).await?;
        println!("http://{}/", listener.local_addr()?);
        return serve(listener, stopped()).await;
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let (stop, stopped) = oneshot::channel::<()>();
    let served = serve(listener, async { drop(stopped.await) });
    let played = async {
        let outcome = play(address).await;
        drop(stop);
        outcome
    };
    let (served, played) = tokio::join!(served, played);
    served.and(played)
}
