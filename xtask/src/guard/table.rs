//! Counts by name, and the file that has those which were recorded.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use crate::command::{Outcome, root};

const HEAD: &str = "\
# Instructions per operation on x86-64 Linux. `cargo xtask guard` compares with these numbers,
# `cargo xtask guard-record` writes this file.
";

const COMPILER: &str = "# compiler: ";

/// Counts, and the compiler that made what was counted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) compiler: String,
    counts: Vec<(String, u64)>,
}

impl Table {
    pub(crate) fn new(compiler: &str) -> Self {
        Self {
            compiler: compiler.to_owned(),
            counts: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, name: &str, count: u64) {
        self.counts.push((name.to_owned(), count));
    }

    /// Reads what was recorded.
    pub(crate) fn read() -> Outcome<Self> {
        let path = path();
        let text = fs::read_to_string(&path)
            .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        Self::parse(&text).ok_or_else(|| format!("{} is malformed", path.display()))
    }

    /// Records this.
    pub(crate) fn write(&self) -> Outcome {
        let path = path();
        fs::write(&path, self.text())
            .map_err(|error| format!("cannot write {}: {error}", path.display()))
    }

    /// Prints both counts of each name; fails when one is too high, or the names differ.
    pub(crate) fn compare(&self, recorded: &Self, tolerance: f64) -> Outcome {
        println!("{:>24} {:>10} {:>10}", "", "recorded", "now");
        let mut failures = Vec::new();
        for (name, now) in &self.counts {
            let Some(before) = recorded.count(name) else {
                failures.push(format!("{name} is not recorded"));
                continue;
            };
            let change = change(before, *now);
            println!(
                "{name:>24} {before:>10} {now:>10} {:>+7.1} %",
                change * 100.0
            );
            if change > tolerance {
                let percent = change * 100.0;
                failures.push(format!("{name} takes {percent:.1} % more instructions"));
            } else if change < -tolerance {
                println!("{:>24} better: record it by `cargo xtask guard-record`", "");
            }
        }
        let gone = recorded
            .counts
            .iter()
            .filter(|(name, _)| self.count(name).is_none());
        failures.extend(gone.map(|(name, _)| format!("{name} is recorded and no longer counted")));
        if failures.is_empty() {
            return Ok(());
        }
        Err(format!(
            "{}; if that is meant, `cargo xtask guard-record` records it",
            failures.join(", ")
        ))
    }

    fn count(&self, name: &str) -> Option<u64> {
        let found = self.counts.iter().find(|(known, _)| known == name);
        found.map(|(_, count)| *count)
    }

    fn parse(text: &str) -> Option<Self> {
        let compiler = text.lines().find_map(|line| line.strip_prefix(COMPILER))?;
        let mut table = Self::new(compiler);
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (name, count) = line.split_once(' ')?;
            table.add(name, count.trim().parse().ok()?);
        }
        Some(table)
    }

    fn text(&self) -> String {
        let mut text = format!("{HEAD}{COMPILER}{}\n", self.compiler);
        for (name, count) in &self.counts {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{name} {count}");
        }
        text
    }
}

fn path() -> PathBuf {
    root().join("benches/instructions.txt")
}

/// By how much the second is greater, in parts of the first.
#[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn change(before: u64, now: u64) -> f64 {
    now as f64 / before.max(1) as f64 - 1.0
}

#[cfg(test)]
mod tests {
    use super::Table;

    fn table(counts: &[(&str, u64)]) -> Table {
        let mut table = Table::new("rustc 1.0.0");
        for (name, count) in counts {
            table.add(name, *count);
        }
        table
    }

    #[test]
    fn a_table_is_read_as_it_was_written() {
        let table = table(&[("parse", 1234), ("write", 5)]);
        assert_eq!(Table::parse(&table.text()), Some(table));
        assert_eq!(Table::parse("parse 12"), None);
        assert_eq!(Table::parse("# compiler: x\nparse twelve"), None);
    }

    #[test]
    fn more_instructions_than_tolerated_fail() {
        let recorded = table(&[("parse", 1000)]);
        assert!(table(&[("parse", 1049)]).compare(&recorded, 0.05).is_ok());
        assert!(table(&[("parse", 500)]).compare(&recorded, 0.05).is_ok());
        let failure = table(&[("parse", 1051)]).compare(&recorded, 0.05);
        assert!(failure.is_err_and(|text| text.contains("parse takes 5.1 % more")));
    }

    #[test]
    fn names_that_differ_fail() {
        let (old, new) = (table(&[("old", 1)]), table(&[("new", 1)]));
        let failure = new.compare(&old, 0.05).unwrap_err();
        assert!(failure.contains("new is not recorded"), "{failure}");
        assert!(
            failure.contains("old is recorded and no longer"),
            "{failure}"
        );
    }
}
