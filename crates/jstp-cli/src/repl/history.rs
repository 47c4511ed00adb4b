//! The lines that were typed, in the file of the npm tool and in its form: a line each, the latest first.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::PathBuf;

/// Names the file; empty: no file.
pub(super) const FILE_VARIABLE: &str = "JSTP_CLI_HISTORY";
/// How many lines are kept.
pub(super) const SIZE_VARIABLE: &str = "JSTP_CLI_HISTORY_SIZE";

const DEFAULT_SIZE: usize = 1000;
const FILE_NAME: &str = ".jstp_cli_history";

/// The longest file that is read, in bytes.
const MAX_FILE: u64 = 16 * 1024 * 1024;

/// Where lines are kept, and how many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct History {
    file: Option<PathBuf>,
    size: usize,
}

impl History {
    /// As the environment says.
    pub(super) fn from_environment() -> Self {
        Self::new(
            std::env::var_os(FILE_VARIABLE),
            std::env::var(SIZE_VARIABLE).ok().as_deref(),
            std::env::home_dir(),
        )
    }

    fn new(file: Option<OsString>, size: Option<&str>, home: Option<PathBuf>) -> Self {
        let file = match file {
            Some(path) if path.is_empty() => None,
            Some(path) => Some(path.into()),
            None => home.map(|home| home.join(FILE_NAME)),
        };
        let size = size.and_then(|size| size.trim().parse().ok());
        Self {
            file,
            size: size.filter(|size| *size > 0).unwrap_or(DEFAULT_SIZE),
        }
    }

    /// How many lines are kept.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// The lines that were kept, the latest last.
    pub(super) fn load(&self) -> io::Result<Vec<String>> {
        let Some(mut file) = self.open()? else {
            return Ok(Vec::new());
        };
        let mut lines = self.read(&mut file)?;
        lines.reverse();
        Ok(lines)
    }

    /// Keeps a line. The file is read again, as another prompt may have written to it.
    pub(super) fn add(&self, line: &str) -> io::Result<()> {
        let Some(mut file) = self.open()? else {
            return Ok(());
        };
        let mut lines = self.read(&mut file)?;
        if lines.first().map(String::as_str) != Some(line) {
            lines.insert(0, line.to_owned());
        }
        lines.truncate(self.size);
        file.rewind()?;
        file.set_len(0)?;
        file.write_all(lines.join("\n").as_bytes())
    }

    fn open(&self) -> io::Result<Option<File>> {
        let Some(path) = &self.file else {
            return Ok(None);
        };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path).map(Some)
    }

    /// The lines of the file, the latest first.
    fn read(&self, file: &mut File) -> io::Result<Vec<String>> {
        let mut bytes = Vec::new();
        file.take(MAX_FILE).read_to_end(&mut bytes)?;
        let text = String::from_utf8_lossy(&bytes);
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        Ok(lines.take(self.size).map(str::to_owned).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_chooses_file_and_size() {
        let home = || Some(PathBuf::from("/home/ann"));
        let history = History::new(None, None, home());
        assert_eq!(history.file, Some("/home/ann/.jstp_cli_history".into()));
        assert_eq!(history.size, 1000);
        assert_eq!(History::new(Some("".into()), None, home()).file, None);
        let elsewhere = History::new(Some("/x".into()), Some("7"), home());
        assert_eq!((elsewhere.file, elsewhere.size), (Some("/x".into()), 7));
        for size in ["0", "-3", "many", ""] {
            assert_eq!(History::new(None, Some(size), None).size, 1000, "{size}");
        }
    }

    #[test]
    fn lines_are_kept_latest_first_and_no_more_than_asked_for() {
        let path = std::env::temp_dir().join(format!("jstp-history-{}", std::process::id()));
        let history = History::new(Some(path.clone().into()), Some("3"), None);
        assert!(history.load().unwrap().is_empty());
        for line in ["a", "b", "b", "c", "d"] {
            history.add(line).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "d\nc\nb");
        assert_eq!(history.load().unwrap(), ["b", "c", "d"]);
        std::fs::remove_file(&path).unwrap();
    }
}
