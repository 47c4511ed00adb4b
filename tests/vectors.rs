//! The conformance vectors against our server and our client over TCP, and over WebSocket where they are
//! about that.
//!
//! `JSTP_VECTORS=DIR cargo test --workspace vectors` runs them on another folder with rows of the
//! same kinds.

#[path = "vectors/app.rs"]
mod app;
#[path = "vectors/client_replay.rs"]
mod client_replay;
#[path = "../crates/jstp-wire/tests/common/mod.rs"]
mod common;
#[path = "vectors/data.rs"]
mod data;
#[path = "vectors/framing.rs"]
mod framing;
#[path = "vectors/hostile.rs"]
mod hostile;
#[path = "vectors/line.rs"]
mod line;
#[path = "vectors/message.rs"]
mod message;
#[path = "support/raw_peer.rs"]
mod raw_peer;
#[path = "vectors/server_replay.rs"]
mod server_replay;
#[path = "vectors/setup.rs"]
mod setup;
#[path = "vectors/transcript.rs"]
mod transcript;
#[path = "vectors/websocket.rs"]
mod websocket;

use client_replay::ClientReplay;
use line::Cut;
use server_replay::{ServerReplay, known_answers};
use transcript::Transcript;

fn transcripts() -> Vec<Transcript> {
    data::files("transcripts")
        .iter()
        .map(|file| Transcript::read(file))
        .collect()
}

async fn replay_against_the_server(cut: Cut) {
    let replays = transcripts();
    let answers = known_answers(replays.iter());
    let mut replayed = 0;
    for replay in replays.iter().filter(|replay| replay.server_is_reference) {
        ServerReplay::new(replay, &answers, cut).await.run().await;
        replayed += 1;
    }
    assert_ne!(replayed, 0, "no transcript of a reference server");
}

async fn replay_against_the_client(cut: Cut) {
    let mut replayed = 0;
    for replay in transcripts()
        .iter()
        .filter(|replay| replay.client_is_reference)
    {
        ClientReplay::new(replay, cut).await.run().await;
        replayed += 1;
    }
    assert_ne!(replayed, 0, "no transcript of a reference client");
}

#[tokio::test]
async fn our_server_says_what_the_transcripts_of_the_vectors_say() {
    replay_against_the_server(Cut::Together).await;
}

#[tokio::test]
async fn our_server_says_what_the_vectors_say_however_the_stream_is_cut() {
    replay_against_the_server(Cut::Bytes).await;
}

#[tokio::test]
async fn our_client_says_what_the_transcripts_of_the_vectors_say() {
    replay_against_the_client(Cut::Together).await;
}

#[tokio::test]
async fn our_client_says_what_the_vectors_say_however_the_stream_is_cut() {
    replay_against_the_client(Cut::Bytes).await;
}

#[tokio::test]
async fn our_server_survives_the_hostile_vectors() {
    hostile::server::run().await;
}

#[tokio::test]
async fn our_client_survives_the_hostile_vectors() {
    hostile::client::run().await;
}

#[tokio::test]
async fn our_server_reads_the_streams_of_the_framing_vectors() {
    framing::run().await;
}

#[tokio::test]
async fn our_server_does_what_the_websocket_vectors_say() {
    websocket::run().await;
}
