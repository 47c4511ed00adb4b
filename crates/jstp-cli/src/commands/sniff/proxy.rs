//! Passing connections on, and writing down what goes through them.

use std::convert::Infallible;
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::SystemTime;

use jstp_client::ConnectError;
use jstp_transport::{
    Accepted, Connector, IntoConnector, IntoListener, Listener, TransportOptions,
};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::journal::{Entries, Journal, journal};
use super::recording::{Side, What, Writer};
use super::relay::relay;
use super::show::Shower;
use crate::clock;
use crate::failure::Failure;
use crate::output::Output;
use crate::runtime;

/// The connections that may go through at the same time; further ones wait.
const MAX_CONNECTIONS: usize = 1000;

/// Passes connections on. They have a thread of their own, so that a terminal that is stopped holds none of
/// them back.
pub(super) fn proxy(
    listen: &str,
    target: &str,
    save: Option<&Path>,
    options: TransportOptions,
    shower: Shower,
    output: &mut Output,
) -> Result<(), Failure> {
    let connector = target.into_connector().map_err(ConnectError::from)?;
    let recording = save
        .map(|path| begin_recording(path, listen, target))
        .transpose()?;
    let (journal, entries) = journal(recording.is_some());
    let (ready_sender, ready) = std::sync::mpsc::channel();
    let address = listen.to_owned();
    let proxy = thread::spawn(move || {
        runtime::block_on(async move {
            let listener = address.as_str().into_listener(&options).await;
            let listener = listener.map_err(|error| Failure::listening(&address, &error))?;
            let url = listener.local_address().url().unwrap_or(address);
            // Fails when the main thread is gone, and with it the process.
            let _ = ready_sender.send(url);
            tokio::select! {
                never = accept(listener, connector, &options, &journal) => match never {},
                stopped = runtime::stopped() => stopped,
            }
        })
    });
    if let Ok(url) = ready.recv() {
        output.note(format_args!("listening {url}, passing on to {target}"));
        write_entries(entries, recording, shower, output)?;
    }
    proxy
        .join()
        .unwrap_or_else(|_| Err(Failure::usage("the proxy ended early")))
}

async fn accept(
    mut listener: Box<dyn Listener>,
    connector: Arc<dyn Connector>,
    options: &TransportOptions,
    journal: &Journal,
) -> Infallible {
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut tasks = JoinSet::new();
    let mut number = 0;
    loop {
        let permit = Arc::clone(&room).acquire_owned().await;
        let accepted = listener.accept().await;
        number += 1;
        // Tasks that have ended are forgotten.
        while tasks.try_join_next().is_some() {}
        let (connector, options) = (Arc::clone(&connector), options.clone());
        let (journal, number) = (journal.clone(), number);
        tasks.spawn(async move {
            pass_on(accepted, &*connector, &options, number, &journal).await;
            drop(permit);
        });
    }
}

/// Connects a client with the server.
async fn pass_on(
    accepted: Accepted,
    connector: &dyn Connector,
    options: &TransportOptions,
    number: u64,
    journal: &Journal,
) {
    let peer = accepted.peer.to_string();
    journal.note(number, What::Open { peer }).await;
    let fail = async |by: Side, error: &jstp_transport::Error| {
        let reason = error.to_string();
        journal.note(number, What::Fail { by, reason }).await;
    };
    let client = tokio::time::timeout(options.connect_timeout, accepted.into_transport()).await;
    let client = client.unwrap_or(Err(jstp_transport::Error::ConnectTimeout));
    match client {
        Err(error) => fail(Side::Client, &error).await,
        Ok(client) => match connector.connect(options).await {
            Ok(server) => relay(client, server.transport, number, journal).await,
            Err(error) => fail(Side::Server, &error).await,
        },
    }
}

type Recording = Writer<BufWriter<File>>;

/// Makes a file that only its owner can read: it will hold credentials.
fn begin_recording(path: &Path, listen: &str, target: &str) -> Result<Recording, Failure> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .and_then(|file| {
            let started = clock::utc(SystemTime::now());
            Writer::new(BufWriter::new(file), &started, listen, target)
        })
        .map_err(|error| Failure::file(path, &error))
}

/// Writes entries until there will be no more.
fn write_entries(
    mut entries: Entries,
    mut recording: Option<Recording>,
    mut shower: Shower,
    output: &mut Output,
) -> Result<(), Failure> {
    let unsavable = |error: io::Error| Failure::usage(format!("the recording failed: {error}"));
    while let Some(noted) = entries.next() {
        if let Some(recording) = &mut recording {
            recording.write(&noted.entry).map_err(unsavable)?;
            if !entries.has_next() {
                recording.flush().map_err(unsavable)?;
            }
        }
        if let Some(line) = shower.line(&noted.entry, output) {
            output.line(line)?;
        }
        let missed = entries.take_missed();
        if missed > 0 {
            output.note(format_args!("{missed} messages were too fast to be shown"));
        }
    }
    match &mut recording {
        Some(recording) => recording.flush().map_err(unsavable),
        None => Ok(()),
    }
}
