//! What was measured so far, so that a run that was cut short can go on.

use std::fs;
use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Failure;

/// A folder with a file for each row.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    folder: PathBuf,
    /// Only rows with this in their name are measured, whether they were before or not.
    only: Option<String>,
}

impl Store {
    /// Opens the folder, and empties it unless what is there shall be kept.
    pub(crate) fn open(folder: PathBuf, keep: bool, only: Option<String>) -> Result<Self, Failure> {
        if !keep && folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        Ok(Self { folder, only })
    }

    /// What was measured for a row.
    pub(crate) fn read<T: DeserializeOwned>(&self, row: &str) -> Option<T> {
        let text = fs::read(self.path(row)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Whether a row is to be measured now.
    pub(crate) fn wants(&self, row: &str) -> bool {
        match &self.only {
            Some(only) => row.contains(only),
            None => !self.path(row).exists(),
        }
    }

    /// Keeps what was measured for a row.
    pub(crate) fn write(&self, row: &str, result: &impl Serialize) -> Result<(), Failure> {
        let temporary = self.path(row).with_extension("part");
        fs::write(&temporary, serde_json::to_vec_pretty(result)?)?;
        // All of it or nothing, however the run ends.
        Ok(fs::rename(temporary, self.path(row))?)
    }

    fn path(&self, row: &str) -> PathBuf {
        self.folder.join(row).with_extension("json")
    }
}
