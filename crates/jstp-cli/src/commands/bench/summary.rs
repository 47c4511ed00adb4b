//! The results of a run as text for people.

use std::fmt::Write as _;

use super::results::{Latency, Results, Settings};
use super::series::as_float;
use crate::output::{DIM, ERROR, NAME, NUMBER, Output, paint};

/// The length of the longest bar, in characters.
const BAR: f64 = 40.0;

/// From how many milliseconds on calls are called late.
const LATE: f64 = 5.0;

/// A latency, in milliseconds, with its unit and three digits.
pub(crate) fn time_text(milliseconds: f64) -> String {
    let (value, unit) = if milliseconds < 1.0 {
        (milliseconds * 1e3, "µs")
    } else if milliseconds < 1e3 {
        (milliseconds, "ms")
    } else {
        (milliseconds / 1e3, "s")
    };
    format!("{} {unit}", digits(value))
}

/// A number with about three digits.
pub(crate) fn digits(value: f64) -> String {
    let decimals = match value.abs() {
        above if above >= 99.95 => 0,
        above if above >= 9.995 => 1,
        _ => 2,
    };
    format!("{value:.decimals$}")
}

/// A whole number with commas between its thousands.
pub(crate) fn count_text(value: f64) -> String {
    let plain = format!("{:.0}", value.abs());
    let mut out = String::new();
    for (at, digit) in plain.chars().enumerate() {
        if at > 0 && (plain.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The load in words.
pub(crate) fn load_text(load: &Settings) -> String {
    let connections = match load.connections {
        1 => "1 connection".to_owned(),
        more => format!("{more} connections"),
    };
    let calls = match (load.rate, load.in_flight) {
        (Some(rate), _) => format!("{} calls/s", digits(rate)),
        (None, 1) => "1 call in flight on each".to_owned(),
        (None, more) => format!("{more} calls in flight on each"),
    };
    format!("{connections}, {calls}")
}

/// Whether the rate that was asked for was not reached, which a summary must not hide.
pub(crate) fn is_behind(results: &Results) -> bool {
    results
        .load
        .rate
        .is_some_and(|rate| results.per_second < rate * 0.98)
}

/// The summary, in lines.
pub(crate) fn summary(results: &Results, output: &Output) -> String {
    let color = output.has_color();
    let mut out = String::new();
    // Writing to a text cannot fail.
    let _ = write_head(&mut out, results, color);
    if let Some(latency) = &results.latency {
        let _ = write_latency(&mut out, latency, color);
    }
    let _ = write_warnings(&mut out, results, color);
    out.truncate(out.trim_end().len());
    out
}

fn write_head(out: &mut String, results: &Results, color: bool) -> std::fmt::Result {
    let target = &results.target;
    let name = format!("{}.{}", target.interface, target.method);
    writeln!(
        out,
        "{} of {} at {}",
        paint(color, NAME, name),
        target.app,
        target.url
    )?;
    writeln!(
        out,
        "{}, {} s after {} s of warm-up{}",
        load_text(&results.load),
        digits(results.seconds),
        digits(results.load.warm_up_s),
        if results.interrupted {
            ", interrupted"
        } else {
            ""
        }
    )?;
    writeln!(out)?;
    let rate = paint(
        color,
        NUMBER,
        format!("{}/s", count_text(results.per_second)),
    );
    writeln!(
        out,
        "answers  {:>12}   {rate}",
        count_text(as_float(results.calls))
    )?;
    let failed = count_text(as_float(results.failed));
    if results.failed == 0 {
        return writeln!(out, "errors   {failed:>12}");
    }
    writeln!(
        out,
        "errors   {}",
        paint(color, ERROR, format!("{failed:>12}"))
    )?;
    for error in &results.errors {
        writeln!(
            out,
            "  {:>19}   {} {}",
            count_text(as_float(error.count)),
            error.code,
            crate::output::Printable(&error.message)
        )?;
    }
    Ok(())
}

fn write_latency(out: &mut String, latency: &Latency, color: bool) -> std::fmt::Result {
    writeln!(out, "\nlatency")?;
    let row = |out: &mut String, name: &str, ms: f64| {
        let time = time_text(ms);
        writeln!(
            out,
            "  {name:<8} {:>10}",
            paint(color, NUMBER, format!("{time:>10}"))
        )
    };
    row(out, "min", latency.min_ms)?;
    row(out, "mean", latency.mean_ms)?;
    for (percentile, ms) in &latency.percentiles {
        let name = if *percentile >= 100.0 {
            "max".to_owned()
        } else {
            format!("p{percentile}")
        };
        row(out, &name, *ms)?;
    }
    writeln!(out, "\ndistribution")?;
    let most = latency.histogram.iter().map(|bar| bar.count).max();
    for bar in &latency.histogram {
        let share = as_float(bar.count) / as_float(most.unwrap_or(1).max(1));
        writeln!(
            out,
            "  {:>8} {} {:<11} {}",
            time_text(bar.from_ms),
            paint(color, DIM, "–"),
            time_text(bar.to_ms),
            bar_text(share, bar.count),
        )?;
    }
    Ok(())
}

fn bar_text(share: f64, count: u64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and the length of a bar"
    )]
    let eighths = (share * BAR * 8.0).round() as usize;
    let rest = EIGHTHS.get(eighths % 8).copied().unwrap_or_default();
    let bar = format!("{}{rest}", "█".repeat(eighths / 8));
    if count == 0 {
        return String::new();
    }
    format!("{bar} {}", count_text(as_float(count)))
}

fn write_warnings(out: &mut String, results: &Results, color: bool) -> std::fmt::Result {
    let mut warn = |text: String| writeln!(out, "\n{} {text}", paint(color, ERROR, "note:"));
    if results.lost_connections > 0 {
        warn(format!(
            "{} of {} connections were lost on the way",
            results.lost_connections, results.load.connections
        ))?;
    }
    if let Some(rate) = results.load.rate
        && is_behind(results)
    {
        warn(format!(
            "{}/s of {}/s calls that were due were answered; the latencies include how long calls waited",
            count_text(results.per_second),
            count_text(rate)
        ))?;
    }
    let latency = results.latency.as_ref();
    let lag = latency.and_then(|latency| latency.send_lag_at(99.0));
    if let Some(lag) = lag.filter(|lag| *lag > LATE) {
        warn(format!(
            "calls were sent late (p99 {}): this machine, or --in-flight, was the limit at times",
            time_text(lag)
        ))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_counts_are_easy_to_read() {
        for (ms, text) in [
            (0.000_5, "0.50 µs"),
            (0.038, "38.0 µs"),
            (0.999, "999 µs"),
            (1.0, "1.00 ms"),
            (12.34, "12.3 ms"),
            (2500.0, "2.50 s"),
            (99.96, "100 ms"),
        ] {
            assert_eq!(time_text(ms), text);
        }
        assert_eq!(count_text(1_234_567.0), "1,234,567");
        assert_eq!(count_text(999.0), "999");
        assert_eq!(count_text(0.0), "0");
    }

    #[test]
    fn bars_have_a_length_and_a_number() {
        assert_eq!(bar_text(0.5, 1000), format!("{} 1,000", "█".repeat(20)));
        assert_eq!(bar_text(0.001, 1), " 1");
        assert_eq!(bar_text(0.0, 0), "");
    }
}
