//! The browser that the chat's page is tested in.

use crate::command::Outcome;
use crate::debian;

/// Installs Debian's Chromium, unless there is one.
pub(crate) fn install() -> Outcome {
    debian::install("chromium")
}
