//! A chat: what one client says, everybody else hears.
//!
//! - `cargo run --example chat` plays a scene with a server and three clients, and ends
//! - `cargo run --example chat -- serve 127.0.0.1:4000` serves the room
//! - `cargo run --example chat -- join 127.0.0.1:4000 ann` says what is typed

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a chat is there to be read"
)]

use std::error::Error;
use std::time::Duration;

use jstp::{
    Application, Client, Connection, Interface, PreparedEvent, RemoteError, RemoteProxy, Server,
    ServerOptions, Value, WeakServer, net,
};
use tokio::io::{AsyncBufReadExt, BufReader};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// The room. Its handlers need the server, whose application it is, and so hold it weakly.
fn room(server: WeakServer) -> Outcome<Application> {
    let chat = Interface::new()
        .method("join", |client: Connection, name: String| {
            if name.trim().is_empty() {
                return Err(RemoteError::from("a name is needed"));
            }
            // The session remembers it, over lost connections too.
            client.session().set("name", name);
            Ok(())
        })
        .event("say", move |speaker: Connection, text: String| {
            let others = server
                .upgrade()
                .map_or_else(Vec::new, |server| server.get_clients());
            async move {
                let name = speaker
                    .session()
                    .get("name")
                    .unwrap_or(Value::from("somebody"));
                // Written once, however many there are.
                let line = match PreparedEvent::new("chat", "said", (name, text)) {
                    Ok(line) => line,
                    Err(error) => return eprintln!("a line cannot be passed on: {error}"),
                };
                for other in others.iter().filter(|other| other.id() != speaker.id()) {
                    // Not to be waited for here: a client that reads nothing must not hold up the
                    // others.
                    if let Err(error) = line.try_emit_to(other) {
                        eprintln!("{} misses a line: {error}", other.remote_address());
                    }
                }
            }
        });
    Ok(Application::new("chat")?.interface("chat", chat))
}

async fn serve(address: &str) -> Outcome<Server> {
    let server = net::create_server(ServerOptions::default());
    server.update_applications(room(server.downgrade())?);
    Ok(server.listen(address).await?)
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
        chat.connection().emit("chat", "say", (text,)).await?;
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
    let mut typed = BufReader::new(tokio::io::stdin()).lines();
    loop {
        tokio::select! {
            Some(line) = said.recv_as::<(String, String)>() => {
                let (name, text) = line?;
                println!("{name}: {text}");
            }
            // The room may be gone for good: a server that was started anew knows nobody.
            () = chat.connection().closed() => return Err("the connection is gone".into()),
            line = typed.next_line() => match line? {
                Some(text) => chat.connection().emit("chat", "say", (text,)).await?,
                None => return Ok(()),
            },
        }
    }
}

#[tokio::main]
async fn main() -> Outcome {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => play().await,
        ["serve", address] => {
            let server = serve(address).await?;
            tokio::signal::ctrl_c().await?;
            server.shutdown(Duration::from_secs(1)).await;
            Ok(())
        }
        ["join", address, name] => {
            let chat = join(address, name).await?;
            talk(&chat).await?;
            // What was said last is written before the process ends.
            chat.connection().close().await;
            Ok(())
        }
        _ => Err("usage: chat [serve ADDRESS | join ADDRESS NAME]".into()),
    }
}
