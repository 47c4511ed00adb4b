//! The benchmarks against other libraries, a workspace of its own whose dependencies nothing else waits
//! for.

use crate::command::{Outcome, cargo, run};
use crate::npm;

pub(crate) fn check() -> Outcome {
    npm::install()?;
    let manifest = ["--manifest-path", "benches/peers/Cargo.toml"];
    run(cargo(&["fmt"]).args(manifest).arg("--check"))?;
    let lints = ["clippy", "--release", "--all-targets"];
    run(cargo(&lints).args(manifest).args(["--", "-D", "warnings"]))?;
    run(cargo(&["test", "--release"]).args(manifest))?;
    run(cargo(&["run", "--release"])
        .args(manifest)
        .args(["--", "--quick"]))
}
