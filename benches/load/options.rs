//! The command line.

use std::time::Duration;

use crate::Failure;
use crate::setting::Setting;

const USAGE: &str = "\
usage: load [--seconds S] [--rounds N] [--only TEXT] [--server ours|npm] [--quick]
  --seconds S   how long each round measures (default 1)
  --rounds N    rounds of each setting and server (default 5)
  --only TEXT   only the settings whose name contains TEXT
  --server S    only this server
  --quick       one short round of each setting, to see that all works";

/// A server to put under load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// Ours.
    Ours,
    /// The npm package's.
    Npm,
}

/// What to measure, and how long.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) targets: Vec<Target>,
    /// Rounds of each setting and server.
    pub(crate) rounds: usize,
    /// How long each round is under load before it is measured.
    pub(crate) warm_up: Duration,
    /// How long each round is measured.
    pub(crate) duration: Duration,
    only: Option<String>,
}

impl Options {
    pub(crate) fn parse(arguments: &[String]) -> Result<Self, Failure> {
        let mut options = Self {
            targets: vec![Target::Ours, Target::Npm],
            rounds: 5,
            warm_up: Duration::from_millis(500),
            duration: Duration::from_secs(1),
            only: None,
        };
        let mut arguments = arguments.iter();
        while let Some(option) = arguments.next() {
            let mut value = || arguments.next().ok_or(USAGE);
            match option.as_str() {
                "--seconds" => {
                    options.duration = Duration::try_from_secs_f64(value()?.parse()?)?;
                }
                "--rounds" => options.rounds = value()?.parse::<usize>()?.max(1),
                "--only" => options.only = Some(value()?.clone()),
                "--server" => options.targets = vec![target(value()?)?],
                "--quick" => {
                    options.rounds = 1;
                    options.warm_up = Duration::from_millis(50);
                    options.duration = Duration::from_millis(100);
                }
                _ => return Err(USAGE.into()),
            }
        }
        Ok(options)
    }

    pub(crate) fn wants(&self, setting: &Setting) -> bool {
        self.only
            .as_ref()
            .is_none_or(|text| setting.name().contains(text))
    }
}

fn target(name: &str) -> Result<Target, Failure> {
    match name {
        "ours" => Ok(Target::Ours),
        "npm" => Ok(Target::Npm),
        _ => Err(USAGE.into()),
    }
}
