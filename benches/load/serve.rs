//! Our server, in a process of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jstp::{Application, Interface, Value, net};
use tokio::io::AsyncReadExt;

use crate::Failure;

/// Serves what `benches/npm-server.js` serves, until standard input ends.
#[tokio::main]
pub(crate) async fn serve() -> Result<(), Failure> {
    let seen = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&seen);
    let interface = Interface::new()
        .method("echo", |value: Value| value)
        .method("seen", move || seen.load(Ordering::Relaxed))
        .event("tick", move |_value: Value| {
            count.fetch_add(1, Ordering::Relaxed);
        });
    let application = Application::new("bench")?.interface("bench", interface);
    let server = net::create_server([application])
        .listen("127.0.0.1:0")
        .await?;
    let address = server
        .local_address()
        .ok_or("the server has no address")?
        .to_string();
    let port = address.rsplit(':').next().unwrap_or_default();
    println!("listening {port}");
    tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
    Ok(())
}
