//! Programs that come as Debian packages.

use crate::command::{Outcome, download, program, succeeds};

/// Installs the package that has the program's name, unless the program is there.
pub(crate) fn install(name: &str) -> Outcome {
    if succeeds(program(name).arg("--version")) {
        println!("{name} is there");
        return Ok(());
    }
    install_package(name)
}

/// Installs a package.
pub(crate) fn install_package(name: &str) -> Outcome {
    if !succeeds(program("apt-get").arg("--version")) {
        return Err(format!("`{name}` is not there, nor apt-get to install it"));
    }
    // Somebody else may be at it.
    let apt = |arguments: &[&str]| {
        let mut apt = program("apt-get");
        apt.args(["--option", "DPkg::Lock::Timeout=300"])
            .args(arguments);
        download(&mut apt)
    };
    // The lists of packages may be missing or old.
    apt(&["update", "--quiet"])
        .and_then(|()| apt(&["install", "--yes", "--no-install-recommends", name]))
        .map_err(|error| format!("{name} is not there and cannot be installed: {error}"))
}
