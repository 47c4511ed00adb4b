//! A raw peer that replays one side of a connection and compares what the other side says.

use std::time::Duration;

use super::message::Message;
use super::raw_peer::{DEADLINE, Heard, RawPeer};

/// How the bytes of a side are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Messages that follow each other go out in one write.
    Together,
    /// Each byte in a write of its own.
    Bytes,
}

/// More than this is never cut into single bytes.
const MOST_SINGLE_BYTES: usize = 16 * 1024;

pub(crate) struct Line {
    peer: RawPeer,
    outgoing: Vec<u8>,
    /// Answers that came before their turn: when the two directions crossed, their order among the
    /// other messages is not fixed.
    early: Vec<String>,
    /// For the messages of failures.
    name: String,
}

impl Line {
    pub(crate) fn new(peer: RawPeer, name: String) -> Self {
        Self {
            peer,
            outgoing: Vec::new(),
            early: Vec::new(),
            name,
        }
    }

    /// Notes bytes to be sent.
    pub(crate) fn push(&mut self, bytes: &[u8], terminated: bool) {
        self.outgoing.extend_from_slice(bytes);
        if terminated {
            self.outgoing.push(0);
        }
    }

    /// Sends what was noted. The other side may have closed.
    pub(crate) async fn flush(&mut self, cut: Cut) {
        let outgoing = std::mem::take(&mut self.outgoing);
        if cut == Cut::Together || outgoing.len() > MOST_SINGLE_BYTES {
            self.peer.send_to_the_end(&outgoing).await;
            return;
        }
        for byte in outgoing {
            if self.peer.send_bytes(&[byte]).await.is_err() {
                return;
            }
            // Others get their turn, so that the bytes do come apart.
            tokio::task::yield_now().await;
        }
    }

    /// Waits for a message of which `is_it` holds. Before it only answers may come.
    pub(crate) async fn expect_that(&mut self, what: &str, is_it: impl Fn(&str) -> bool) -> String {
        if let Some(at) = self.early.iter().position(|message| is_it(message)) {
            return self.early.remove(at);
        }
        loop {
            let heard = match self.peer.hear(DEADLINE).await {
                Heard::Message(heard) => heard,
                other => panic!(
                    "{}: expected {what}, got {other:?}, early {:?}",
                    self.name, self.early
                ),
            };
            if is_it(&heard) {
                return heard;
            }
            let crossed = is_answer(&heard) || is_answer(what);
            assert!(crossed, "{}: expected {what}, got {heard}", self.name);
            self.early.push(heard);
        }
    }

    /// Waits for exactly this message.
    pub(crate) async fn expect(&mut self, text: &str) {
        self.expect_that(text, |heard| heard == text).await;
    }

    /// Nothing may be waiting.
    pub(crate) async fn expect_silence(&mut self) {
        let heard = self.peer.hear(Duration::from_millis(20)).await;
        assert_eq!(heard, Heard::Silence, "{}", self.name);
    }

    /// The other side has to close, without another word.
    pub(crate) async fn expect_end(&mut self) {
        let heard = self.peer.hear(DEADLINE).await;
        assert_eq!(heard, Heard::End, "{}", self.name);
        self.expect_nothing_early();
    }

    pub(crate) fn expect_nothing_early(&self) {
        assert!(
            self.early.is_empty(),
            "{}: more than expected: {:?}",
            self.name,
            self.early
        );
    }

    /// Closes the own direction.
    pub(crate) async fn finish(&mut self) {
        self.peer.finish().await;
    }

    pub(crate) fn reset(self) {
        self.peer.reset();
    }
}

fn is_answer(text: &str) -> bool {
    Message::parse(text).is_some_and(|message| message.is_answer())
}
