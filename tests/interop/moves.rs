//! Sessions that change their transport.

use std::time::Duration;

use jstp::{Backoff, net};
use serde_json::json;

use crate::npm::NpmPeer;
use crate::place::{Folder, Net, Place};
use crate::support::{OurServer, call, client, connect, within};

/// There and back, by way of all the others.
const WAY: [Net; 8] = [
    Net::Ws,
    Net::Tcp,
    Net::Wss,
    Net::Ws,
    Net::Tls,
    Net::Unix,
    Net::Ws,
    Net::Tcp,
];

/// Our server, listening everywhere; and the places, in the order of the way.
async fn everywhere(folder: &Folder) -> (OurServer, Vec<Place>) {
    let ours = OurServer::start(Net::Tcp).await;
    let mut places = Vec::new();
    for net in [Net::Unix, Net::Tls, Net::Ws, Net::Wss] {
        places.push(ours.listen_also(&Place::anywhere(net, folder)).await);
    }
    places.push(ours.place.clone());
    let on_the_way = |net: &Net| {
        let place = places.iter().find(|place| place.net() == *net);
        place.expect("it listens everywhere").clone()
    };
    let way = WAY.iter().map(on_the_way).collect();
    (ours, way)
}

#[tokio::test]
async fn an_npm_client_moves_its_session_from_tcp_to_websocket_and_back() {
    let peer = NpmPeer::spawn().await;
    let folder = Folder::new();
    let (ours, way) = everywhere(&folder).await;
    let connected = ours.connect_with(&peer, json!({"reconnect": false})).await;
    let client = ours.client().await;
    for (i, place) in way.iter().enumerate() {
        peer.must(json!({"cmd": "cut"})).await;
        peer.notice("close").await;
        within("the loss", client.disconnected()).await;
        let emit = json!({"cmd": "emit", "interface": "feed", "event": "item", "args": [i]});
        peer.must(emit).await;
        within("emit", client.emit("feed", "item", (i,)))
            .await
            .expect("there is room");
        peer.must(place.request(json!({"cmd": "reconnect"}))).await;
        let id = peer.call("session", "id", json!([])).await;
        assert_eq!(id, Ok(json!([connected["session"]])), "{place:?}");
        assert_eq!(peer.notice("event").await["args"], json!([i]), "{place:?}");
        let received = peer.call("events", "received", json!(["feed", "item"]));
        assert_eq!(received.await, Ok(json!([i + 1])), "{place:?}");
    }
    assert_eq!(ours.server.get_clients().len(), 1);
}

#[tokio::test]
async fn our_client_moves_its_session_from_tcp_to_websocket_and_back() {
    let folder = Folder::new();
    let (ours, way) = everywhere(&folder).await;
    // Too patient to come back by itself.
    let patience = Duration::from_secs(3600);
    let client = client().with_reconnector(Backoff::new(patience, patience, Duration::ZERO));
    let connection = connect("testbed", client, &ours.place).await;
    let session = connection.session_id();
    let there = ours.client().await;
    let mut items = connection.proxy("feed").subscribe("item");
    for (i, place) in way.iter().enumerate() {
        connection.detach();
        within("the loss", there.disconnected()).await;
        for side in [&connection, &there] {
            within("emit", side.emit("feed", "item", (i,)))
                .await
                .expect("there is room");
        }
        within("reconnect", net::reconnect(&connection, place.address()))
            .await
            .expect("the session is known");
        let id = call(&connection, "session", "id", ()).await;
        assert_eq!(id.expect("it answers"), session.as_str(), "{place:?}");
        let item = within("an item", items.recv()).await.expect("it goes on");
        let item = item.expect("none is missed").parse::<(usize,)>();
        assert_eq!(item.expect("a number"), (i,), "{place:?}");
        let received = call(&connection, "events", "received", ("feed", "item")).await;
        assert_eq!(received.expect("it answers"), i + 1, "{place:?}");
    }
    assert_eq!(ours.server.get_clients().len(), 1);
}
