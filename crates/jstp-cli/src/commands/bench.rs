//! `jstp bench`: puts a server under load and measures.

mod measure;
mod pace;
mod plan;
mod progress;
mod recorder;
mod report;
mod results;
mod series;
mod signal;
mod summary;
mod worker;

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use clap::ValueEnum;
use jstp_connection::CallOptions;
use jstp_wire::RawBuf;

use crate::args_text::{ArgsText, Stdin};
use crate::clock;
use crate::connect::{ConnectArgs, Dialer, Target, Timeout, parse_seconds};
use crate::failure::Failure;
use crate::output::Output;
use crate::runtime;
use measure::measure;
use plan::{End, Load, Plan};
use progress::Progress;
use results::Results;
use summary::summary;
use worker::Job;

/// The connections that one run may have. Each takes a file descriptor and some 30 KiB.
const MAX_CONNECTIONS: i64 = 100_000;

/// The calls that may be under way on a connection; beyond it the protocol machine refuses.
const MAX_IN_FLIGHT: i64 = 60_000;

/// How many calls may wait for answers on one connection with --rate, where nothing else is said.
const RATE_IN_FLIGHT: usize = 10_000;

const EXAMPLES: &str = "\
Examples:
  jstp bench 127.0.0.1:3000 app echo echo \"'hello'\"
  jstp bench 127.0.0.1:3000 app echo echo \"'hello'\" --connections 16 --in-flight 8 --duration 30
  jstp bench 127.0.0.1:3000 app echo echo \"'hello'\" --rate 5000 --report report.html
  jstp bench 127.0.0.1:3000 app echo echo \"'hello'\" --output json > before.json
  jstp bench 127.0.0.1:3000 app echo echo \"'hello'\" --compare before.json --report report.html

Without --rate each call waits for an answer, so that a slow server is asked less. With --rate calls
are made on a schedule, and each latency counts from when the call was due: what had to wait because
the server stalled is part of it (no coordinated omission). Calls under way at the end are waited
for up to --timeout. Ctrl-C ends a run early, with its summary.

Exit status: 0 when calls were answered, 1 when none was, 3 when there is no connection or all were
lost.";

/// Put a server under load and measure its rate and latencies
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Bench {
    #[command(flatten)]
    target: Target,

    /// The interface of the application
    #[arg(value_name = "INTERFACE")]
    interface: String,

    /// The method of the interface
    #[arg(value_name = "METHOD")]
    method: String,

    #[command(flatten)]
    args: ArgsText,

    #[command(flatten)]
    load: LoadArgs,

    /// What to print at the end
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value_t = Form::Text)]
    output: Form,

    /// Write a page with plots, which needs nothing else to be shown
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,

    /// What the run is called in the report [default: the time]
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,

    /// Compare with an earlier run, of which --output json was kept in this file; may be repeated
    #[arg(long, value_name = "FILE", requires = "report")]
    compare: Vec<PathBuf>,

    #[command(flatten)]
    connect: ConnectArgs,

    #[command(flatten)]
    timeout: Timeout,
}

/// What load to make.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Load")]
struct LoadArgs {
    /// How many connections to make
    #[arg(long, short, value_name = "N", default_value_t = 1)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=MAX_CONNECTIONS))]
    connections: u32,

    /// How many calls to keep under way on each connection; with --rate, how many may be
    /// [default: 1; with --rate 10000]
    #[arg(long, short, value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=MAX_IN_FLIGHT))]
    in_flight: Option<u32>,

    /// Make so many calls a second over all connections, whatever becomes of them
    #[arg(long, short, value_name = "N", value_parser = parse_rate)]
    rate: Option<f64>,

    /// How many seconds to measure
    #[arg(long, short, value_name = "SECONDS", default_value = "10", value_parser = parse_duration)]
    duration: Duration,

    /// Make so many calls instead of going on for a time
    #[arg(long, short = 'n', value_name = "N", conflicts_with = "duration")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..u64::MAX))]
    calls: Option<u64>,

    /// How many seconds to make load before measuring; calls of that time are not counted
    /// [default: 1; with --calls 0]
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    warm_up: Option<Duration>,

    /// How many threads make the load; one is enough for some 100,000 calls a second
    #[arg(long, value_name = "N", default_value_t = 1)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=256))]
    threads: u32,
}

