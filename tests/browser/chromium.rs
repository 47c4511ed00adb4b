//! Headless Chromium.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{Instant, timeout_at};

use crate::devtools::{DEADLINE, DevTools};
use crate::page::Page;

const FLAGS: [&str; 15] = [
    "--headless",
    // Root has no sandbox.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--remote-debugging-port=0",
    // Nothing but the page is asked for.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    // Both pages are in front.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
];

/// A browser with a profile of its own; it is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Chromium {
    devtools: Arc<DevTools>,
    _child: Child,
    _profile: Profile,
}

impl Chromium {
    /// Starts it. A browser is large, and may not come up at once on a busy machine.
    pub(crate) async fn start() -> Self {
        let mut failures = Vec::new();
        for _ in 0..3 {
            match Self::try_start().await {
                Ok(browser) => return browser,
                Err(failure) => failures.push(failure),
            }
        }
        panic!("the browser does not start:\n{}", failures.join("\n\n"));
    }

    async fn try_start() -> Result<Self, String> {
        let profile = Profile::new();
        let mut child = Command::new("chromium")
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", profile.0.display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("Chromium is installed: `cargo xtask chromium` does it");
        let stderr = child.stderr.take().expect("stderr is piped");
        let url = devtools_url(BufReader::new(stderr)).await?;
        Ok(Self {
            devtools: Arc::new(DevTools::connect(&url).await),
            _child: child,
            _profile: profile,
        })
    }

    /// Opens a page in a window of this size.
    pub(crate) async fn open(&self, url: &str, width: u32, height: u32) -> Page {
        let target = self.devtools.request(
            None,
            "Target.createTarget",
            json!({"url": "about:blank", "newWindow": true, "width": width, "height": height}),
        );
        let target = target.await["targetId"].take();
        let attach = json!({"targetId": target, "flatten": true});
        let attached = self
            .devtools
            .request(None, "Target.attachToTarget", attach)
            .await;
        let session = attached["sessionId"].as_str().expect("a session is a text");
        let page = Page::new(Arc::clone(&self.devtools), session.to_owned());
        page.visit(url, width, height).await;
        page
    }

    /// Checks that no script failed and nothing was forbidden.
    pub(crate) fn check(&self) {
        assert_eq!(self.devtools.complaints(), Vec::<String>::new());
    }
}

/// The browser tells it among other things. An error is all that it has told.
async fn devtools_url(stderr: BufReader<tokio::process::ChildStderr>) -> Result<String, String> {
    let mut lines = stderr.lines();
    let mut told = Vec::new();
    let deadline = Instant::now() + DEADLINE;
    while let Ok(Ok(Some(line))) = timeout_at(deadline, lines.next_line()).await {
        if let Some(url) = line.strip_prefix("DevTools listening on ") {
            let url = url.to_owned();
            // It stops when it can write no more.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok(url);
        }
        told.push(line);
    }
    Err(told.join("\n"))
}

/// A folder for a browser, removed when dropped.
#[derive(Debug)]
struct Profile(PathBuf);

impl Profile {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("jstp-browser-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a folder can be made");
        Self(path)
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        // What stays behind in a temporary folder harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
