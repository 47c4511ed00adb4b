//! The hostile vectors: each row against our server or our client, after which everybody else is
//! served as before.

#[path = "hostile/client.rs"]
pub(crate) mod client;
#[path = "hostile/server.rs"]
pub(crate) mod server;

use super::data::{Row, parts};
use super::message::Message;

/// What a row says is right.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a phrase of the sentence"
)]
struct Verdict {
    /// Closing without an answer.
    close: bool,
    /// This error; before the handshake is done, closing after it.
    error: Option<i64>,
    /// After the error, the second message is answered with 42.
    second: bool,
    /// No answer, and the connection goes on.
    go_on: bool,
    /// A handshake or resume is granted.
    granted: bool,
    /// The connect or call fails.
    fails: bool,
}

impl Verdict {
    /// Reads the sentence; what stands in brackets explains.
    fn read(row: &Row) -> Self {
        let sentence = row["correct"].as_str().expect("a sentence");
        let mut depth = 0_usize;
        let plain: String = sentence
            .chars()
            .filter(|character| {
                depth = match character {
                    '(' => depth + 1,
                    ')' => depth.saturating_sub(1),
                    _ => depth,
                };
                depth == 0
            })
            .collect();
        let says = |words: &[&str]| words.iter().any(|word| plain.contains(word));
        let error = plain.split("error ").nth(1).and_then(|rest| {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok()
        });
        Self {
            close: plain.replace("then close", "").contains("close"),
            error,
            second: says(&["42 for the second"]),
            go_on: says(&["reject", "ignore", "go on", "goes on"]),
            granted: says(&["answer ok", "answered"]),
            fails: says(&["fail"]),
        }
    }

    /// Whether the sentence tells more than that everybody survives.
    fn is_specific(&self) -> bool {
        let Self {
            close,
            go_on,
            granted,
            fails,
            ..
        } = self;
        *close || *go_on || *granted || *fails || self.error.is_some()
    }
}

/// The bytes to be sent, one write each.
fn segments(row: &Row) -> Vec<String> {
    row["segments"]
        .as_array()
        .map_or(Vec::new(), |segments| segments.iter().map(parts).collect())
}

fn error_code(text: &str) -> Option<i64> {
    Message::parse(text)?.error()?.get(0)?.as_i64()
}
