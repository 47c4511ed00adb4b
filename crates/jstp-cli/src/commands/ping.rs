//! `jstp ping`: measures round trips.

use std::time::Duration;

use jstp_connection::{CallError, Connection};
use jstp_wire::{Value, value};
use tokio::time::MissedTickBehavior;

use crate::args_text::Stdin;
use crate::connect::{ConnectArgs, Dialer, Target, Timeout};
use crate::failure::Failure;
use crate::output::{NAME, NUMBER, Output, paint};
use crate::render::{Format, FormatArg, print_value};
use crate::runtime::{self, within};

const EXAMPLES: &str = "\
Examples:
  jstp ping 127.0.0.1:3000 chat
  jstp ping 127.0.0.1:3000 chat --count 0 --interval 200   until Ctrl-C
  jstp ping 127.0.0.1:3000 chat --count 1 --timeout 2      as a check of health";

/// Measure the round trip of pings
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Ping {
    #[command(flatten)]
    target: Target,

    /// How many pings to send; 0 goes on until Ctrl-C
    #[arg(long, value_name = "N", default_value_t = 4)]
    count: u64,

    /// Milliseconds from one ping to the next
    #[arg(long, value_name = "MS", default_value_t = 1000)]
    interval: u64,

    #[command(flatten)]
    format: FormatArg,

    #[command(flatten)]
    connect: ConnectArgs,

    #[command(flatten)]
    timeout: Timeout,
}

impl Ping {
    pub(crate) fn run(self, output: &mut Output) -> Result<(), Failure> {
        let timeout = self.timeout.get();
        let dialer = Dialer::new(&self.target, &self.connect, timeout, &mut Stdin::default())?;
        runtime::block_on(async {
            let (connection, mut loss) = dialer.connect_watched().await?;
            let mut trips = Trips::default();
            let from = peer(&dialer.connector.target(), &connection);
            let measuring = self.measure(&connection, &from, &mut trips, output);
            let outcome = tokio::select! {
                outcome = loss.watch(measuring) => outcome,
                signal = tokio::signal::ctrl_c() => signal.map_err(Failure::from),
            };
            trips.print_summary(output, self.format.format)?;
            outcome?;
            connection.close().await;
            Ok(())
        })
    }

    async fn measure(
        &self,
        connection: &Connection,
        from: &str,
        trips: &mut Trips,
        output: &mut Output,
    ) -> Result<(), Failure> {
        let mut ticks = tokio::time::interval(Duration::from_millis(self.interval.max(1)));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while self.count == 0 || trips.sent < self.count {
            ticks.tick().await;
            trips.sent += 1;
            let time = within(self.timeout.get(), connection.ping())
                .await
                .unwrap_or(Err(CallError::Timeout))
                .map_err(|error| Failure::from(error).about(&format!("ping {}", trips.sent)))?;
            trips.add(time);
            print_trip(output, self.format.format, from, trips.sent, time)?;
        }
        Ok(())
    }
}

/// What was measured.
#[derive(Debug, Default)]
struct Trips {
    sent: u64,
    answered: u32,
    shortest: Duration,
    longest: Duration,
    total: Duration,
}

impl Trips {
    fn add(&mut self, time: Duration) {
        let is_first = self.answered == 0;
        self.answered = self.answered.saturating_add(1);
        self.shortest = if is_first {
            time
        } else {
            self.shortest.min(time)
        };
        self.longest = self.longest.max(time);
        self.total = self.total.saturating_add(time);
    }

    fn average(&self) -> Option<Duration> {
        self.total.checked_div(self.answered)
    }

    fn print_summary(&self, output: &mut Output, format: Format) -> Result<(), Failure> {
        let times = self
            .average()
            .map(|average| [self.shortest, average, self.longest].map(milliseconds));
        if format != Format::Jstp {
            let [min, avg, max] = times.map_or([None; 3], |times| times.map(Some));
            let summary = value!({
                sent: (self.sent), answered: (self.answered), min_ms: min, avg_ms: avg, max_ms: max
            });
            return print_value(output, format, &summary);
        }
        let mut line = format!("{} sent, {} answered", self.sent, self.answered);
        if let Some([min, avg, max]) = times {
            line = format!("{line}, min/avg/max {min:.3}/{avg:.3}/{max:.3} ms");
        }
        output.line(paint(output.has_color(), NAME, line))?;
        Ok(())
    }
}

/// The address that was connected to, with the scheme of the URL, if that names one.
fn peer(target: &str, connection: &Connection) -> String {
    let address = connection.remote_address().to_string();
    match target.split_once("://") {
        Some((scheme, _)) => format!("{scheme}://{address}"),
        None => address,
    }
}

fn print_trip(
    output: &mut Output,
    format: Format,
    from: &str,
    number: u64,
    time: Duration,
) -> Result<(), Failure> {
    if format == Format::Table {
        // One table for all is enough, and comes at the end.
        return Ok(());
    }
    let time = milliseconds(time);
    if format != Format::Jstp {
        let trip: Value = value!({ping: number, from: from, time_ms: time});
        return print_value(output, format, &trip);
    }
    let time = paint(output.has_color(), NUMBER, format!("{time:.3} ms"));
    output.line(format_args!("ping {number} {from}: {time}"))?;
    Ok(())
}

/// In milliseconds, to the microsecond.
fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_has_the_shortest_average_and_longest_trip() {
        let mut trips = Trips::default();
        assert_eq!(trips.average(), None);
        for time in [3, 1, 5] {
            trips.add(Duration::from_millis(time));
        }
        assert_eq!(trips.average(), Some(Duration::from_millis(3)));
        assert_eq!(trips.shortest, Duration::from_millis(1));
        assert_eq!(trips.longest, Duration::from_millis(5));
    }
}
