//! Where and with what it was measured.

use std::fs;
use std::process::Command;

use crate::report::Page;

/// The crates that take part.
const CRATES: [&str; 8] = [
    "jstp",
    "tarpc",
    "jsonrpsee",
    "tonic",
    "tokio-tungstenite",
    "tokio",
    "hyper",
    "serde_json",
];

pub(crate) fn report(page: &mut Page<'_>) {
    page.say(
        "# Results\n\n\
         Written by `cargo run --release` in `benches/peers`, not by hand; `README.md` beside it says how it is\n\
         measured. A figure is the median of the rounds, in which the contestants take turns; *spread* is the\n\
         distance from the least round to the greatest, in parts of the median. *jstp is* compares round by round:\n\
         how many times as many calls `jstp` over TCP makes. Servers and clients share the processors.\n",
    );
    let processor = processor().unwrap_or_else(|| "unknown".to_owned());
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    page.say(&format!(
        "- {processors} processors, {processor}, Linux {}",
        kernel.trim()
    ));
    page.say(&format!("- {}, release profile", env!("RUSTC_VERSION")));
    page.say(&format!("- Node.js {}, `@metarhia/jstp` {} with its parser in JavaScript: the native one does not build on current Node.js", node(), npm_package()));
    let versions: Vec<String> = CRATES
        .iter()
        .filter_map(|name| Some(format!("{name} {}", version(name)?)))
        .collect();
    page.say(&format!("- {}\n", versions.join(", ")));
}

fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(": ")?.1.to_owned())
}

fn node() -> String {
    let output = Command::new("node").arg("--version").output();
    output.map_or_else(
        |_| "missing".to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}

fn npm_package() -> String {
    let lock = include_str!("../../../../tests/npm/package-lock.json");
    let lock: serde_json::Value = serde_json::from_str(lock).unwrap_or_default();
    let version = &lock["packages"]["node_modules/@metarhia/jstp"]["version"];
    version.as_str().unwrap_or("unknown").to_owned()
}

/// The version of a crate in the lock file.
fn version(name: &str) -> Option<&'static str> {
    let lock = include_str!("../../Cargo.lock");
    let (_, entry) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    Some(entry.split_once('"')?.0)
}
