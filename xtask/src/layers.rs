//! Dependencies between the crates point downwards only, and the protocol knows no runtime.

use crate::command::{Outcome, cargo, crate_name, crates, output, run};

/// Which floor a crate is on; it may know the floors below. A new crate must be entered here.
const FLOORS: [(&str, u8); 11] = [
    ("jstp-wire", 1),
    ("jstp-auth", 2),
    ("jstp-session", 2),
    ("jstp-transport", 2),
    ("jstp-engine", 3),
    ("jstp-connection", 4),
    ("jstp-client", 5),
    ("jstp-server", 5),
    ("jstp", 6),
    ("jstp-cli", 6),
    ("jstp-axum", 6),
];

/// The crates that do no I/O themselves.
const WITHOUT_RUNTIME: [&str; 3] = ["jstp-wire", "jstp-session", "jstp-engine"];

const RUNTIMES: [&str; 3] = ["tokio", "mio", "async-std"];

pub(crate) fn check() -> Outcome {
    for folder in crates()? {
        check_floor(&crate_name(&folder))?;
    }
    for name in WITHOUT_RUNTIME {
        check_without_runtime(name)?;
        run(&mut cargo(&[
            "check",
            "--package",
            name,
            "--no-default-features",
        ]))?;
    }
    Ok(())
}

fn check_floor(name: &str) -> Outcome {
    let floor = floor(name).ok_or_else(|| format!("{name} is on no floor"))?;
    for dependency in dependencies(name, &["--depth", "1"])? {
        if let Some(below) = self::floor(&dependency)
            && dependency != name
            && below >= floor
        {
            return Err(format!(
                "{name} on floor {floor} knows {dependency} on floor {below}"
            ));
        }
    }
    println!("{name}: floor {floor}");
    Ok(())
}

fn check_without_runtime(name: &str) -> Outcome {
    let dependencies = dependencies(name, &[])?;
    match RUNTIMES
        .iter()
        .find(|runtime| dependencies.iter().any(|found| found == *runtime))
    {
        Some(runtime) => Err(format!("{name} depends on {runtime}")),
        None => Ok(()),
    }
}

fn floor(name: &str) -> Option<u8> {
    FLOORS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, floor)| *floor)
}

/// The names of a crate and of its dependencies, with all features but without those of tests.
fn dependencies(name: &str, options: &[&str]) -> Outcome<Vec<String>> {
    let listing = [
        "tree",
        "--edges",
        "normal",
        "--all-features",
        "--prefix",
        "none",
    ];
    let tree = output(cargo(&listing).args(["--package", name]).args(options))?;
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    Ok(names.map(str::to_owned).collect())
}
