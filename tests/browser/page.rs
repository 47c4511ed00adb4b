//! A page that is open in the browser.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::devtools::DevTools;

/// How long a condition may take to come true, in milliseconds: less than a request may take.
const PATIENCE_MS: u32 = 120_000;

/// A page, and a person's hands and eyes on it.
#[derive(Debug)]
pub(crate) struct Page {
    devtools: Arc<DevTools>,
    session: String,
}

impl Page {
    pub(crate) fn new(devtools: Arc<DevTools>, session: String) -> Self {
        Self { devtools, session }
    }

    pub(crate) async fn request(&self, method: &str, params: Value) -> Value {
        self.devtools
            .request(Some(&self.session), method, params)
            .await
    }

    /// Goes to a URL and waits until its scripts have run.
    pub(crate) async fn visit(&self, url: &str, width: u32, height: u32) {
        for domain in ["Page", "Runtime", "Log"] {
            self.request(&format!("{domain}.enable"), json!({})).await;
        }
        let focus = json!({"enabled": true});
        self.request("Emulation.setFocusEmulationEnabled", focus)
            .await;
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.request("Emulation.setDeviceMetricsOverride", size)
            .await;
        let visited = self.request("Page.navigate", json!({"url": url})).await;
        assert!(visited.get("errorText").is_none(), "{url}: {visited}");
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")
            .await;
    }

    /// The value of a script's expression, once a promise is fulfilled.
    pub(crate) async fn evaluate(&self, expression: &str) -> Value {
        let params = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let mut outcome = self.request("Runtime.evaluate", params).await;
        assert!(
            outcome.get("exceptionDetails").is_none(),
            "{expression}: {outcome}"
        );
        outcome["result"]["value"].take()
    }

    /// Waits until a condition on the document holds.
    pub(crate) async fn until(&self, condition: &str) {
        let script = format!(
            "new Promise(resolve => {{
                const check = () => {{
                    if (!({condition})) return;
                    observer.disconnect();
                    clearInterval(timer);
                    resolve(true);
                }};
                const observer = new MutationObserver(check);
                observer.observe(document, {{
                    subtree: true, childList: true, characterData: true, attributes: true,
                }});
                // For what is no change of the document.
                const timer = setInterval(check, 100);
                check();
                setTimeout(() => resolve(false), {PATIENCE_MS});
            }})"
        );
        let held = self.evaluate(&script).await;
        if held != true {
            let text = self.evaluate("document.body.innerText").await;
            let complaints = self.devtools.complaints();
            panic!("{condition} did not come true; the page says:\n{text}\n{complaints:?}");
        }
    }

    /// Types a text where the focus is, and Enter.
    pub(crate) async fn type_line(&self, text: &str) {
        self.request("Input.insertText", json!({"text": text}))
            .await;
        for kind in ["keyDown", "keyUp"] {
            let key = json!({
                "type": kind, "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13,
                "text": if kind == "keyDown" { "\r" } else { "" },
            });
            self.request("Input.dispatchKeyEvent", key).await;
        }
    }

    /// The texts of all elements that a selector finds.
    pub(crate) async fn texts(&self, selector: &str) -> Vec<String> {
        let script = format!(
            "Array.from(document.querySelectorAll({}), e => e.textContent)",
            json!(selector)
        );
        let texts = self.evaluate(&script).await;
        serde_json::from_value(texts).expect("they are texts")
    }
}
