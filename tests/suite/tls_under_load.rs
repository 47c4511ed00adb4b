//! What happens to certificates while clients are served.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use jstp::tls::{ClientSettings, Identity, ServerSettings};
use jstp::transport::Address;
use jstp::{
    Client, Connection, Server, ServerEvent, ServerEvents, ServerOptions, TransportOptions, net,
};
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, date_time_ymd};
use tokio::task::JoinSet;

use super::support::{DEADLINE, app, assert_answered, client, within};
use crate::certificates::{Authority, self_signed};

/// A server that listens by TLS and by secure WebSocket.
async fn server(settings: ServerSettings) -> (Server, Vec<Address>) {
    let transport = TransportOptions::default().with_tls_server(settings);
    let options = ServerOptions::new([app()])
        .with_transport(transport)
        .with_handshake_timeout(DEADLINE);
    let server = net::create_server(options);
    for scheme in ["jstps", "wss"] {
        let url = format!("{scheme}://127.0.0.1:0");
        server.listen(url).await.unwrap();
    }
    let addresses = server.local_addresses();
    (server, addresses)
}

fn with(settings: ClientSettings) -> Client {
    let transport = TransportOptions::default().with_tls_client(settings);
    client().with_transport(transport).without_reconnector()
}

/// Clients that go on calling until they are told to stop; each gives the number of its calls.
struct Callers {
    stop: Arc<AtomicBool>,
    calls: Arc<AtomicUsize>,
    tasks: JoinSet<()>,
}

impl Callers {
    fn new() -> Self {
        Self {
            stop: Arc::default(),
            calls: Arc::default(),
            tasks: JoinSet::new(),
        }
    }

