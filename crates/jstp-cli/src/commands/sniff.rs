//! `jstp sniff`: a proxy that shows and records what goes through it.

mod filter;
mod journal;
mod proxy;
mod recording;
mod relay;
mod replay;
mod show;

use std::fs::File;
use std::io::{self, BufReader, IsTerminal};
use std::path::{Path, PathBuf};

use jstp_client::ConnectError;
use jstp_transport::{IntoConnector, TransportOptions};

use crate::failure::Failure;
use crate::headers::HeaderArgs;
use crate::output::{DIM, ERROR, Output, paint};
use crate::runtime;
use crate::tls::{IdentityArgs, TrustArgs};
use filter::Filter;
use proxy::proxy;
use recording::{ReadError, Reader};
use replay::{Difference, Replay};
use show::Shower;

/// The longest message that goes through unless something else is said: more than either side takes.
const MAX_MESSAGE: usize = 64 * 1024 * 1024;

/// How many characters of values a terminal shows.
const WIDTH: usize = 120;

const EXAMPLES: &str = "\
Examples:
  jstp sniff 127.0.0.1:4000 127.0.0.1:3000
  jstp sniff 127.0.0.1:4000 127.0.0.1:3000 --kind call,callback --interface chat --save chat.jsonl
  jstp sniff --replay chat.jsonl
  jstp sniff --replay chat.jsonl 127.0.0.1:3000

Clients connect to LISTEN and reach TARGET. Messages pass byte for byte, malformed ones too, and one
side is read no faster than the other takes it. Each line has the seconds since the start, the
number of the connection, the direction (→ to the server), the message, and its size. Credentials
are not shown, but a file of --save has everything, so that only its owner may read it.

--replay prints a recording. With a TARGET it does there what the clients of the recording did, and
shows what the server says differently now; session ids are exchanged for new ones.

Exit status: 0, 1 when a replay finds differences, 2 for wrong use and unusable files, 3 when the
target of a replay cannot be reached.";

/// Show, record and replay what goes between clients and a server
#[derive(Debug, clap::Args)]
#[command(
    after_help = EXAMPLES,
    override_usage = "jstp sniff [OPTIONS] <LISTEN> <TARGET>\n       jstp sniff --replay <FILE> [OPTIONS] [TARGET]"
)]
pub(crate) struct Sniff {
    /// Where clients are to connect to, and the server; with --replay the server alone, if any
    #[arg(value_name = "URL", num_args = 0..=2)]
    urls: Vec<String>,

    #[command(flatten)]
    filter: Filter,

    /// Show values in full length on a terminal too
    #[arg(long)]
    full: bool,

    /// Write all messages, whether shown or not, into a file of JSON lines
    #[arg(long, value_name = "FILE", conflicts_with = "replay")]
    save: Option<PathBuf>,

    /// Print a recording, or do it again
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,

    /// The longest message that goes through; one may be held for each direction of a connection
    #[arg(long, value_name = "BYTES", default_value_t = MAX_MESSAGE)]
    max_size: usize,

    #[command(flatten)]
    identity: IdentityArgs,

    #[command(flatten)]
    trust: TrustArgs,

    #[command(flatten)]
    headers: HeaderArgs,
}

impl Sniff {
    pub(crate) fn run(self, output: &mut Output) -> Result<(), Failure> {
        let width = (!self.full && io::stdout().is_terminal()).then_some(WIDTH);
        let shower = Shower::new(self.filter.clone(), width);
        let options = TransportOptions::default().with_max_message_size(self.max_size);
        let options = self.headers.apply(self.trust.apply(options)?)?;
        let options = self.identity.apply(options)?;
        match (&self.replay, self.urls.as_slice()) {
            (None, [listen, target]) => {
                self.headers.check(target)?;
                let save = self.save.as_deref();
                proxy(listen, target, save, options, shower, output)
            }
            (None, _) => Err(
                Failure::usage("both addresses are needed: LISTEN and TARGET")
                    .with_hint("jstp sniff 127.0.0.1:4000 127.0.0.1:3000"),
            ),
            (Some(file), []) => print_recording(file, shower, output),
            (Some(file), [target]) => {
                self.headers.check(target)?;
                replay_recording(file, target, options, output)
            }
            (Some(_), _) => Err(Failure::usage(
                "--replay takes one address: that of the server",
            )),
        }
    }
}

fn open_recording(path: &Path) -> Result<Reader<BufReader<File>>, Failure> {
    let file = File::open(path).map_err(|error| Failure::file(path, &error))?;
    Ok(Reader::new(BufReader::new(file)))
}

fn unreadable(path: &Path, error: ReadError) -> Failure {
    match error {
        ReadError::Io(error) => Failure::file(path, &error),
        ReadError::Line(line, what) => Failure::usage(format!("{}:{line}: {what}", path.display()))
            .with_hint("a file is expected that `jstp sniff --save` wrote"),
    }
}

fn print_recording(path: &Path, mut shower: Shower, output: &mut Output) -> Result<(), Failure> {
    let mut reader = open_recording(path)?;
    while let Some(entry) = reader.next().map_err(|error| unreadable(path, error))? {
        if let Some(line) = shower.line(&entry, output) {
            output.line(line)?;
        }
    }
    Ok(())
}

fn replay_recording(
    path: &Path,
    target: &str,
    options: TransportOptions,
    output: &mut Output,
) -> Result<(), Failure> {
    let connector = target.into_connector().map_err(ConnectError::from)?;
    let mut reader = open_recording(path)?;
    let found = runtime::block_on(async {
        let mut replay = Replay::new(connector, options);
        let mut tell = |number, difference: &Difference| {
            output.line(describe(number, difference, output))?;
            Ok(())
        };
        while let Some(entry) = reader.next().map_err(|error| unreadable(path, error))? {
            tokio::select! {
                step = replay.step(&entry, &mut tell) => step?,
                stopped = runtime::stopped() => {
                    stopped?;
                    return Err(Failure::usage("interrupted"));
                }
            }
        }
        replay.finish(&mut tell).await
    })?;
    let differences = match found.differences {
        1 => "1 difference".to_owned(),
        more => format!("{more} differences"),
    };
    output.line(format_args!(
        "{} messages sent, {} compared, {differences}",
        found.sent, found.compared
    ))?;
    match found.differences {
        0 => Ok(()),
        _ => Err(Failure::finding("the server does not say what it said")),
    }
}

/// A difference in lines.
fn describe(number: u64, difference: &Difference, output: &Output) -> String {
    let color = output.has_color();
    let text = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        output.for_reader(&text).into_owned()
    };
    let head = |what: &str| {
        let number = paint(color, DIM, format!("#{number} "));
        format!("{number}{}", paint(color, ERROR, what))
    };
    match difference {
        Difference::Other { recorded, now } => format!(
            "{}\n  recorded  {}\n  now       {}",
            head("differs"),
            text(recorded),
            text(now)
        ),
        Difference::Missing(bytes) => format!("{}  {}", head("missing"), text(bytes)),
        Difference::Unexpected(bytes) => format!("{}  {}", head("unexpected"), text(bytes)),
        Difference::Open => head("the server does not close the connection"),
        Difference::Ended(reason) => head(reason),
    }
}
