use futures_util::SinkExt;
use jstp_transport::memory;
use tokio::time::timeout;

use super::super::journal::{Entries, journal};
use super::*;

const DEADLINE: Duration = Duration::from_secs(100);

/// A client, a server, and the relay between them.
fn relayed() -> (BoxTransport, BoxTransport, Entries) {
    let (client, near_client) = memory::pair();
    let (near_server, server) = memory::pair();
    let (journal, entries) = journal(false);
    tokio::spawn(async move {
        relay(Box::pin(near_client), Box::pin(near_server), 1, &journal).await;
    });
    (Box::pin(client), Box::pin(server), entries)
}

async fn receive(transport: &mut BoxTransport) -> Option<Bytes> {
    let next = timeout(DEADLINE, transport.next()).await.expect("in time");
    next.map(|frame| frame.unwrap())
}

#[tokio::test]
async fn frames_pass_as_they_are_in_both_directions() {
    let (mut client, mut server, _entries) = relayed();
    for frame in [
        &b"{handshake:[0,'app']}"[..],
        b"",
        b"{{{ \xff\xfe",
        b" [ ] ",
    ] {
        client.send(Bytes::from_static(frame)).await.unwrap();
        assert_eq!(receive(&mut server).await.unwrap(), frame);
        server.send(Bytes::from_static(frame)).await.unwrap();
        assert_eq!(receive(&mut client).await.unwrap(), frame);
    }
}

#[tokio::test]
async fn a_side_that_closed_still_receives() {
    let (mut client, mut server, entries) = relayed();
    client.send("{last:[]}".into()).await.unwrap();
    client.close().await.unwrap();
    assert_eq!(receive(&mut server).await.unwrap(), "{last:[]}");
    assert_eq!(receive(&mut server).await, None);
    server.send("{answer:[]}".into()).await.unwrap();
    assert_eq!(receive(&mut client).await.unwrap(), "{answer:[]}");
    server.close().await.unwrap();
    assert_eq!(receive(&mut client).await, None);
    let whats = tokio::task::spawn_blocking(move || {
        let mut entries = entries;
        std::iter::from_fn(move || entries.next().map(|noted| noted.entry.what)).collect::<Vec<_>>()
    });
    let whats = timeout(DEADLINE, whats).await.unwrap().unwrap();
    assert_eq!(whats.len(), 4, "{whats:?}");
    assert_eq!(whats[1], What::Close { by: Side::Client });
    assert_eq!(whats[3], What::Close { by: Side::Server });
}

#[tokio::test]
async fn a_side_is_read_no_faster_than_the_other_takes_it() {
    let (mut client, mut server, _entries) = relayed();
    let frame = Bytes::from(vec![b' '; 64 * 1024]);
    let mut sent = 0;
    let flood = async {
        loop {
            client.send(frame.clone()).await.unwrap();
            sent += 1;
        }
    };
    assert!(timeout(Duration::from_millis(300), flood).await.is_err());
    // Each of the two pairs in memory holds some.
    assert!(sent < 300, "{sent} frames of 64 KiB are held somewhere");
    assert_eq!(receive(&mut server).await.unwrap().len(), frame.len());
}
