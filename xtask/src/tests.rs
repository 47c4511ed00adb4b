//! Tests and the smoke run of the benchmarks, all in the one debug profile.

use std::path::Path;

use crate::command::{Outcome, cargo, crates, root, run};

/// Runs unit and integration tests, some of which start the testbed as a process of its own.
pub(crate) fn run_tests() -> Outcome {
    run(&mut cargo(&[
        "build",
        "--workspace",
        "--example",
        "testbed",
    ]))?;
    // All failures are worth knowing.
    run(&mut cargo(&[
        "test",
        "--workspace",
        "--tests",
        "--no-fail-fast",
    ]))
}

pub(crate) fn run_docs() -> Outcome {
    run(&mut cargo(&["test", "--workspace", "--doc"]))
}

/// Runs each benchmark once: without `--bench`, which `cargo bench` gives them, they only test
/// that they work.
pub(crate) fn run_benches() -> Outcome {
    let mut folders = crates()?;
    folders.push(root().to_path_buf());
    if !folders.iter().any(|folder| has_benches(folder)) {
        println!("there are no benchmarks");
        return Ok(());
    }
    run(&mut cargo(&["test", "--workspace", "--bench", "*"]))
}

fn has_benches(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder.join("benches"));
    entries.into_iter().flatten().flatten().any(|entry| {
        let path = entry.path();
        path.extension().is_some_and(|extension| extension == "rs")
            || path.join("main.rs").is_file()
    })
}
