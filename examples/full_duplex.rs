//! Both sides call each other over one connection: a client that serves as well, and a server that
//! calls it back before it answers.
//!
//! `cargo run --example full_duplex`

#![allow(clippy::print_stdout, reason = "an example tells what it does")]

use std::error::Error;
use std::time::Duration;

use jstp::{Application, Client, Connection, Interface, RemoteError, net};

/// A method of the server. It asks the client that calls it: for the numbers, one by one, then whether
/// it may go on. An error of the client becomes the error of this call.
async fn total(client: Connection, count: u32) -> Result<u64, RemoteError> {
    let mut sum = 0;
    for i in 0..count {
        let cell: u32 = client.call("sheet", "cell", (i,)).await?;
        sum += u64::from(cell);
    }
    let question = format!("is {sum} about right?");
    if client.call::<bool>("user", "confirm", (question,)).await? {
        Ok(sum)
    } else {
        Err(RemoteError::new(1000, "the user disagrees"))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let office = Interface::new().method("total", total);
    let server = net::create_server([Application::new("office")?.interface("office", office)])
        .listen("127.0.0.1:0")
        .await?;
    let address = server.local_address().ok_or("the server has no address")?;

    // What the client serves is an application like any other.
    let cells = [20, 14, 8];
    let sheet = Interface::new().method("cell", move |i: usize| {
        let cell = cells.get(i).copied();
        println!("  the server asks for cell {i}");
        cell.ok_or_else(|| RemoteError::new(1001, "no such cell"))
    });
    let user = Interface::new().method("confirm", |question: String| {
        println!("  the server asks: {question}");
        true
    });
    let desk = Application::new("desk")?
        .interface("sheet", sheet)
        .interface("user", user);
    let client = Client::default().with_application(desk);
    let connection = net::connect("office", client, &address).await?;

    println!("the client asks for the total of three cells");
    let sum: u64 = connection.call("office", "total", (3,)).await?;
    println!("the total is {sum}");
    assert_eq!(sum, 42);

    println!("the client asks for the total of four cells");
    let error = connection
        .call::<u64>("office", "total", (4,))
        .await
        .expect_err("there are three");
    println!("the server passes the client's own error on: {error}");
    assert_eq!(error.code(), Some(1001));

    // The server may call without having been asked, and look at what there is to call.
    let desk = server.get_clients().pop().ok_or("nobody is connected")?;
    let sheet = desk.inspect("sheet").await?;
    println!(
        "the server finds `sheet` with: {}",
        sheet.methods().join(", ")
    );
    let cell: u64 = sheet.call("cell", (1,)).await?;
    assert_eq!(cell, 14);

    connection.close().await;
    server.shutdown(Duration::from_secs(1)).await;
    Ok(())
}
