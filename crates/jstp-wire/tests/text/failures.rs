//! Many rows, one report.

use std::fmt::{Debug, Write};

use super::common::Row;

/// How many failures are told in full.
const TOLD: usize = 20;
/// How much of a row and of what was found is told, in characters.
const EXCERPT: usize = 300;

/// The rows that did not hold.
#[derive(Default)]
pub(crate) struct Failures {
    checks: usize,
    failed: usize,
    report: String,
}

impl Failures {
    pub(crate) fn check(&mut self, row: &Row, holds: bool, what: &str, found: &dyn Debug) {
        self.checks += 1;
        if holds {
            return;
        }
        self.failed += 1;
        if self.failed <= TOLD {
            let found: String = format!("{found:?}").chars().take(EXCERPT).collect();
            let row: String = row.to_string().chars().take(EXCERPT).collect();
            writeln!(self.report, "{what}: found {found} for {row}").expect("a string takes all");
        }
    }

    pub(crate) fn finish(self) {
        assert_ne!(self.checks, 0, "nothing was checked");
        assert_eq!(self.failed, 0, "failed checks:\n{}", self.report);
    }
}
