//! Broadcasts to clients that follow the log of events and fall out of it, on several threads.

use std::sync::{Arc, Mutex};

use jstp::{Application, Connection, Interface, ServerOptions, SessionLimits};

use super::support::{Over, Site, client, until, within};

const CLIENTS: usize = 16;

/// What a client has got, in order: the number of each event, and whether it was for this client alone.
type Got = Arc<Mutex<Vec<(u32, bool)>>>;

/// Clients of a server whose sessions have room to follow the log now and then.
async fn clients(over: Over, messages: usize) -> (Site, Vec<(Connection, Got)>) {
    let limits = SessionLimits::default().with_max_buffered_messages(messages);
    let options = ServerOptions::new([Application::new("app").unwrap()]);
    let site = Site::new(over, options.with_session_limits(limits)).await;
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        let got = Got::default();
        let (all, own) = (got.clone(), got.clone());
        let news = Interface::new()
            .event("line", move |number: u32, _: String| {
                all.lock().unwrap().push((number, false));
            })
            .event("own", move |number: u32| {
                own.lock().unwrap().push((number, true));
            });
        let application = Application::new("client").unwrap().interface("news", news);
        let connection = site
            .connect_with(client().with_application(application))
            .await;
        clients.push((connection, got));
    }
    (site, clients)
}

/// The server's side of the clients, in the order in which they came.
fn sorted(site: &Site) -> Vec<Connection> {
    let mut clients = site.server.get_clients();
    clients.sort_by_key(Connection::id);
    clients
}

/// Broadcasts, and behind each event emits another one to one of the clients. Some are too long for the log.
async fn speak(site: &Site, clients: &[Connection], numbers: std::ops::Range<u32>) {
    for number in numbers {
        let len = if number % 50 == 0 { 20_000 } else { 10 };
        let text = "x".repeat(len);
        let report = site.server.broadcast("news", "line", (number, text)).await;
        assert_eq!(report.unwrap().ended, 0);
        let one = &clients[number as usize % clients.len()];
        one.emit("news", "own", (number,)).await.unwrap();
        if number % 97 == 0 {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn everybody_gets_everything_in_order() {
    for (over, messages) in [(Over::Memory, 300), (Over::Tcp, 700), (Over::Tcp, 10_000)] {
        within(async {
            let (site, clients) = clients(over, messages).await;
            speak(&site, &sorted(&site), 0..3000).await;
            for (index, (_, got)) in clients.iter().enumerate() {
                let expected: Vec<_> = (0..3000)
                    .flat_map(|number: u32| {
                        let own = number as usize % CLIENTS == index;
                        std::iter::once((number, false)).chain(own.then_some((number, true)))
                    })
                    .collect();
                until(|| got.lock().unwrap().len() >= expected.len()).await;
                assert_eq!(*got.lock().unwrap(), expected, "{index} of {over:?}");
            }
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn who_is_cut_and_comes_back_gets_nothing_twice_and_nothing_out_of_order() {
    within(async {
        let (site, clients) = clients(Over::Memory, 700).await;
        let theirs = sorted(&site);
        let cut_now_and_then = async {
            let (_, got) = &clients[0];
            for number in (0..2500).step_by(250) {
                until(|| got.lock().unwrap().last() >= Some(&(number, false))).await;
                site.cut();
            }
        };
        tokio::join!(speak(&site, &theirs, 0..3000), cut_now_and_then);
        // Who is still on the way back misses some.
        for number in 3000.. {
            let got = clients.iter().map(|(_, got)| got.lock().unwrap());
            if got
                .into_iter()
                .all(|got| got.last() >= Some(&(3000, false)))
            {
                break;
            }
            speak(&site, &theirs, number..number + 1).await;
            tokio::task::yield_now().await;
        }
        for (_, got) in &clients {
            let got = got.lock().unwrap();
            assert!(got.is_sorted_by(|one, next| one < next), "{got:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn who_comes_while_events_are_broadcast_gets_all_from_some_place_on() {
    within(async {
        let options = ServerOptions::new([Application::new("app").unwrap()]);
        let site = Site::new(Over::Memory, options).await;
        let server = site.server.clone();
        let broadcasting = tokio::spawn(async move {
            for number in 0_u32.. {
                let report = server.broadcast("news", "line", (number,)).await;
                report.unwrap();
                tokio::task::yield_now().await;
            }
        });
        for _ in 0..100 {
            let mut raw = site.raw().await;
            raw.send("{handshake:[0,'app'],anonymous:[]}").await;
            let answer = raw.receive().await.unwrap();
            let session = answer
                .strip_prefix("{handshake:[0],ok:'")
                .and_then(|rest| rest.strip_suffix("'}"))
                .unwrap();
            let first = number(&raw.receive().await.unwrap(), 1);
            for id in 2..20 {
                let message = raw.receive().await.unwrap();
                assert_eq!(number(&message, id), first + id - 1);
            }
            // The same of one that comes back while the events go on.
            let mut again = site.raw().await;
            let resume = format!("{{handshake:[0,'app'],session:['{session}',10]}}");
            again.send(&resume).await;
            let answer = again.receive().await.unwrap();
            assert_eq!(answer, "{handshake:[0],ok:0}");
            for id in 11..30 {
                let message = again.receive().await.unwrap();
                assert_eq!(number(&message, id), first + id - 1);
            }
        }
        broadcasting.abort();
    })
    .await;
}

/// The number in the event of this id.
fn number(message: &str, id: u32) -> u32 {
    let rest = message.strip_prefix(&format!("{{event:[-{id},'news'],line:["));
    let number = rest.and_then(|rest| rest.strip_suffix("]}"));
    number
        .and_then(|number| number.parse().ok())
        .unwrap_or_else(|| panic!("{message} is not event {id}"))
}
