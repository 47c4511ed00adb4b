//! A transport of one's own: JSTP over the standard input and output of a child process, as a tool
//! that is started for one user would talk, or a program behind `ssh`.
//!
//! `cargo run --example custom_transport` starts itself once more as the child, which serves.

#![allow(clippy::print_stdout, reason = "an example tells what it does")]

use std::error::Error;
use std::process::Stdio;
use std::time::Duration;

use async_trait::async_trait;
use jstp::transport::{
    Accepted, Address, Connected, Error as TransportError, FramedStream, Halves,
};
use jstp::{
    Application, Client, Connector, Interface, Listener, ServerEvent, TransportOptions, net,
};
use tokio::process::Command;

const CHILD: &str = "--child";

/// Connects to a fresh child process. Any stream of bytes becomes a transport by [`FramedStream`],
/// and a reader and a writer become a stream by [`Halves`].
#[derive(Debug)]
struct Child;

#[async_trait]
impl Connector for Child {
    async fn connect(&self, options: &TransportOptions) -> Result<Connected, TransportError> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(CHILD)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(stdout), Some(stdin)) = (child.stdout.take(), child.stdin.take()) else {
            return Err(TransportError::other("the child has no pipes"));
        };
        let peer = Address::Other(format!("process {}", child.id().unwrap_or_default()));
        let transport = FramedStream::new(Halves::new(stdout, stdin), options);
        Ok(Connected::new(Box::pin(transport), peer))
    }

    fn target(&self) -> String {
        "a child process".to_owned()
    }
}

/// Accepts the one connection there is: the standard input and output of this process.
#[derive(Debug)]
struct Parent {
    accepted: bool,
    options: TransportOptions,
}

#[async_trait]
impl Listener for Parent {
    async fn accept(&mut self) -> Accepted {
        if std::mem::replace(&mut self.accepted, true) {
            return std::future::pending().await;
        }
        let pipes = Halves::new(tokio::io::stdin(), tokio::io::stdout());
        let transport = FramedStream::new(pipes, &self.options);
        Accepted::ready(self.local_address(), Box::pin(transport))
    }

    fn local_address(&self) -> Address {
        Address::Other("standard input and output".to_owned())
    }
}

/// The child serves until its parent hangs up.
async fn serve() -> Result<(), Box<dyn Error>> {
    let tool = Interface::new()
        .method("pid", std::process::id)
        .method("reverse", |text: String| {
            text.chars().rev().collect::<String>()
        });
    let server = net::create_server([Application::new("tool")?.interface("tool", tool)]);
    let mut events = server.events();
    let parent = Parent {
        accepted: false,
        options: TransportOptions::default(),
    };
    let server = server.listen(parent).await?;
    while let Some(event) = events.recv().await {
        if let ServerEvent::Disconnect(_) = event {
            break;
        }
    }
    server.shutdown(Duration::from_secs(1)).await;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if std::env::args().any(|arg| arg == CHILD) {
        return serve().await;
    }
    // A child that has gone takes its sessions with it: there is nothing to reconnect to.
    let client = Client::default().without_reconnector();
    let (connection, proxies) = net::connect_and_inspect("tool", client, ["tool"], Child).await?;
    let tool = &proxies["tool"];

    println!("connected to {}", connection.remote_address());
    let pid: u32 = tool.call("pid", ()).await?;
    println!(
        "it says that it is process {pid}, and this is {}",
        std::process::id()
    );
    assert_ne!(pid, std::process::id());
    let reversed: String = tool.call("reverse", ("desserts",)).await?;
    println!("`desserts` backwards is `{reversed}`");
    assert_eq!(reversed, "stressed");

    connection.close().await;
    println!("closed, and with its pipes the child is gone too");
    Ok(())
}