/// What a run prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// A summary for people
    Text,
    /// Everything as JSON, which --compare reads
    Json,
}

impl LoadArgs {
    fn plan(&self, timeout: Option<Duration>) -> Plan {
        let in_flight = self.in_flight.map(|count| count as usize);
        let connections = self.connections as usize;
        Plan {
            connections,
            threads: (self.threads as usize).min(connections),
            load: match self.rate {
                None => Load::InFlight(in_flight.unwrap_or(1)),
                Some(per_second) => Load::Rate {
                    per_second,
                    max_in_flight: in_flight.unwrap_or(RATE_IN_FLIGHT),
                },
            },
            warm_up: self.warm_up.unwrap_or(match self.calls {
                None => Duration::from_secs(1),
                Some(_) => Duration::ZERO,
            }),
            end: match self.calls {
                None => End::After(self.duration),
                Some(calls) => End::Calls(calls),
            },
            timeout,
        }
    }
}

impl Bench {
    pub(crate) fn run(self, output: &mut Output) -> Result<(), Failure> {
        let mut stdin = Stdin::default();
        let timeout = self.timeout.get();
        let dialer = Dialer::new(&self.target, &self.connect, timeout, &mut stdin)?;
        let args = self.args.read(&mut stdin)?;
        let args = RawBuf::from_serialize(&args)
            .map_err(|error| Failure::usage(format!("ARGS: {error}")))?;
        // Before the run, which would be in vain otherwise.
        let earlier = self
            .compare
            .iter()
            .map(|path| Results::read(path))
            .collect::<Result<Vec<_>, _>>()?;
        let report = self.report.as_deref().map(ReportFile::open).transpose()?;
        let plan = self.load.plan(timeout);
        let started = clock::utc(SystemTime::now());
        let job = Job {
            interface: self.interface.clone(),
            method: self.method.clone(),
            args,
            options: CallOptions::default().with_timeout(timeout),
        };
        let measured = runtime::block_on(async {
            let mut progress = Progress::new();
            measure(&plan, &dialer, job, &mut progress).await
        })?;
        let target = results::Target {
            url: self.target.url.clone(),
            app: self.target.app.clone(),
            interface: self.interface,
            method: self.method,
        };
        let label = self.label.unwrap_or_else(|| started.clone());
        let results = Results::new(label, started, target, &plan, measured);
        match self.output {
            Form::Text => output.line(summary(&results, output))?,
            Form::Json => output.line(
                serde_json::to_string(&results)
                    .map_err(|error| Failure::usage(format!("cannot be written: {error}")))?,
            )?,
        }
        if let Some(report) = report {
            let path = report.write(&report::page(&results, &earlier))?;
            output.note(format_args!("the report is in {}", path.display()));
        }
        verdict(&results)
    }
}

/// The file of a report. Until the run is over it holds what it held before.
struct ReportFile<'a> {
    path: &'a Path,
    file: File,
}

impl<'a> ReportFile<'a> {
    /// Sees to it that the file can be written.
    fn open(path: &'a Path) -> Result<Self, Failure> {
        let mut options = File::options();
        let file = options.write(true).create(true).truncate(false).open(path);
        let file = file.map_err(|error| Failure::file(path, &error))?;
        Ok(Self { path, file })
    }

    fn write(mut self, page: &str) -> Result<&'a Path, Failure> {
        let written = self.file.set_len(0);
        let written = written.and_then(|()| self.file.write_all(page.as_bytes()));
        written.map_err(|error| Failure::file(self.path, &error))?;
        Ok(self.path)
    }
}

/// Whether anything was measured at all.
fn verdict(results: &Results) -> Result<(), Failure> {
    if results.lost_connections == results.load.connections {
        return Err(Failure::connection("all connections were lost"));
    }
    if results.calls == 0 && !results.interrupted {
        return Err(Failure::finding("no call was answered"));
    }
    Ok(())
}

fn parse_duration(text: &str) -> Result<Duration, String> {
    let duration = parse_seconds(text)?;
    if duration < Duration::from_millis(1) || duration > Duration::from_hours(7 * 24) {
        return Err("between a millisecond and a week are expected".to_owned());
    }
    Ok(duration)
}

fn parse_rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if (0.001..=10_000_000.0).contains(&rate) => Ok(rate),
        _ => Err("a number between 0.001 and 10000000 is expected".to_owned()),
    }
}
