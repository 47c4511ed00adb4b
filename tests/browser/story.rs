//! Two people chat in their browsers, their connections are cut, and the server is started anew.

use jstp::RemoteProxy;
use serde_json::json;

use crate::chromium::Chromium;
use crate::page::Page;
use crate::relay::Relay;
use crate::site::Site;

const ONLINE: &str = "document.querySelector('#state').dataset.state === 'online'";
const LOST: &str = "document.querySelector('#state').dataset.state === 'lost'";

/// How often a page has noted that its connection is gone.
const LOSSES: &str = "Array.from(document.querySelectorAll('#log .note')).filter(e => e.textContent === 'Connection lost.').length";

/// How often connections are cut while lines are said, and how many are said around each cut.
const ROUNDS: usize = 3;
const LINES: usize = 10;

async fn join(browser: &Chromium, relay: &Relay, name: &str, width: u32) -> Page {
    let page = browser
        .open(&format!("http://{}/", relay.address), width, 700)
        .await;
    page.until(ONLINE).await;
    // The focus is on the field for the name.
    page.type_line(name).await;
    page.until("document.activeElement.id === 'text'").await;
    page
}

/// Waits until a page shows so many lines of others, and gives them.
async fn said(page: &Page, count: usize) -> Vec<String> {
    page.until(&format!(
        "document.querySelectorAll('#log .said').length >= {count}"
    ))
    .await;
    page.texts("#log .said .words").await
}

/// Waits until everything that was typed into a page is confirmed.
async fn all_sent(page: &Page) {
    page.until(
        "Array.from(document.querySelectorAll('.fate')).every(fate => fate.textContent === '')",
    )
    .await;
}

/// Waits until a page shows these people.
async fn people(page: &Page, names: &[&str]) {
    let condition = format!(
        "JSON.stringify(Array.from(document.querySelectorAll('#people li'), e => e.textContent)) === {}",
        json!(json!(names).to_string())
    );
    page.until(&condition).await;
}

async fn note(page: &Page, text: &str) {
    let condition = format!(
        "Array.from(document.querySelectorAll('#log .note')).some(e => e.textContent.includes({}))",
        json!(text)
    );
    page.until(&condition).await;
}

async fn lost(page: &Page) -> u64 {
    let losses = page.evaluate(LOSSES).await;
    losses.as_u64().expect("it is a count")
}

fn numbered(what: &str, count: usize) -> Vec<String> {
    (0..count).map(|i| format!("{what} {i}")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_pages_chat_resume_and_begin_anew() {
    let (browser, site) = tokio::join!(Chromium::start(), Site::start());
    let relay = Relay::start(site.page).await;
    let ann = join(&browser, &relay, "Ann", 900).await;
    let bob = join(&browser, &relay, "Bob", 380).await;
    people(&ann, &["Ann", "Bob"]).await;
    people(&bob, &["Ann", "Bob"]).await;

    ann.type_line("Is anybody here?").await;
    assert_eq!(said(&bob, 1).await, ["Is anybody here?"]);
    bob.type_line("<b>I am</b> & '\"👋 \u{2028}").await;
    assert_eq!(said(&ann, 1).await, ["<b>I am</b> & '\"👋"]);
    assert_eq!(bob.texts("#log .said .who").await, ["Ann"]);

    let eve = site.join("Eve").await;
    people(&ann, &["Ann", "Bob", "Eve"]).await;
    resume(&site, &relay, &ann, &bob, &eve).await;
    burst(&site, &relay, &ann, &bob).await;
    begin_anew(site, &relay, &ann, &bob).await;
    browser.check();
}

/// Cuts the connections of both pages while all talk: each line arrives once, and in order.
async fn resume(site: &Site, relay: &Relay, ann: &Page, bob: &Page, eve: &RemoteProxy) {
    let mut heard = eve.subscribe("said");
    relay.cut();
    ann.until(LOST).await;
    bob.until(LOST).await;
    for i in 0..3 {
        ann.type_line(&format!("away {i}")).await;
        let text = format!("meanwhile {i}");
        eve.call::<()>("say", (text,)).await.expect("it is said");
    }
    relay.restore(site.page);
    for page in [ann, bob] {
        note(page, "Connected again. Nothing was missed.").await;
    }
    let to_ann = [
        vec!["<b>I am</b> & '\"👋".to_owned()],
        numbered("meanwhile", 3),
    ];
    assert_eq!(said(ann, 4).await, to_ann.concat());
    all_sent(ann).await;
    // Each side's own order is kept; what the two said at once may be mixed.
    let to_bob = said(bob, 7).await;
    let of = |what: &str| -> Vec<String> {
        let lines = to_bob.iter().filter(|line| line.starts_with(what));
        lines.cloned().collect()
    };
    assert_eq!(of("meanwhile"), numbered("meanwhile", 3));
    assert_eq!(of("away"), numbered("away", 3));
    assert_eq!(to_bob.len(), 7);
    for i in 0..3 {
        let line: (String, String) = heard.recv_as().await.expect("it goes on").expect("texts");
        assert_eq!(line, ("Ann".to_owned(), format!("away {i}")));
    }
    people(ann, &["Ann", "Bob", "Eve"]).await;
    people(bob, &["Ann", "Bob", "Eve"]).await;
}

/// Cuts the connections in the midst of what is said, several times over.
async fn burst(site: &Site, relay: &Relay, ann: &Page, bob: &Page) {
    let before = (said(ann, 4).await.len(), said(bob, 7).await.len());
    for round in 0..ROUNDS {
        let mut losses = [0; 2];
        for (page, losses) in [ann, bob].into_iter().zip(&mut losses) {
            page.until(ONLINE).await;
            *losses = lost(page).await;
        }
        for i in 0..LINES {
            let text = format!("line {}", round * LINES + i);
            tokio::join!(ann.type_line(&text), bob.type_line(&text));
            if i == LINES / 2 {
                relay.cut();
                relay.restore(site.page);
            }
        }
        // A page may be online still, and learn of the cut only now: the next round would cut
        // what is cut already.
        for (page, losses) in [ann, bob].into_iter().zip(losses) {
            page.until(&format!("{LOSSES} > {losses}")).await;
        }
    }
    let lines = numbered("line", ROUNDS * LINES);
    for (page, before) in [(ann, before.0), (bob, before.1)] {
        all_sent(page).await;
        assert_eq!(said(page, before + lines.len()).await[before..], lines);
    }
}

/// Starts another server in the place of the first, which knows nothing of the sessions.
async fn begin_anew(site: Site, relay: &Relay, ann: &Page, bob: &Page) {
    relay.cut();
    site.stop().await;
    let mut second = Site::start().await;
    relay.restore(second.page);
    for page in [ann, bob] {
        note(page, "A new one has begun").await;
        people(page, &["Ann", "Bob"]).await;
    }
    let before = (said(ann, 0).await.len(), said(bob, 0).await.len());
    ann.type_line("Still there?").await;
    assert_eq!(
        said(bob, before.1 + 1).await.last().map(String::as_str),
        Some("Still there?")
    );
    bob.type_line("Yes.").await;
    assert_eq!(
        said(ann, before.0 + 1).await.last().map(String::as_str),
        Some("Yes.")
    );
    // Each asked for its old session once.
    assert_eq!(second.handshakes("session"), 2);
    second.stop().await;
}
