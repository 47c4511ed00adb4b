//! The limit of emitting to many: one write for each event and client, and nothing else. It speaks as
//! much JSTP as the clients need to take it for a server.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex as AsyncMutex;

use crate::Failure;

const WELCOME: &[u8] = b"{handshake:[0],ok:'00000000-0000-0000-0000-000000000000'}\0";

type Clients = Arc<Mutex<Vec<Arc<AsyncMutex<OwnedWriteHalf>>>>>;

/// Serves until the process ends.
pub(crate) async fn serve(announce: impl FnOnce(&str)) -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    announce(&listener.local_addr()?.to_string());
    let clients = Clients::default();
    loop {
        let (stream, _) = listener.accept().await?;
        let clients = Arc::clone(&clients);
        tokio::spawn(async move { attend(stream, &clients).await.is_ok() });
    }
}

async fn attend(stream: TcpStream, clients: &Clients) -> Result<(), Failure> {
    stream.set_nodelay(true)?;
    let (mut reader, mut writer) = stream.into_split();
    read_message(&mut reader).await?;
    writer.write_all(WELCOME).await?;
    let writer = Arc::new(AsyncMutex::new(writer));
    lock(clients).push(Arc::clone(&writer));
    while let Ok(message) = read_message(&mut reader).await {
        let (events, size) = burst(&message).ok_or("that is no call of a burst")?;
        broadcast(clients, events, size).await;
    }
    lock(clients).retain(|client| !Arc::ptr_eq(client, &writer));
    Ok(())
}

async fn broadcast(clients: &Clients, events: usize, size: usize) {
    let payload = "x".repeat(size);
    let everybody = lock(clients).clone();
    for number in 1..=events {
        let event = format!("{{event:[-{number},'bench'],tick:['{payload}']}}\0");
        for client in &everybody {
            // One that is gone is forgotten by its own task.
            let _ = client.lock().await.write_all(event.as_bytes()).await;
        }
    }
}

/// The two numbers in `{call:[1,'bench'],burst:[events,size]}`.
fn burst(message: &str) -> Option<(usize, usize)> {
    let (_, arguments) = message.split_once("burst:[")?;
    let (events, size) = arguments.strip_suffix("]}")?.split_once(',')?;
    Some((events.parse().ok()?, size.parse().ok()?))
}

async fn read_message(reader: &mut OwnedReadHalf) -> Result<String, Failure> {
    let mut message = Vec::new();
    loop {
        match reader.read_u8().await? {
            0 => return Ok(String::from_utf8(message)?),
            byte => message.push(byte),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
