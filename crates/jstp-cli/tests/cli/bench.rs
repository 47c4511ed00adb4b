//! `jstp bench`.

use std::sync::OnceLock;
use std::time::Duration;

use jstp::{Application, Interface, Server, net};
use serde_json::Value;
use tokio::time::{Instant, sleep_until, timeout};

use crate::npm::{DEADLINE, signal};
use crate::support::{Ended, Host, Running, jstp};
use crate::temporary::Temporary;

/// What a run printed with `--output json`.
fn results(ended: &Ended) -> Value {
    serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {ended:?}"))
}

/// A percentile of latency, in milliseconds.
fn percentile(results: &Value, percentile: f64) -> f64 {
    let pairs = results["latency"]["percentiles"].as_array().unwrap();
    let found = pairs.iter().find(|pair| pair[0] == percentile).unwrap();
    found[1].as_f64().unwrap()
}

#[tokio::test]
async fn so_many_calls_are_made_as_were_asked_for() {
    for host in Host::both().await {
        let url = host.url();
        let ended = jstp(&[
            "bench",
            &url,
            "testbed",
            "counter",
            "increment",
            "'bench'",
            "--calls",
            "200",
            "--connections",
            "3",
            "--in-flight",
            "4",
            "--output",
            "json",
        ])
        .await;
        assert_eq!(ended.status, 0, "{ended:?}");
        let results = results(&ended);
        assert_eq!(
            (results["calls"].as_u64(), results["failed"].as_u64()),
            (Some(200), Some(0))
        );
        let counted = jstp(&["call", &url, "testbed", "counter", "get", "'bench'"]).await;
        assert_eq!(counted.printed(), "200\n");
    }
}

#[tokio::test]
async fn a_rate_is_kept_and_the_summary_tells_of_it() {
    let host = Host::ours().await;
    let ended = jstp(&[
        "bench",
        &host.url(),
        "testbed",
        "echo",
        "echo",
        "[1]",
        "--rate",
        "400",
        "--duration",
        "1",
        "--warm-up",
        "0.1",
        "--connections",
        "2",
    ])
    .await;
    assert_eq!(ended.status, 0, "{ended:?}");
    assert!(
        ended
            .out
            .starts_with("echo.echo of testbed at jstp://127.0.0.1:"),
        "{ended:?}"
    );
    assert!(
        ended.out.contains("2 connections, 400 calls/s"),
        "{ended:?}"
    );
    let answers = ended
        .out
        .lines()
        .find(|line| line.starts_with("answers"))
        .unwrap();
    assert_eq!(answers.split_whitespace().nth(1), Some("400"), "{ended:?}");
    assert_eq!(ended.err, "", "no progress without a terminal");
}

/// A server whose answers all wait in the second half of the first second of the calls, as if its process had
/// stopped.
async fn stalling_server() -> Server {
    let start = OnceLock::new();
    let wait = move || {
        let start = *start.get_or_init(Instant::now);
        wait_in_the_stall(start)
    };
    let interface = Interface::new().method("wait", wait);
    let application = Application::new("stall").unwrap().interface("i", interface);
    let server = net::create_server([application]);
    server.listen("127.0.0.1:0").await.unwrap()
}

async fn wait_in_the_stall(start: Instant) {
    let [from, to] = [500, 1000].map(|ms| start + Duration::from_millis(ms));
    if (from..to).contains(&Instant::now()) {
        sleep_until(to).await;
    }
}

#[tokio::test]
async fn calls_that_were_due_while_the_server_stalled_count_with_their_waiting() {
    let run = async |load: &[&str]| {
        let server = stalling_server().await;
        let url = server.local_address().unwrap().to_string();
        let target = ["bench", &url, "stall", "i", "wait"];
        let rest = ["--duration", "1.2", "--warm-up", "0", "--output", "json"];
        let ended = jstp(&[&target[..], load, &rest].concat()).await;
        assert_eq!(ended.status, 0, "{ended:?}");
        results(&ended)
    };
    // Some 40 percent of the schedule falls into the stall, so that a quarter of the calls waits for long,
    // although one call at a time may be under way.
    let open = run(&["--rate", "200", "--in-flight", "1"]).await;
    assert!(percentile(&open, 75.0) > 60.0, "{open}");
    assert!(percentile(&open, 99.0) > 300.0, "{open}");
    // One call after the other meets the stall once, and hides it from the percentiles.
    let closed = run(&["--in-flight", "1"]).await;
    assert!(
        percentile(&closed, 75.0) < percentile(&open, 75.0),
        "{closed}{open}"
    );
    assert!(percentile(&closed, 100.0) > 300.0, "{closed}");
}

