//! The npm package that the interoperability tests talk to.

use std::fs;
use std::path::Path;

use crate::command::{Outcome, download, program, root};

/// Installs what `tests/npm/package-lock.json` says, unless it is there already.
///
/// Install scripts stay off: the native parser of the package does not compile on current
/// versions of Node, and the package then uses its own in JavaScript.
pub(crate) fn install() -> Outcome {
    let folder = root().join("tests/npm");
    if is_current(&folder) {
        println!("tests/npm/node_modules is up to date");
        return Ok(());
    }
    let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    download(program("npm").args(arguments).current_dir(&folder))
}

/// Whether npm's own note of what it installed is as new as the lock file.
fn is_current(folder: &Path) -> bool {
    let modified = |path| {
        fs::metadata(folder.join(path))
            .and_then(|file| file.modified())
            .ok()
    };
    let wanted = modified("package-lock.json");
    wanted.is_some() && modified("node_modules/.package-lock.json") >= wanted
}
