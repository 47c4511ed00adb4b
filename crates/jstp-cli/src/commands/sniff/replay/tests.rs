use jstp_transport::{IntoConnector, memory};

use super::*;

/// Replays entries against a server that answers each message by what `answer` says.
async fn replay(
    entries: &[(Side, &'static str)],
    answer: impl Fn(&str) -> Vec<&'static str> + Send + 'static,
) -> (Found, Vec<Difference>) {
    let (mut listener, connector) = memory::listener();
    tokio::spawn(async move {
        use jstp_transport::Listener;
        let mut transport = listener.accept().await.into_transport().await.unwrap();
        while let Some(Ok(bytes)) = transport.next().await {
            for text in answer(std::str::from_utf8(&bytes).unwrap()) {
                transport.send(text.into()).await.unwrap();
            }
        }
    });
    let connector = connector.into_connector().unwrap();
    let mut replay = Replay::new(connector, TransportOptions::default());
    let mut differences = Vec::new();
    let mut tell = |_: u64, difference: &Difference| {
        differences.push(match difference {
            Difference::Missing(bytes) => Difference::Missing(bytes.clone()),
            Difference::Unexpected(bytes) => Difference::Unexpected(bytes.clone()),
            Difference::Other { recorded, now } => Difference::Other {
                recorded: recorded.clone(),
                now: now.clone(),
            },
            other => panic!("{other:?}"),
        });
        Ok(())
    };
    for (from, text) in entries {
        let entry = Entry {
            connection: 1,
            at: Duration::ZERO,
            what: What::Message {
                from: *from,
                bytes: Bytes::from_static(text.as_bytes()),
            },
        };
        replay.step(&entry, &mut tell).await.unwrap();
    }
    let found = replay.finish(&mut tell).await.unwrap();
    (found, differences)
}

const RECORDED: [(Side, &str); 5] = [
    (Side::Client, "{handshake:[0,'app']}"),
    (Side::Server, "{handshake:[0],ok:'S1'}"),
    (Side::Client, "{call:[1,'i'],m:[]}"),
    (Side::Server, "{event:[-1,'i'],e:[]}"),
    (Side::Server, "{callback:[1],ok:[1]}"),
];

#[tokio::test(start_paused = true)]
async fn a_server_that_says_the_same_in_another_order_makes_no_difference() {
    let (found, differences) = replay(&RECORDED, |text| {
        if text.contains("handshake") {
            vec!["{handshake:[0],ok:'S2'}"]
        } else {
            vec!["{callback:[1],ok:[1]}", "{event:[-1,'i'],e:[]}"]
        }
    })
    .await;
    assert_eq!(differences, []);
    assert_eq!((found.sent, found.compared, found.differences), (2, 3, 0));
}

#[tokio::test(start_paused = true)]
async fn what_differs_is_missing_or_is_new_is_told() {
    let (found, differences) = replay(&RECORDED, |text| {
        if text.contains("handshake") {
            vec!["{handshake:[0],ok:'S2'}"]
        } else {
            vec!["{callback:[1],ok:[2]}", "{event:[-1,'i'],other:[]}"]
        }
    })
    .await;
    assert_eq!(
        differences,
        [
            Difference::Missing("{event:[-1,'i'],e:[]}".into()),
            Difference::Other {
                recorded: "{callback:[1],ok:[1]}".into(),
                now: "{callback:[1],ok:[2]}".into()
            },
            Difference::Unexpected("{event:[-1,'i'],other:[]}".into()),
        ]
    );
    assert_eq!(found.differences, 3);
}
