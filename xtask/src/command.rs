//! Running other programs from the root of the workspace.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};

/// No command takes so long that comes to an end, and how often it is looked.
const LONGEST: Duration = Duration::from_secs(5000);
const LOOK: Duration = Duration::from_millis(20);

/// How long to wait before a download is tried again.
const PAUSES: [Duration; 3] = [
    Duration::from_secs(2),
    Duration::from_secs(15),
    Duration::from_secs(50),
];

/// How a step ends; the text says what went wrong.
pub(crate) type Outcome<T = ()> = Result<T, String>;

/// The folder of the workspace.
pub(crate) fn root() -> &'static Path {
    // Cargo says where it runs this; a build that was copied from elsewhere knows only where it was made.
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let package = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        package.parent().unwrap_or(&package).to_owned()
    });
    &ROOT
}

/// A program to be run in the root of the workspace, without a standard input.
pub(crate) fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(root()).stdin(Stdio::null());
    if std::env::var_os("CI").is_some() {
        // Nothing is built twice there, so that incremental data only costs time.
        command.env("CARGO_INCREMENTAL", "0");
    }
    command
}

/// The cargo that runs this, with these arguments.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    command
}

/// Runs a command that shows its own output.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let text = describe(command);
    println!("$ {text}");
    let cannot = |error| format!("cannot run `{text}`: {error}");
    let mut child = command.spawn().map_err(cannot)?;
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().map_err(cannot)? {
            break status;
        }
        if start.elapsed() > LONGEST {
            // Without an effect if it has ended just now.
            let _ = child.kill();
            return Err(format!("`{text}` was not done within {LONGEST:?}"));
        }
        thread::sleep(LOOK);
    };
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{text}` ended with {status}"))
    }
}

/// Runs a command that needs the network, again if it fails: that may be out of order for a moment.
pub(crate) fn download(command: &mut Command) -> Outcome {
    for pause in PAUSES {
        let Err(failure) = run(command) else {
            return Ok(());
        };
        println!("{failure}; once more in {pause:?}");
        thread::sleep(pause);
    }
    run(command)
}

/// Runs a command and returns what it writes on its standard output.
pub(crate) fn output(command: &mut Command) -> Outcome<String> {
    let text = describe(command);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot run `{text}`: {error}"))?;
    if !output.status.success() {
        return Err(format!("`{text}` ended with {}", output.status));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("`{text}` wrote no UTF-8"))
}

/// Whether a command can be run and succeeds, without showing anything.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// The folders of the workspace's crates, in order of their names.
pub(crate) fn crates() -> Outcome<Vec<PathBuf>> {
    let folder = root().join("crates");
    let read = |error| format!("cannot read {}: {error}", folder.display());
    let mut crates = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(read)? {
        let path = entry.map_err(read)?.path();
        if path.join("Cargo.toml").is_file() {
            crates.push(path);
        }
    }
    crates.sort();
    Ok(crates)
}

/// The name of a crate, which is that of its folder.
pub(crate) fn crate_name(folder: &Path) -> String {
    folder
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    let words = std::iter::once(name).chain(command.get_args());
    words
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}
