//! `jstp serve`: a mock server.

mod mock;
mod node;
mod read;
mod spec;
mod timers;
mod watch;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jstp_server::{Server, ServerOptions, create_server};
use jstp_transport::TransportOptions;
use tokio::sync::mpsc;

use crate::excerpt::Fault;
use crate::failure::Failure;
use crate::output::{Output, Printable};
use crate::runtime;
use crate::tls::IdentityArgs;
use mock::{Door, Shared};
use spec::Spec;
use timers::Timers;
use watch::Watch;

/// Where to listen unless something else is said.
const LISTEN: &str = "jstp://127.0.0.1:3000";

/// The longest file, in bytes.
const MAX_LENGTH: u64 = 16 * 1024 * 1024;

/// How many lines may wait to be written; further ones are left out.
const MAX_LINES: usize = 1024;

/// How long calls may go on when the server is stopped.
const SHUTDOWN: Duration = Duration::from_secs(1);

const EXAMPLES: &str = "\
Examples:
  jstp serve mock.jstp
  jstp serve mock.jstp --listen 127.0.0.1:4000 --listen ipc:/tmp/mock.sock --verbose
  jstp serve mock.jstp --check

The file is JSTP text:
  {
    applications: {
      'shop@1.0.0': {                       // several names and versions
        goods: {                            // an interface
          methods: {
            list: {result: ['tea', 'milk']},
            pair: {results: [1, 2]},        // several results
            find: {args: ['name'], cases: [ // exactly one argument
              {when: ['tea'], result: {price: 3}},
              {error: [1024, 'Not on sale']},
            ]},
            order: {result: 7, delay: 500,  // milliseconds
              emit: [{event: 'ordered', args: [7], delay: 100, to: 'all'}]},
          },
          events: {asked: [{event: 'answered'}]},
          timers: [{event: 'restocked', args: ['tea'], every: 1000, count: 5}],
        },
      },
    },
    users: {ann: 'secret'},                 // who may in by login
  }

A method takes any number of arguments unless `args` says how many or what they are called; with
another number it answers error 17, as it does when no case fits. Without result and error it
answers nothing. Changes of the file are taken over while clients are connected; one with mistakes
is reported, and what was there before goes on.";

/// Serve fixed answers and events from a file, to develop clients against
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Serve {
    /// The file that says what is served
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Where to listen: HOST:PORT, jstp://, jstps://, ws:// or wss://HOST:PORT, ipc:/PATH; port 0
    /// takes a free one; may be repeated
    #[arg(long, value_name = "URL", default_value = LISTEN)]
    listen: Vec<String>,

    /// Only say whether the file is valid
    #[arg(long)]
    check: bool,

    /// Print every call and event of clients
    #[arg(long, short)]
    verbose: bool,

    #[command(flatten)]
    identity: IdentityArgs,
}

impl Serve {
    pub(crate) fn run(self, output: &mut Output) -> Result<(), Failure> {
        let watch = Watch::new(&self.file);
        let spec = load(&self.file)?.map_err(|description| {
            output.note(description);
            Failure::usage(format!("{} is not valid", self.file.display()))
                .with_hint("`jstp serve --help` shows what a file looks like")
        })?;
        if self.check {
            return Ok(());
        }
        runtime::block_on(self.serve(spec, watch, output))
    }

    async fn serve(&self, spec: Spec, watch: Watch, output: &mut Output) -> Result<(), Failure> {
        for url in &self.listen {
            self.identity.check(url)?;
        }
        let (log, lines) = mpsc::channel(MAX_LINES);
        let log = self.verbose.then_some(log);
        let shared = Shared::new(spec, log);
        let options = ServerOptions::default()
            .with_transport(self.identity.apply(TransportOptions::default())?)
            .with_auth_policy(Door(Arc::clone(&shared)));
        let server = create_server(options);
        shared.set_server(server.downgrade());
        server.update_applications(shared.applications());
        for url in &self.listen {
            server
                .listen(url.as_str())
                .await
                .map_err(|error| Failure::listening(url, &error))?;
            let address = server.local_addresses().pop();
            let ready = address.and_then(|address| address.url());
            output.line(format_args!("listening {}", ready.as_ref().unwrap_or(url)))?;
        }
        output.line("ready")?;
        let outcome = tokio::select! {
            outcome = self.keep_up(&server, &shared, watch, lines, output) => outcome,
            outcome = runtime::stopped() => outcome,
        };
        server.shutdown(SHUTDOWN).await;
        outcome
    }

    /// Takes changes of the file over, and prints what happens.
    async fn keep_up(
        &self,
        server: &Server,
        shared: &Arc<Shared>,
        mut watch: Watch,
        mut lines: mpsc::Receiver<String>,
        output: &mut Output,
    ) -> Result<(), Failure> {
        // Dropped, and with it stopped, where another one takes its place.
        let mut _timers = Timers::start(&shared.spec(), shared, &server.downgrade());
        loop {
            tokio::select! {
                () = watch.changed() => match load(&self.file) {
                    Ok(Ok(spec)) => {
                        shared.set_spec(spec);
                        server.update_applications(shared.applications());
                        server.update_connections_api();
                        _timers = Timers::start(&shared.spec(), shared, &server.downgrade());
                        output.note(format_args!("{} was taken over", self.file.display()));
                    }
                    Ok(Err(description)) => {
                        output.note(description);
                        output.note("what was there before goes on");
                    }
                    Err(failure) => output.failure(&failure),
                },
                Some(line) = lines.recv() => output.line(Printable(&line))?,
            }
        }
    }
}

/// Reads a file. The inner error describes what is wrong with its text.
fn load(path: &Path) -> Result<Result<Spec, String>, Failure> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_LENGTH).read_to_end(&mut bytes))
        .map_err(|error| Failure::file(path, &error))?;
    let text = String::from_utf8_lossy(&bytes);
    let spec = jstp_wire::decode_text(&bytes)
        .map_err(|error| Fault::from_wire(&error))
        .and_then(read::read);
    Ok(spec.map_err(|fault| fault.describe(&path.display().to_string(), &text, 0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_and_the_one_in_the_help_are_valid() {
        let example = include_str!("../../examples/mock.jstp");
        assert_eq!(read::read(example).unwrap().applications.len(), 2);
        let (_, help) = EXAMPLES.split_once("The file is JSTP text:").unwrap();
        let (help, _) = help.split_once("A method takes").unwrap();
        assert_eq!(read::read(help).unwrap().applications.len(), 1);
    }
}
