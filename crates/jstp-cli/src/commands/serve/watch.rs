//! Noticing that a file was changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tokio::time::{Instant, sleep_until};

/// How often the file is looked at.
const INTERVAL: Duration = Duration::from_millis(250);

/// What tells one state of a file from another.
type Stamp = Option<(SystemTime, u64)>;

/// Looks at a file from time to time. Unlike notices of the system this works on every file system and with
/// every way of saving.
#[derive(Debug)]
pub(super) struct Watch {
    path: PathBuf,
    /// The state that was taken over.
    known: Stamp,
    /// The state at the last look.
    last: Stamp,
    next_look: Instant,
}

impl Watch {
    /// Watches for changes from now on; make it before reading the file.
    pub(super) fn new(path: &Path) -> Self {
        let known = stamp(path);
        Self {
            path: path.to_owned(),
            known,
            last: known,
            next_look: Instant::now() + INTERVAL,
        }
    }

    /// Waits until the file was changed, and has not changed since the last look. May be dropped and called
    /// again as often as other things happen.
    pub(super) async fn changed(&mut self) {
        loop {
            sleep_until(self.next_look).await;
            self.next_look = Instant::now() + INTERVAL;
            let now = stamp(&self.path);
            let is_settled = now == self.last;
            self.last = now;
            if now.is_some() && now != self.known && is_settled {
                self.known = now;
                return;
            }
        }
    }
}

/// `None` for a file that is not there, as while another takes its place.
fn stamp(path: &Path) -> Stamp {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
