use super::*;
use crate::commands::bench::results::{Bar, Errors, Latency, Settings, Target};
use crate::commands::bench::series::Sample;

/// Results of a run that is twice as slow with a `factor` of 2.
fn results(label: &str, factor: f64) -> Results {
    let sample = |number: u32| Sample {
        at_s: f64::from(number),
        length_s: 1.0,
        calls: 1000,
        errors: 0,
        p50_ms: Some(factor),
        p99_ms: Some(4.0 * factor),
    };
    Results {
        jstp_bench: 1,
        label: label.to_owned(),
        started: "2026-01-02T03:04:05Z".to_owned(),
        target: Target {
            url: "127.0.0.1:3000".to_owned(),
            app: "<app>".to_owned(),
            interface: "echo".to_owned(),
            method: "echo".to_owned(),
        },
        load: Settings {
            connections: 2,
            threads: 1,
            in_flight: 4,
            rate: None,
            warm_up_s: 1.0,
        },
        seconds: 10.0,
        calls: 10_000,
        failed: 0,
        per_second: 1000.0 / factor,
        errors: Vec::new(),
        latency: Some(Latency {
            min_ms: 0.5 * factor,
            mean_ms: 1.2 * factor,
            stdev_ms: 0.5,
            max_ms: 9.0 * factor,
            percentiles: PERCENTILES.map(|p| (p, factor * (1.0 + p / 20.0))).to_vec(),
            curve: vec![(0.0, 0.5 * factor), (50.0, factor), (99.0, 4.0 * factor)],
            histogram: vec![Bar {
                from_ms: 0.5,
                to_ms: 1.0,
                count: 10_000,
            }],
            send_lag: None,
        }),
        samples: (0..10).map(sample).collect(),
        interrupted: false,
        lost_connections: 0,
    }
}

#[test]
fn a_page_has_all_plots_with_titles_descriptions_and_tables() {
    let page = page(&results("now", 1.0), &[]);
    for id in [
        "percentiles",
        "throughput",
        "latency-over-time",
        "distribution",
    ] {
        assert!(
            page.contains(&format!("<svg class=\"plot\" id=\"{id}\"")),
            "{id}"
        );
        assert!(page.contains(&format!("<desc id=\"{id}-desc\">")), "{id}");
    }
    assert!(page.contains("<caption>Latency by percentile</caption>"));
    assert!(page.contains("data-points=\"10\""));
    assert!(!page.contains("<h2>Comparison</h2>"));
    assert!(page.contains("&lt;app&gt;") && !page.contains("<app>"));
}

#[test]
fn a_page_needs_nothing_from_elsewhere() {
    let page = page(&results("now", 1.0), &[results("before", 2.0)]);
    for part in [
        "http://", "https://", "<script", "<link", "<img", "url(", "@import", "src=",
    ] {
        let page = page.replace("http-equiv", "").replace("default-src=", "");
        assert!(!page.contains(part), "{part}");
    }
}

#[test]
fn runs_are_compared_and_told_apart() {
    let page = page(
        &results("run", 1.0),
        &[results("run", 2.0), results("old", 4.0)],
    );
    assert!(page.contains("<h2>Comparison</h2>"));
    assert!(page.contains("run (2)") && page.contains("old"));
    // The new run answers twice as many calls as the second one.
    assert!(page.contains("500 (+100 %)"), "{page}");
    assert!(page.contains("class=\"line s2\""));
}

#[test]
fn a_run_without_answers_still_has_a_page() {
    let mut run = results("now", 1.0);
    run.latency = None;
    run.calls = 0;
    run.failed = 5;
    run.errors = vec![Errors {
        code: "14".to_owned(),
        message: "<Method> not found".to_owned(),
        count: 5,
    }];
    run.samples.clear();
    let page = page(&run, &[]);
    assert!(page.contains("5 calls failed: 14 &lt;Method&gt; not found"));
    assert!(!page.contains("NaN") && !page.contains("inf"), "{page}");
}
