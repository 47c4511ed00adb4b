//! What the kernel allows over TCP: blocking sockets and threads, without a runtime. With one call under
//! way that is two system calls on each side, where a runtime needs a third one to wait.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Instant;

use crate::Failure;
use crate::client::{Client, Load};

const BUFFER: usize = 16 * 1024;

/// Serves in threads until the process ends.
pub(crate) async fn serve(announce: impl FnOnce(&str)) -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    announce(&listener.local_addr()?.to_string());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A connection that fails ends; nobody else needs to know.
            std::thread::spawn(move || echo(stream).is_ok());
        }
    });
    std::future::pending().await
}

fn echo(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; BUFFER];
    loop {
        let length = stream.read(&mut buffer)?;
        let Some(read) = buffer.get(..length).filter(|read| !read.is_empty()) else {
            return Ok(());
        };
        stream.write_all(read)?;
    }
}

/// A connection, for one call at a time.
pub(crate) struct BareBlocking(TcpStream);

impl Client for BareBlocking {
    async fn connect(address: &str) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self(stream))
    }

    async fn drive(&mut self, load: &Load) -> Result<(), Failure> {
        let frame = [load.payload.as_bytes(), b"\0"].concat();
        let mut answer = vec![0; frame.len()];
        let mut sent = Instant::now();
        loop {
            self.0.write_all(&frame)?;
            self.0.read_exact(&mut answer)?;
            let answered = Instant::now();
            load.latencies.record(1, answered - sent);
            if answered >= load.until {
                return Ok(());
            }
            sent = answered;
        }
    }
}