#[tokio::test]
async fn a_run_without_success_fails_and_says_why() {
    let host = Host::ours().await;
    let url = host.url();
    let ended = jstp(&["bench", &url, "testbed", "echo", "nope", "--duration", "5"]).await;
    assert_eq!(
        ended.refused(),
        (1, "error: no call succeeded so far: 14 Method not found")
    );
    let ended = jstp(&[
        "bench",
        &url,
        "testbed",
        "connection",
        "drop",
        "--calls",
        "5",
    ])
    .await;
    assert_eq!(ended.status, 3, "{ended:?}");
    let ended = jstp(&["bench", "127.0.0.1:1", "testbed", "echo", "nothing"]).await;
    assert_eq!(ended.status, 3, "{ended:?}");
    let ended = jstp(&["bench", &url, "testbed", "echo", "nothing", "--rate", "0"]).await;
    assert_eq!(ended.status, 2, "{ended:?}");
}

#[tokio::test]
async fn an_interruption_ends_the_run_with_its_summary() {
    let host = Host::ours().await;
    let url = host.url();
    let mut running = Running::start(&[
        "bench",
        &url,
        "testbed",
        "counter",
        "increment",
        "'interrupted'",
        "--duration",
        "600",
        "--warm-up",
        "0",
    ]);
    let called = async {
        let get = ["call", &url, "testbed", "counter", "get", "'interrupted'"];
        while jstp(&get).await.printed() == "0\n" {}
    };
    timeout(DEADLINE, called).await.expect("calls are made");
    signal(running.process(), "INT").await;
    let mut out = String::new();
    while let Some(line) = running.line().await {
        out.push_str(&line);
    }
    assert!(
        out.contains(", interrupted") && out.contains("answers"),
        "{out}"
    );
    assert_eq!(running.end().await, (0, String::new()));
}

/// Measures the plots of a page in a browser, by a script that the page itself forbids.
const MEASURE: &str = "<script>
  const plots = [...document.querySelectorAll('svg.plot')].map(svg => ({
    id: svg.id,
    width: svg.getBoundingClientRect().width,
    lines: [...svg.querySelectorAll('path.line')].map(path => path.getTotalLength()),
    bars: svg.querySelectorAll('rect.bar').length,
    within: [...svg.querySelectorAll('path.line, rect.bar, text')].every(element => {
      const [outer, inner] = [svg, element].map(each => each.getBoundingClientRect());
      return inner.left >= outer.left - 1 && inner.right <= outer.right + 1
        && inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1;
    }),
  }));
  document.body.innerHTML = '<pre>' + JSON.stringify(plots) + '</pre>';
</script>";

#[tokio::test]
async fn the_report_shows_its_plots_in_a_browser() {
    let host = Host::ours().await;
    let url = host.url();
    let [before, report, page] = ["before.json", "report.html", "page.html"].map(Temporary::new);
    let run = [
        "bench",
        &url,
        "testbed",
        "echo",
        "echo",
        "1",
        "--duration",
        "0.6",
        "--warm-up",
        "0",
    ];
    let ended = jstp(&[&run[..], &["--output", "json", "--label", "before"]].concat()).await;
    before.write(&ended.out);
    let more = [
        "--report",
        report.path(),
        "--compare",
        before.path(),
        "--label",
        "after",
    ];
    let ended = jstp(&[&run[..], &more].concat()).await;
    assert_eq!(ended.status, 0, "{ended:?}");
    assert!(ended.err.contains(report.path()), "{ended:?}");

    let html = report.read();
    assert!(html.contains("Content-Security-Policy") && html.contains("before"));
    let html = html
        .replace("Content-Security-Policy", "x")
        .replace("</body>", &format!("{MEASURE}</body>"));
    page.write(&html);
    let dom = dump_dom(&page).await;
    let (_, json) = dom.split_once("<pre>").unwrap_or_else(|| panic!("{dom}"));
    let (json, _) = json.split_once("</pre>").unwrap();
    let plots: Value = serde_json::from_str(json).unwrap();
    let plots = plots.as_array().unwrap();
    let ids: Vec<_> = plots
        .iter()
        .map(|plot| plot["id"].as_str().unwrap())
        .collect();
    assert_eq!(
        ids,
        [
            "percentiles",
            "throughput",
            "latency-over-time",
            "distribution"
        ]
    );
    for plot in plots {
        assert!(plot["width"].as_f64().unwrap() > 200.0, "{plot}");
        assert_eq!(plot["within"], true, "{plot}");
        let lines = plot["lines"].as_array().unwrap();
        let bars = plot["bars"].as_u64().unwrap();
        assert!(lines.len() == 2 || bars > 0, "{plot}");
        assert!(
            lines.iter().all(|length| length.as_f64().unwrap() > 50.0),
            "{plot}"
        );
    }
}

/// What Chromium makes of a page.
async fn dump_dom(page: &Temporary) -> String {
    let profile = std::env::temp_dir().join(format!("jstp-bench-{}-profile", std::process::id()));
    let output = tokio::process::Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
        ])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg("--dump-dom")
        .arg(format!("file://{}", page.path()))
        .kill_on_drop(true)
        .output();
    let output = timeout(3 * DEADLINE, output)
        .await
        .expect("Chromium ends in time")
        .expect("Chromium is installed (Debian: the package `chromium`)");
    let _ = std::fs::remove_dir_all(profile);
    String::from_utf8_lossy(&output.stdout).into_owned()
}
