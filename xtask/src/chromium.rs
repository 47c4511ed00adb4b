//! The browser that the chat's page is tested in.

use crate::command::{Outcome, program, run, succeeds};

/// Installs Debian's Chromium, unless there is one.
pub(crate) fn install() -> Outcome {
    if succeeds(program("chromium").arg("--version")) {
        println!("Chromium is there");
        return Ok(());
    }
    if !succeeds(program("apt-get").arg("--version")) {
        return Err("there is no `chromium` on the PATH, nor apt-get to install it".to_owned());
    }
    let install = ["install", "--yes", "--no-install-recommends", "chromium"];
    // The lists of packages may be missing or old.
    run(program("apt-get").args(["update", "--quiet"]))
        .and_then(|()| run(program("apt-get").args(install)))
        .map_err(|error| format!("Chromium is not there and cannot be installed: {error}"))
}
