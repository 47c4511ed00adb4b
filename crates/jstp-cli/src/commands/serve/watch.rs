//! Noticing that a file was changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How often the file is looked at.
const INTERVAL: Duration = Duration::from_millis(250);

/// What tells one state of a file from another.
type Stamp = Option<(SystemTime, u64)>;

/// Looks at a file from time to time. Unlike notices of the system this works on every file system and with
/// every way of saving.
#[derive(Debug)]
pub(super) struct Watch {
    path: PathBuf,
    known: Stamp,
}

impl Watch {
    /// Watches for changes from now on; make it before reading the file.
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            known: stamp(path),
        }
    }

    /// Waits until the file was changed, and has not changed since the last look.
    pub(super) async fn changed(&mut self) {
        let mut last = self.known;
        loop {
            tokio::time::sleep(INTERVAL).await;
            let now = stamp(&self.path);
            if now.is_some() && now != self.known && now == last {
                self.known = now;
                return;
            }
            last = now;
        }
    }
}

/// `None` for a file that is not there, as while another takes its place.
fn stamp(path: &Path) -> Stamp {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
