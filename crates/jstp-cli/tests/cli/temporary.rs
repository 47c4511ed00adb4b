//! Files for the time of a test.

use std::fs;
use std::path::PathBuf;

/// A file that is removed in the end.
pub(crate) struct Temporary(PathBuf);

impl Temporary {
    /// A file that is not there yet; `name` tells it from those of other tests.
    pub(crate) fn new(name: &str) -> Self {
        let name = format!("jstp-cli-{}-{name}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    /// A file with this text.
    pub(crate) fn with_text(name: &str, text: &str) -> Self {
        let file = Self::new(name);
        file.write(text);
        file
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().expect("names are plain")
    }

    pub(crate) fn read(&self) -> String {
        fs::read_to_string(&self.0).expect("the file can be read")
    }

    pub(crate) fn write(&self, text: &str) {
        fs::write(&self.0, text).expect("the file can be written");
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // A test may have failed before there was a file.
        let _ = fs::remove_file(&self.0);
    }
}