    fn add(&mut self, connection: Connection) {
        let (stop, calls) = (self.stop.clone(), self.calls.clone());
        self.tasks.spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                assert_answered(&connection).await;
                calls.fetch_add(1, Ordering::Relaxed);
            }
            assert!(connection.is_connected());
        });
    }

    /// Waits until so many calls were answered from now on.
    async fn go_on(&self, calls: usize) {
        let goal = self.calls.load(Ordering::Relaxed) + calls;
        super::support::until(|| self.calls.load(Ordering::Relaxed) >= goal).await;
    }

    async fn end(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.tasks.join_all().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_are_replaced_under_load_and_no_call_fails() {
    within(async {
        let authority = Authority::new();
        let (first, der) = authority.issue("127.0.0.1");
        let settings = ServerSettings::new(&first).unwrap();
        let (_server, addresses) = server(settings.clone()).await;
        let mut callers = Callers::new();
        for address in addresses.iter().chain(&addresses) {
            let connected = net::connect("app", with(authority.client()), address).await;
            callers.add(connected.unwrap());
        }
        // Some come and go all the time, with settings that remember the server.
        let mut guests = JoinSet::new();
        for address in addresses.clone() {
            let (stop, settings) = (callers.stop.clone(), authority.client());
            guests.spawn(async move {
                let mut seen = HashSet::new();
                while !stop.load(Ordering::Relaxed) {
                    let connected = net::connect("app", with(settings.clone()), &address).await;
                    let connection = connected.unwrap();
                    assert_answered(&connection).await;
                    seen.extend(connection.peer_certificates().as_slice().first().cloned());
                    connection.close().await;
                }
                seen
            });
        }
        let mut shown = HashSet::from([der]);
        // One that remembers, too, and one that knows nothing.
        let remembering = authority.client();
        for round in 0..200 {
            let (identity, der) = authority.issue("127.0.0.1");
            settings.replace_identity(&identity).unwrap();
            for (address, settings) in addresses
                .iter()
                .zip([remembering.clone(), authority.client()])
            {
                let connected = net::connect("app", with(settings), address).await;
                let connection = connected.unwrap();
                let certificates = connection.peer_certificates();
                let shown = certificates.as_slice();
                assert_eq!(shown, std::slice::from_ref(&der), "{round} {address}");
                assert_answered(&connection).await;
            }
            shown.insert(der);
        }
        callers.go_on(100).await;
        callers.end().await;
        let seen: HashSet<_> = guests.join_all().await.into_iter().flatten().collect();
        assert!(seen.len() > 1 && seen.is_subset(&shown), "{}", seen.len());
    })
    .await;
}

/// For servers, or for clients, alone.
fn only_for(purpose: ExtendedKeyUsagePurpose) -> impl FnOnce(&mut CertificateParams) {
    move |params| params.extended_key_usages = vec![purpose]
}

fn expired(params: &mut CertificateParams) {
    params.not_after = date_time_ymd(2020, 1, 1);
}

fn not_yet_valid(params: &mut CertificateParams) {
    params.not_before = date_time_ymd(4000, 1, 1);
}

/// The next one that does not get in is noted with these words.
async fn is_noted(events: &mut ServerEvents, noted: &str) {
    loop {
        match events.recv().await.unwrap() {
            ServerEvent::HandshakeError { error, .. } => {
                return assert!(error.contains(noted), "{noted}: {error}");
            }
            ServerEvent::Connect(_) | ServerEvent::HandshakeRequest { .. } => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_with_certificates_that_are_not_right_disturb_nobody() {
    within(async {
        let (ours, theirs, stranger) = (Authority::new(), Authority::new(), Authority::new());
        let settings = ours.server().with_client_ca_pem(theirs.pem().as_bytes());
        let (server, addresses) = server(settings.unwrap()).await;
        let mut events = server.events();
        let purpose = ExtendedKeyUsagePurpose::ClientAuth;
        let right = theirs.issue_with("client", only_for(purpose));
        let mut callers = Callers::new();
        for address in &addresses {
            let good = with(ours.client().with_identity(right.clone()));
            callers.add(net::connect("app", good, address).await.unwrap());
        }
        let for_servers = only_for(ExtendedKeyUsagePurpose::ServerAuth);
        let attacks: [(Option<Identity>, &str, &str); 6] = [
            (None, "CertificateRequired", "no certificate"),
            (
                Some(stranger.issue("client").0),
                "UnknownCA",
                "UnknownIssuer",
            ),
            (Some(self_signed("client")), "UnknownCA", "UnknownIssuer"),
            (
                Some(theirs.issue_with("client", expired)),
                "CertificateExpired",
                "expired",
            ),
            (
                Some(theirs.issue_with("client", not_yet_valid)),
                "ertificate",
                "not valid yet",
            ),
            (
                Some(theirs.issue_with("client", for_servers)),
                "ertificate",
                "extended key usage",
            ),
        ];
        for round in 0..40 {
            for (identity, told, noted) in &attacks {
                let settings = match identity {
                    Some(identity) => ours.client().with_identity(identity.clone()),
                    None => ours.client(),
                };
                let address = &addresses[round % addresses.len()];
                loop {
                    let connecting = net::connect("app", with(settings.clone()), address);
                    let error = connecting.await.unwrap_err().to_string();
                    is_noted(&mut events, noted).await;
                    if error.contains(told) {
                        break;
                    }
                    // Who stands still for longer than the server reads on may miss what it says.
                    assert!(error.contains("os error"), "{told}: {error}");
                }
            }
        }
        callers.go_on(100).await;
        callers.end().await;
    })
    .await;
}

#[tokio::test]
async fn servers_with_certificates_that_are_not_right_are_not_trusted() {
    within(async {
        let (ours, stranger) = (Authority::new(), Authority::new());
        let for_clients = only_for(ExtendedKeyUsagePurpose::ClientAuth);
        let name = "127.0.0.1";
        for (identity, told, noted) in [
            (stranger.issue(name).0, "UnknownIssuer", "UnknownCA"),
            (self_signed(name), "UnknownIssuer", "UnknownCA"),
            (
                ours.issue_with(name, expired),
                "expired",
                "CertificateExpired",
            ),
            (
                ours.issue_with(name, not_yet_valid),
                "not valid yet",
                "ertificate",
            ),
            (
                ours.issue_with(name, for_clients),
                "extended key usage",
                "ertificate",
            ),
        ] {
            let (server, addresses) = server(ServerSettings::new(&identity).unwrap()).await;
            let mut events = server.events();
            for address in &addresses {
                let error = net::connect("app", with(ours.client()), address)
                    .await
                    .unwrap_err();
                let error = error.to_string();
                assert!(error.contains(told), "{told}: {error}");
                match events.recv().await.unwrap() {
                    ServerEvent::HandshakeError { error, .. } => {
                        assert!(error.contains(noted), "{noted}: {error}");
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
    })
    .await;
}
