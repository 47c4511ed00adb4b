//! A chat: what one client says, everybody else hears, in a terminal or in a browser.
//!
//! - `cargo run --example chat` plays a scene with a server and three clients, and ends
//! - `cargo run --example chat -- serve 127.0.0.1:4000` serves the room
//! - `cargo run --example chat -- serve 127.0.0.1:4000 127.0.0.1:8080` serves it to browsers too, by a
//!   page at `http://127.0.0.1:8080/` that uses the npm package (`cargo xtask npm` installs it)
//! - `cargo run --example chat -- join 127.0.0.1:4000 ann` says what is typed

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a chat is there to be read"
)]

mod room;
mod web;

use std::error::Error;
use std::io;
use std::time::Duration;

use jstp::{CallError, Client, ConnectionEvent, RemoteProxy, Server, net};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

async fn serve(address: &str) -> Outcome<Server> {
    Ok(room::create_server()?.listen(address).await?)
}

async fn join(address: &str, name: &str) -> Outcome<RemoteProxy> {
    let (_, mut proxies) =
        net::connect_and_inspect("chat", Client::default(), ["chat"], address).await?;
    let chat = proxies.remove("chat").ok_or("there is no chat")?;
    chat.call::<()>("join", (name,)).await?;
    Ok(chat)
}

/// Serves, listens in on three clients, and checks who heard what.
async fn play() -> Outcome {
    let server = serve("127.0.0.1:0").await?;
    let address = server
        .local_address()
        .ok_or("the server has no address")?
        .to_string();
    let [ann, bob, eve] = [
        join(&address, "Ann").await?,
        join(&address, "Bob").await?,
        join(&address, "Eve").await?,
    ];
    let mut heard = [("Ann", &ann), ("Bob", &bob), ("Eve", &eve)]
        .map(|(name, chat)| (name, chat.subscribe("said")));

    let lines = [
        ("Ann", &ann, "Is anybody here?"),
        ("Bob", &bob, "I am."),
        ("Eve", &eve, "Me too."),
    ];
    for (speaker, chat, text) in lines {
        chat.call::<()>("say", (text,)).await?;
        println!("{speaker} says: {text}");
        for (listener, said) in heard
            .iter_mut()
            .filter(|(listener, _)| *listener != speaker)
        {
            let line: (String, String) = said.recv_as().await.ok_or("the connection is gone")??;
            assert_eq!(line, (speaker.to_owned(), text.to_owned()));
            println!("    {listener} has heard it");
        }
    }
    server.shutdown(Duration::from_secs(1)).await;
    Ok(())
}

/// Shows what the others say, and says what is typed.
async fn talk(chat: &RemoteProxy) -> Outcome {
    let mut said = chat.subscribe("said");
    let mut people = chat.subscribe("people");
    let mut happenings = chat.connection().events();
    let mut typed = typed_lines();
    loop {
        tokio::select! {
            Some(line) = said.recv_as::<(String, String)>() => {
                let (name, text) = line?;
                println!("{name}: {text}");
            }
            Some(names) = people.recv_as::<(Vec<String>,)>() => {
                println!("* here: {}", names?.0.join(", "));
            }
            // The room may be gone for good: a server that was started anew knows nobody.
            () = chat.connection().closed() => return Err("the connection is gone".into()),
            Some(event) = happenings.recv() => match event {
                ConnectionEvent::Close(reason) => println!("* the connection is lost: {reason}"),
                ConnectionEvent::Client { .. } => println!("* it is back"),
                _ => {}
            },
            line = typed.recv() => match line {
                Some(text) => say(chat, &text?).await?,
                None => return Ok(()),
            },
        }
    }
}

/// What is typed, by a thread of its own: a runtime that ends would wait for the next line.
fn typed_lines() -> mpsc::Receiver<io::Result<String>> {
    let (sender, lines) = mpsc::channel(1);
    std::thread::spawn(move || {
        for line in io::stdin().lines() {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    lines
}

/// Says something. While the connection is lost it waits for the resume.
async fn say(chat: &RemoteProxy, text: &str) -> Outcome {
    match chat.call::<()>("say", (text,)).await {
        // Only the answer was lost with the connection: it was said.
        Ok(()) | Err(CallError::CallbackLost) => Ok(()),
        Err(CallError::Remote(error)) => {
            eprintln!("not said: {error}");
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// Waits for Ctrl-C or, as service managers stop programs, SIGTERM.
async fn stopped() -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        interrupted = tokio::signal::ctrl_c() => interrupted,
    }
}

/// Serves until it is told to stop.
async fn serve_until_stopped(address: &str, page: Option<&str>) -> Outcome {
    let server = serve(address).await?;
    if let Some(page) = page {
        let listener = TcpListener::bind(page).await?;
        println!("http://{}/", listener.local_addr()?);
        web::serve(listener, &server, async { drop(stopped().await) }).await?;
    } else {
        stopped().await?;
    }
    server.shutdown(Duration::from_secs(1)).await;
    Ok(())
}

#[tokio::main]
async fn main() -> Outcome {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => play().await,
        ["serve", address] => serve_until_stopped(address, None).await,
        ["serve", address, page] => serve_until_stopped(address, Some(page)).await,
        ["join", address, name] => {
            let chat = join(address, name).await?;
            talk(&chat).await?;
            // What was said last is written before the process ends.
            chat.connection().close().await;
            Ok(())
        }
        _ => Err("usage: chat [serve ADDRESS [PAGE-ADDRESS] | join ADDRESS NAME]".into()),
    }
}
