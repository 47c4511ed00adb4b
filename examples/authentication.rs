//! Who may in, and who is who: passwords, a strategy of one's own, and anonymous guests.
//!
//! `cargo run --example authentication`

#![allow(clippy::print_stdout, reason = "an example tells what it does")]

use std::error::Error;
use std::time::Duration;

use async_trait::async_trait;
use jstp::{
    Application, AuthError, AuthPolicy, AuthRequest, Client, ConnectError, Connection, Credentials,
    Interface, LoginTable, RemoteError, ServerOptions, SimpleConnectPolicy, net,
};

/// Names and passwords by the strategy `login`; for machines, a strategy `apiKey`.
#[derive(Debug)]
struct Policy {
    people: LoginTable,
}

#[async_trait]
impl AuthPolicy for Policy {
    async fn authenticate(&self, request: &AuthRequest) -> Result<String, AuthError> {
        if request.strategy != "apiKey" {
            return self.people.authenticate(request).await;
        }
        // What a client presents may be anything: a form that does not fit is a refusal.
        let (key,): (String,) = request
            .credentials
            .deserialize()
            .map_err(|_| AuthError::Denied)?;
        match key.as_str() {
            "letmein" => Ok("robot".to_owned()),
            // An error of one's own tells the client more than `Denied` does.
            "expired" => Err(RemoteError::new(1401, "this key has expired").into()),
            _ => Err(AuthError::Denied),
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Guests need no policy. A handler decides what they may do.
    let vault = Interface::new()
        .method("whoAmI", |client: Connection| client.username())
        .method("open", |client: Connection| match client.username() {
            Some(name) => Ok(format!("welcome, {name}")),
            None => Err(RemoteError::new(1403, "not for guests")),
        });
    let policy = Policy {
        people: LoginTable::new([("marcus", "aurelius")]),
    };
    let bank = Application::new("bank")?.interface("vault", vault);
    let server = net::create_server(ServerOptions::new([bank]).with_auth_policy(policy))
        .listen("127.0.0.1:0")
        .await?;
    let address = server.local_address().ok_or("the server has no address")?;

    let login = |password| {
        Client::default().with_connect_policy(SimpleConnectPolicy::login("marcus", password))
    };
    let marcus = net::connect("bank", login("aurelius"), &address).await?;
    let greeting: String = marcus.call("vault", "open", ()).await?;
    println!("by name and password: {greeting}");
    assert_eq!(greeting, "welcome, marcus");

    let refused = net::connect("bank", login("commodus"), &address).await;
    println!("by a wrong password: {}", refusal(refused)?);

    // A strategy of one's own is a name, and credentials of any form. Where they change, the policy is
    // an async closure that gives the strategy for each connection.
    let with_key = |key: &str| -> Result<Client, Box<dyn Error>> {
        let credentials = Credentials::from_serialize(&[key])?;
        let policy = SimpleConnectPolicy::custom("apiKey", credentials)?;
        Ok(Client::default().with_connect_policy(policy))
    };
    let robot = net::connect("bank", with_key("letmein")?, &address).await?;
    let name: String = robot.call("vault", "whoAmI", ()).await?;
    println!("by a key: {name}");
    assert_eq!(name, "robot");

    let refused = net::connect("bank", with_key("expired")?, &address).await;
    println!("by an old key: {}", refusal(refused)?);

    let guest = net::connect("bank", Client::default(), &address).await?;
    assert_eq!(
        guest.call::<Option<String>>("vault", "whoAmI", ()).await?,
        None
    );
    let error = guest
        .call::<String>("vault", "open", ())
        .await
        .expect_err("a guest stays outside");
    println!("as a guest: {error}");

    server.shutdown(Duration::from_secs(1)).await;
    Ok(())
}

fn refusal(outcome: Result<Connection, ConnectError>) -> Result<RemoteError, Box<dyn Error>> {
    match outcome {
        Err(ConnectError::Refused(error)) => Ok(error),
        other => Err(format!("expected a refusal, not {other:?}").into()),
    }
}
