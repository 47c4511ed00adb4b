//! Several versions of an application at once: each client gets the newest that it can work with, and
//! follows when a newer one is deployed.
//!
//! `cargo run --example versions`

#![allow(clippy::print_stdout, reason = "an example tells what it does")]

use std::error::Error;
use std::time::Duration;

use jstp::{Application, Client, ConnectError, Connection, Interface, net};

fn calculator(version: &'static str) -> Result<Application, Box<dyn Error>> {
    let meta = Interface::new().method("version", move || version);
    Ok(Application::new(&format!("calculator@{version}"))?.interface("meta", meta))
}

async fn version(connection: &Connection) -> Result<String, Box<dyn Error>> {
    Ok(connection.call("meta", "version", ()).await?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let deployed = [
        calculator("1.0.0")?,
        calculator("1.2.0")?,
        calculator("2.0.0")?,
    ];
    let server = net::create_server(deployed).listen("127.0.0.1:0").await?;
    let address = server.local_address().ok_or("the server has no address")?;

    // Ranges are those of npm; without one the newest version is meant.
    for (asked, expected) in [
        ("calculator", "2.0.0"),
        ("calculator@^1.0.0", "1.2.0"),
        ("calculator@~1.0", "1.0.0"),
        ("calculator@1.2.0", "1.2.0"),
        ("calculator@<2 || >=3", "1.2.0"),
    ] {
        let connection = net::connect(asked, Client::default(), &address).await?;
        let got = version(&connection).await?;
        println!("{asked:22} is served by {got}");
        assert_eq!(got, expected);
    }

    // Nothing fits: the server refuses, before any user is asked for a password.
    match net::connect("calculator@^3", Client::default(), &address).await {
        Err(ConnectError::Refused(error)) => println!("calculator@^3          is refused: {error}"),
        other => return Err(format!("expected a refusal, not {other:?}").into()),
    }

    // A new version is deployed while clients are connected. Whoever asked for a range follows it,
    // whoever asked for one version keeps it.
    let following = net::connect("calculator@^1", Client::default(), &address).await?;
    let staying = net::connect("calculator@1.2.0", Client::default(), &address).await?;
    server.update_applications(vec![calculator("1.2.0")?, calculator("1.3.0")?]);
    server.update_connections_api();
    println!("1.3.0 is deployed");
    println!(
        "calculator@^1          goes on with {}",
        version(&following).await?
    );
    println!(
        "calculator@1.2.0       goes on with {}",
        version(&staying).await?
    );
    assert_eq!(version(&following).await?, "1.3.0");
    assert_eq!(version(&staying).await?, "1.2.0");

    server.shutdown(Duration::from_secs(1)).await;
    Ok(())
}
