//! Programs that come as Debian packages.

use crate::command::{Outcome, program, run, succeeds};

/// Installs the package that has the program's name, unless the program is there.
pub(crate) fn install(name: &str) -> Outcome {
    if succeeds(program(name).arg("--version")) {
        println!("{name} is there");
        return Ok(());
    }
    if !succeeds(program("apt-get").arg("--version")) {
        return Err(format!(
            "there is no `{name}` on the PATH, nor apt-get to install it"
        ));
    }
    let install = ["install", "--yes", "--no-install-recommends", name];
    // The lists of packages may be missing or old.
    run(program("apt-get").args(["update", "--quiet"]))
        .and_then(|()| run(program("apt-get").args(install)))
        .map_err(|error| format!("{name} is not there and cannot be installed: {error}"))
}
