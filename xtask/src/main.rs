//! The workspace's chores: `cargo xtask test` installs what is needed and checks everything.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool"
)]

mod builds;
mod chromium;
mod command;
mod debian;
mod deny;
mod examples;
mod features;
mod guard;
mod layers;
mod npm;
mod peers;
mod tests;

use std::process::ExitCode;
use std::time::Instant;

use command::Outcome;

/// One chore, by the name under which it can also be run alone.
struct Step {
    name: &'static str,
    about: &'static str,
    run: fn() -> Outcome,
}

/// Everything that `cargo xtask test` does, in this order: quick answers first.
const STEPS: [Step; 13] = [
    Step {
        name: "fmt",
        about: "check the formatting",
        run: builds::fmt,
    },
    Step {
        name: "npm",
        about: "install the npm package that tests talk to",
        run: npm::install,
    },
    Step {
        name: "chromium",
        about: "install the browser that a page is tested in",
        run: chromium::install,
    },
    Step {
        name: "deny",
        about: "check licences, duplicates and sources",
        run: deny::check,
    },
    Step {
        name: "clippy",
        about: "lint all targets",
        run: builds::clippy,
    },
    Step {
        name: "layers",
        about: "check which crates know which",
        run: layers::check,
    },
    Step {
        name: "features",
        about: "check each feature alone",
        run: features::check,
    },
    Step {
        name: "test-only",
        about: "run unit and integration tests",
        run: tests::run_tests,
    },
    Step {
        name: "doc-test",
        about: "run the examples in the docs",
        run: tests::run_docs,
    },
    Step {
        name: "doc",
        about: "build the docs",
        run: builds::doc,
    },
    Step {
        name: "examples",
        about: "run the examples that end",
        run: examples::run_all,
    },
    Step {
        name: "bench-smoke",
        about: "run each benchmark once",
        run: tests::run_benches,
    },
    Step {
        name: "guard",
        about: "compare instruction counts with those that were recorded",
        run: guard::check,
    },
];

/// What is only done on request.
const CHORES: [Step; 2] = [
    Step {
        name: "guard-record",
        about: "record instruction counts anew",
        run: guard::record,
    },
    Step {
        name: "peers",
        about: "lint, test and briefly run the benchmarks against peers",
        run: peers::check,
    },
];

/// The exit status for a wrong command line.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let names: Vec<String> = std::env::args().skip(1).collect();
    if names == ["help"] {
        println!("{}", usage());
        return ExitCode::SUCCESS;
    }
    let Some(steps) = select(&names) else {
        eprintln!("{}", usage());
        return ExitCode::from(USAGE);
    };
    let started = Instant::now();
    let mut times = Vec::new();
    for step in steps {
        println!("\n==> {}: {}", step.name, step.about);
        let step_started = Instant::now();
        if let Err(failure) = (step.run)() {
            eprintln!("\n==> {} FAILED: {failure}", step.name);
            return ExitCode::FAILURE;
        }
        times.push((step.name, step_started.elapsed()));
    }
    println!();
    for (name, time) in times {
        println!("{name:>12}: passed in {:.1} s", time.as_secs_f64());
    }
    println!(
        "{:>12}: {:.1} s",
        "together",
        started.elapsed().as_secs_f64()
    );
    ExitCode::SUCCESS
}

/// The steps that were asked for; `None` when one of the names is unknown or none is given.
fn select(names: &[String]) -> Option<Vec<&'static Step>> {
    let [first, ..] = names else { return None };
    if first == "test" && names.len() == 1 {
        return Some(STEPS.iter().collect());
    }
    names
        .iter()
        .map(|name| all_steps().find(|step| step.name == name))
        .collect()
}

fn all_steps() -> impl Iterator<Item = &'static Step> {
    STEPS.iter().chain(&CHORES)
}

fn usage() -> String {
    let steps = all_steps().map(|step| format!("{:>12}  {}", step.name, step.about));
    let lines: Vec<String> = [
        "usage: cargo xtask test | help | STEP…\n".to_owned(),
        format!("{:>12}  all of the steps below but the last two", "test"),
    ]
    .into_iter()
    .chain(steps)
    .collect();
    lines.join("\n")
}
