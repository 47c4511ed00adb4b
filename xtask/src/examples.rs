//! The examples that end by themselves.

use crate::command::{Outcome, cargo, run};

const EXAMPLES: [&str; 7] = [
    "quickstart",
    "chat",
    "versions",
    "authentication",
    "full_duplex",
    "custom_transport",
    "axum",
];

pub(crate) fn run_all() -> Outcome {
    for example in EXAMPLES {
        run(&mut cargo(&["run", "--quiet", "--example", example]))?;
    }
    Ok(())
}
