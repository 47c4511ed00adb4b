//! Instructions per operation, which do not depend on how busy a machine is.
//!
//! `benches/instructions.rs` does the work under Valgrind's callgrind, a few times and many times; the
//! difference divided by the difference of the numbers is the cost of one. `benches/instructions.txt` has
//! what was recorded.

mod table;

use std::path::PathBuf;
use std::process::Stdio;

use crate::command::{Outcome, cargo, output, program, root, run};
use crate::debian;
use table::Table;

/// How often the work is done in the two runs.
const FEW: u64 = 256;
const MANY: u64 = 1280;

/// By how much a count may exceed what was recorded: with the recorded compiler, and with another one.
const TOLERANCE: f64 = 0.05;
const TOLERANCE_ELSEWHERE: f64 = 0.25;

/// Fails when something takes notably more instructions than what was recorded.
pub(crate) fn check() -> Outcome {
    if !counts_are_comparable() {
        return Ok(());
    }
    let recorded = Table::read()?;
    let counted = count()?;
    let tolerance = if recorded.compiler == counted.compiler {
        TOLERANCE
    } else {
        println!(
            "NOTE: recorded with {}, counted with {}: {} % are tolerated instead of {} %. \
             `cargo xtask guard-record` records anew.",
            recorded.compiler,
            counted.compiler,
            TOLERANCE_ELSEWHERE * 100.0,
            TOLERANCE * 100.0,
        );
        TOLERANCE_ELSEWHERE
    };
    counted.compare(&recorded, tolerance)
}

/// Counts and records.
pub(crate) fn record() -> Outcome {
    if counts_are_comparable() {
        count()?.write()?;
    }
    Ok(())
}

/// Whether this is the kind of machine that counts are recorded for.
fn counts_are_comparable() -> bool {
    let comparable = cfg!(all(target_os = "linux", target_arch = "x86_64"));
    if !comparable {
        println!("SKIPPED: instructions are only counted on x86-64 Linux");
    }
    comparable
}

fn count() -> Outcome<Table> {
    debian::install("valgrind")?;
    let example = "instructions";
    run(&mut cargo(&[
        "build",
        "--profile",
        "instructions",
        "--example",
        example,
    ]))?;
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    let binary = root()
        .join(target)
        .join("instructions/examples")
        .join(example);
    let compiler = output(program("rustc").arg("--version"))?;
    let mut table = Table::new(compiler.trim());
    for name in output(&mut program(&binary))?.lines() {
        let few = instructions(&binary, name, FEW)?;
        let many = instructions(&binary, name, MANY)?;
        let each = many.saturating_sub(few) / (MANY - FEW);
        println!("{name:>24} {each:>10}");
        table.add(name, each);
    }
    Ok(table)
}

/// All instructions of one run.
fn instructions(binary: &PathBuf, name: &str, count: u64) -> Outcome<u64> {
    let mut valgrind = program("valgrind");
    valgrind
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(binary)
        .args([name, &count.to_string()]);
    let output = valgrind
        .stdout(Stdio::null())
        .output()
        .map_err(|error| format!("cannot run valgrind: {error}"))?;
    let report = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("`{name}` ended with {}:\n{report}", output.status));
    }
    let total = report
        .lines()
        .find_map(|line| line.split_once("Collected :"));
    let total = total.and_then(|(_, total)| total.trim().parse().ok());
    total.ok_or_else(|| format!("valgrind counted nothing for `{name}`:\n{report}"))
}
