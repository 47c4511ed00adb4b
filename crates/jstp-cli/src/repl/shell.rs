//! What the commands of the prompt do.

mod announce;
mod run;

use futures_util::future::{AbortHandle, BoxFuture};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use jstp_auth::SimpleConnectPolicy;
use jstp_wire::Value;

use super::knowledge::Knowledge;
use super::link::{Happening, Link};
use super::screen::{MAX_WAITING, Room, Screen};
use super::settings::Settings;
use crate::failure::Failure;
use crate::output::DIM;

/// The state behind the prompt.
#[derive(Debug)]
pub(super) struct Shell<'a> {
    pub(super) screen: Screen<'a>,
    pub(super) settings: Settings,
    pub(super) knowledge: Knowledge,
    link: Option<Link>,
    /// Where to connect to when nothing is said.
    last_target: Option<(String, String)>,
    running: FuturesUnordered<BoxFuture<'static, Finished>>,
    /// The command that is waited for.
    foreground: Option<u64>,
    /// Gives up connecting.
    connecting: Option<AbortHandle>,
    last_number: u64,
    /// The first failure, which decides the exit status of a script.
    failed: Option<Failure>,
}

/// What came of a command.
#[derive(Debug)]
struct Finished {
    /// The number of the command; none when nobody asked for it.
    number: Option<u64>,
    /// What it was about, for results that come later.
    what: String,
    outcome: Result<Outcome, Failure>,
}

/// What a command gives.
#[derive(Debug)]
enum Outcome {
    Connected(Box<Link>, Vec<Inspected>),
    Results(Vec<Value>),
    Emitted,
    Inspected(Vec<Inspected>),
}

/// An interface and its methods, or why they are not known.
type Inspected = (String, Result<Vec<String>, Failure>);

/// Whether the prompt goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    /// With the next line.
    Next,
    /// No longer.
    Exit,
}

impl<'a> Shell<'a> {
    pub(super) fn new(screen: Screen<'a>, settings: Settings, knowledge: Knowledge) -> Self {
        Self {
            screen,
            settings,
            knowledge,
            link: None,
            last_target: None,
            running: FuturesUnordered::new(),
            foreground: None,
            connecting: None,
            last_number: 0,
            failed: None,
        }
    }

    /// Waits until something happens, and shows it. May be dropped while it waits.
    pub(super) async fn turn(&mut self) -> Result<(), Failure> {
        let has_running = !self.running.is_empty();
        let happening = happening(&self.screen, self.link.as_mut());
        tokio::select! {
            Some(finished) = self.running.next(), if has_running => {
                self.show_arrived()?;
                self.finish(finished)
            }
            (happening, room) = happening => self.show(happening, room),
        }
    }

    /// Shows what has arrived before an answer. Not more than fits on the way to the screen, as there may be
    /// no end to it.
    fn show_arrived(&mut self) -> Result<(), Failure> {
        for _ in 0..MAX_WAITING {
            let Some((happening, room)) =
                happening(&self.screen, self.link.as_mut()).now_or_never()
            else {
                break;
            };
            self.show(happening, room)?;
        }
        Ok(())
    }

    /// Goes on with what happens until the command that is waited for is done.
    pub(super) async fn settle(&mut self) -> Result<(), Failure> {
        while self.foreground.is_some() {
            self.turn().await?;
        }
        Ok(())
    }

    /// Does not wait any longer for a command: its outcome is shown when it comes.
    pub(super) fn give_way(&mut self) {
        self.foreground = None;
    }

    /// What stands before the line that is typed.
    pub(super) fn prompt(&self) -> String {
        let app = self.link.as_ref().map(|link| link.app.as_str());
        let name = app.filter(|app| app.len() <= 40).unwrap_or("jstp");
        format!("{name}> ")
    }

    /// Gives up connecting, and tells whether that was under way. Other commands go on, and their outcome is
    /// shown when it comes.
    pub(super) fn interrupt(&mut self) -> bool {
        let connecting = self.connecting.take().filter(|_| self.link.is_none());
        connecting.map(|connecting| connecting.abort()).is_some()
    }

    /// Connects as somebody else from the next time on.
    pub(super) fn log_in(&mut self, policy: SimpleConnectPolicy) -> Result<(), Failure> {
        self.settings.log_in(policy);
        let again = if self.link.is_some() {
            "`connect` connects again"
        } else {
            "`connect` uses it"
        };
        self.screen.line(self.dim(again))
    }

    /// Whether anything went wrong.
    pub(super) fn has_failed(&self) -> bool {
        self.failed.is_some()
    }

    /// Says what went wrong, and remembers it.
    ///
    /// # Errors
    ///
    /// When nobody reads the output any longer.
    pub(super) fn fail(&mut self, failure: Failure) -> Result<(), Failure> {
        if failure.message().is_none() {
            return Err(failure);
        }
        self.screen.failure(&failure)?;
        self.failed.get_or_insert(failure.said());
        Ok(())
    }

    /// Closes the connection. Gives the first failure, if there was any; it has been said.
    pub(super) async fn end(mut self) -> Result<(), Failure> {
        self.close().await;
        match self.failed {
            Some(failure) if !self.screen.is_interactive() => Err(failure),
            _ => Ok(()),
        }
    }

    async fn close(&mut self) {
        if let Some(link) = self.link.take() {
            link.close().await;
        }
    }

    fn dim(&self, text: &str) -> String {
        self.screen.paint(DIM, text)
    }
}

/// The next thing that happens on the link, with room for a line about it.
async fn happening(screen: &Screen<'_>, link: Option<&mut Link>) -> (Happening, Option<Room>) {
    let Some(link) = link else {
        return std::future::pending().await;
    };
    let room = screen.room().await;
    (link.next().await, room)
}
