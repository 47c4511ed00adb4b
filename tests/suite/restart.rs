//! A server that is restarted with the same storage while clients are at work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jstp::transport::{Connected, Error, TransportOptions};
use jstp::{
    Application, CallError, Connector, Interface, ServerOptions, SimpleSessionStorageProvider, net,
};

use super::support::{DEADLINE, Over, Seen, Site, app, client, until, within};

/// Goes to whichever server runs at the time.
#[derive(Debug, Clone, Default)]
struct Current(Arc<std::sync::Mutex<Option<Arc<dyn Connector>>>>);

impl Current {
    fn set(&self, target: Option<Arc<dyn Connector>>) {
        *self.0.lock().unwrap() = target;
    }
}

#[async_trait]
impl Connector for Current {
    async fn connect(&self, options: &TransportOptions) -> Result<Connected, Error> {
        let target = self.0.lock().unwrap().clone();
        match target {
            Some(target) => target.connect(options).await,
            None => Err(Error::other("no server runs")),
        }
    }

    fn target(&self) -> String {
        "the current server".to_owned()
    }
}

/// Numbers by the order in which events and calls brought them.
fn recorder(lines: &Seen<u32>, calls: &Seen<u32>) -> Application {
    let (lines, calls) = (lines.clone(), calls.clone());
    let log = Interface::new()
        .event("line", move |n: u32| lines.push(n))
        .method("made", move |n: u32| {
            calls.push(n);
            n
        });
    app().interface("log", log)
}

async fn restarts(over: Over) {
    let storage = Arc::new(SimpleSessionStorageProvider::new());
    let (lines, calls) = (Seen::default(), Seen::default());
    let application = recorder(&lines, &calls);
    let start = async || {
        let options = ServerOptions::new([application.clone()])
            .with_session_storage(storage.clone())
            .with_handshake_timeout(DEADLINE);
        Site::new(over, options).await
    };
    let current = Current::default();
    let mut site = start().await;
    current.set(Some(site.target.clone()));
    let connection = net::connect("app", client(), current.clone())
        .await
        .unwrap();
    let mut news = connection.proxy("news").subscribe("line");
    let session = connection.session_id();

    let stop = Arc::new(AtomicBool::new(false));
    let work = async {
        let (mut emitted, mut answered, mut lost) = (0, Vec::new(), Vec::new());
        while !stop.load(Ordering::SeqCst) {
            connection.emit("log", "line", (emitted,)).await.unwrap();
            match connection.call::<u32>("log", "made", (emitted,)).await {
                Ok(n) => answered.push(n),
                // It may have been made or not, but not twice.
                Err(CallError::CallbackLost) => lost.push(emitted),
                Err(error) => panic!("{error}"),
            }
            let resent = connection
                .call_with_resend::<i64>("calc", "add", (emitted, 1))
                .await;
            assert_eq!(resent.unwrap(), i64::from(emitted) + 1);
            emitted += 1;
        }
        (emitted, answered, lost)
    };
    let restarting = async {
        for round in 0..5_u32 {
            // The work goes on in between.
            let before = calls.len();
            until(|| calls.len() >= before + 10).await;
            site.server
                .broadcast("news", "line", (2 * round,))
                .await
                .unwrap();
            current.set(None);
            site.server.shutdown(Duration::from_secs(5)).await;
            site = start().await;
            current.set(Some(site.target.clone()));
            while site.server.get_clients().is_empty() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            site.server
                .broadcast("news", "line", (2 * round + 1,))
                .await
                .unwrap();
        }
        stop.store(true, Ordering::SeqCst);
    };
    let ((emitted, answered, lost), ()) = tokio::join!(work, restarting);
    connection.ping().await.unwrap();
    assert_eq!(lines.all(), (0..emitted).collect::<Vec<_>>());
    let mut made = calls.all();
    assert!(made.is_sorted_by(|one, next| one < next), "{made:?}");
    made.retain(|n| !lost.contains(n));
    assert_eq!(made, answered);
    for n in 0..10 {
        let args = news.recv().await.unwrap().unwrap();
        assert_eq!(args.parse::<(u32,)>().unwrap(), (n,));
    }
    assert_eq!(connection.session_id(), session);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_lost_and_nothing_comes_twice_over_tcp() {
    within(restarts(Over::Tcp)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_lost_and_nothing_comes_twice_in_memory() {
    within(restarts(Over::Memory)).await;
}
