//! Messages that parse and mean nothing.

use jstp::ConnectionEvent;

use crate::common::{Host, client_of_raw_server, goes_on};
use crate::raw_peer::within;

#[tokio::test]
async fn unknown_kinds_and_odd_ids_are_rejected_and_the_connection_goes_on() {
    let host = Host::new().await;
    let mut peer = host.join().await;
    let odd = [
        "'1'",
        "null",
        "true",
        "1.5",
        "NaN",
        "Infinity",
        "1e300",
        "[]",
        "{}",
        "",
        "9007199254740993",
    ];
    let kinds = ["call", "event", "inspect", "ping", "pong", "callback"];
    let mut texts: Vec<String> = odd
        .iter()
        .flat_map(|id| kinds.map(|kind| format!("{{{kind}:[{id}],log:[1]}}")))
        .collect();
    texts.extend(
        [
            "{state:[1,'a'],inc:1}",
            "{a:1}",
            "{'':[]}",
            "{call:{}}",
            "{event:5}",
        ]
        .map(String::from),
    );
    texts.extend(
        [
            "{callback:[77],ok:[]}",
            "{pong:[-77]}",
            "{callback:[0],ok:[]}",
        ]
        .map(String::from),
    );
    for (id, text) in (1..).zip(&texts) {
        peer.send(text).await;
        goes_on(&mut peer, id).await;
    }
    assert!(host.seen.all().is_empty());
}

#[tokio::test]
async fn answers_to_nothing_are_rejected_by_a_client_and_it_goes_on() {
    let (connection, mut peer) = client_of_raw_server().await;
    let mut events = connection.events();
    let answers = [
        "{callback:[5],ok:[1]}",
        "{callback:[-1],ok:[1]}",
        "{callback:[0],error:[1]}",
    ];
    for answer in answers {
        peer.send(answer).await;
        loop {
            let event = within(events.recv())
                .await
                .expect("the connection is there");
            if let ConnectionEvent::MessageRejected { message, .. } = event {
                assert_eq!(message, answer);
                break;
            }
        }
    }
    let call = connection.call::<i64>("calc", "answer", ());
    let answer = async {
        peer.expect("{call:[1,'calc'],answer:[]}").await;
        peer.send("{callback:[1],ok:[42]}").await;
    };
    assert_eq!(tokio::join!(call, answer).0.expect("an answer"), 42);
}

#[tokio::test]
async fn acknowledgements_of_anything_cost_nothing() {
    let host = Host::new().await;
    let mut peer = host.join().await;
    for (id, pong) in (1..).zip(["1e9", "-9007199254740991", "9007199254740991", "Infinity"]) {
        peer.send(&format!("{{pong:[{pong}]}}")).await;
        peer.send(&format!("{{callback:[{pong}],ok:[]}}")).await;
        goes_on(&mut peer, id).await;
    }
    // Nothing had been sent, so nothing is acknowledged.
    let client = host.server.get_clients().remove(0);
    assert_eq!(client.session().snapshot().acknowledged(), 0);
}
