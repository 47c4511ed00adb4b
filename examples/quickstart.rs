//! The whole of it in one process: a server and a client that calls it, hears its events, loses the
//! connection in the middle of a call, and goes on as if nothing had happened.
//!
//! `cargo run --example quickstart`

#![allow(clippy::print_stdout, reason = "an example tells what it does")]

use std::error::Error;
use std::time::Duration;

use jstp::{Application, Backoff, Client, Connection, ConnectionEvent, Interface, net};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // A server. Parameters are typed: a call that does not fit them is answered by an error.
    let kitchen = Interface::new()
        .method("menu", || ["tea", "coffee"])
        .method("price", |cups: u32| u64::from(cups) * 3)
        .method("brew", brew);
    let cafe = Application::new("cafe@1.2.0")?.interface("kitchen", kitchen);
    let server = net::create_server([cafe]).listen("127.0.0.1:0").await?;
    let address = server.local_address().ok_or("the server has no address")?;
    println!("serving cafe@1.2.0 on {address}");

    // A client, which after a loss connects again soon.
    let soon = Backoff::new(
        Duration::from_millis(100),
        Duration::from_secs(1),
        Duration::ZERO,
    );
    let client = Client::default().with_reconnector(soon);
    let (connection, proxies) =
        net::connect_and_inspect("cafe@^1.0", client, ["kitchen"], address).await?;
    let kitchen = &proxies["kitchen"];
    println!("connected, session {}", connection.session_id());
    println!("the kitchen knows how to {}", kitchen.methods().join(", "));

    // Calls.
    let menu: Vec<String> = kitchen.call("menu", ()).await?;
    println!("on the menu: {}", menu.join(", "));
    let price: u64 = kitchen.call("price", (2,)).await?;
    println!("two cups: {price}");
    assert_eq!(price, 6);
    let error = kitchen
        .call::<u64>("price", ("two",))
        .await
        .expect_err("a text is no number");
    println!("`two` cups: {error}");
    assert_eq!(error.code(), Some(17));

    // A call and the event that comes before its answer.
    let mut started = kitchen.subscribe("started");
    let ordered = kitchen.clone();
    // When its answer is lost with the connection, this call is made again.
    let tea =
        tokio::spawn(async move { ordered.call_with_resend::<String>("brew", ("tea",)).await });
    let (what,): (String,) = started.recv_as().await.ok_or("the connection is gone")??;
    println!("the kitchen has started to brew {what}");

    // The connection breaks, with the call under way.
    let mut happenings = connection.events();
    let mut news = kitchen.subscribe("news");
    let guest = server.get_clients().pop().ok_or("nobody is connected")?;
    guest.detach();
    while let Some(event) = happenings.recv().await {
        if let ConnectionEvent::Close(reason) = event {
            println!("the connection is lost: {reason}");
            break;
        }
    }
    for text in ["fresh scones", "the cat is back"] {
        guest.emit("kitchen", "news", (text,)).await?;
        println!("  meanwhile the server emits: {text}");
    }
    println!("  and the client makes another call, which waits");
    let price: u64 = kitchen.call("price", (3,)).await?;

    // It comes back by itself: the same session, nothing missing, everything in order.
    while let Some(event) = happenings.recv().await {
        if let ConnectionEvent::Client { session, resumed } = event {
            assert!(resumed);
            println!("resumed session {session}");
            break;
        }
    }
    for _ in 0..2 {
        let (text,): (String,) = news.recv_as().await.ok_or("the connection is gone")??;
        println!("event: {text}");
    }
    println!("the call made meanwhile is answered: three cups: {price}");
    println!(
        "the call under way, made again since its answer was lost: {}",
        tea.await??
    );

    connection.close().await;
    server.shutdown(Duration::from_secs(1)).await;
    println!("closed");
    Ok(())
}

/// Takes its time, and tells the client when it begins.
async fn brew(guest: Connection, what: String) -> String {
    // Fails only when the guest is gone for good, and then nobody waits for the answer either.
    let _ = guest.emit("kitchen", "started", (&what,)).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    format!("a cup of {what}")
}
