//! Every limit, and what its documentation says happens there.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::{FutureExt, SinkExt};
use jstp::{
    CallError, CallOptions, CloseReason, Connection, ConnectionOptions, EmitError, EngineConfig,
    Interface, RemoteError, SendError, ServerEvent, ServerOptions, SessionLimits, TransportOptions,
    WhenFull, net,
};

use super::support::{
    Counter, Over, Site, app, assert_answered, client, session_count, until, within, within_days,
};

#[tokio::test]
async fn connections_beyond_the_limit_are_closed_at_once() {
    within(async {
        for over in [Over::Tcp, Over::Memory] {
            let options = ServerOptions::new([app()]).with_max_connections(2);
            let site = Site::new(over, options).await;
            let mut events = site.server.events();
            let first = site.connect().await;
            // One that is in the handshake counts as well.
            let silent = site.raw().await;
            let refused = net::connect("app", client(), site.target.clone()).await;
            assert!(refused.is_err());
            let limit = |event: &ServerEvent| matches!(event, ServerEvent::ConnectionLimit { .. });
            while !limit(&events.recv().await.unwrap()) {}
            drop(silent);
            let mut second = None;
            while second.is_none() {
                second = net::connect("app", client(), site.target.clone())
                    .await
                    .ok();
            }
            assert_answered(&first).await;
        }
    })
    .await;
}

#[tokio::test]
async fn calls_beyond_the_running_handlers_are_answered_with_an_error() {
    within(async {
        let connection = ConnectionOptions::default()
            .with_max_running_handlers(3)
            .with_max_waiting_bytes(0);
        let options = ServerOptions::new([app()]).with_connection(connection);
        let site = Site::in_memory(options).await;
        let connection = site.connect().await;
        let mut held = Vec::new();
        for _ in 0..3 {
            let mut call = Box::pin(connection.call::<()>("calc", "never", ()));
            assert!(futures_util::poll!(&mut call).is_pending());
            held.push(call);
        }
        let refused = connection
            .call::<()>("calc", "never", ())
            .await
            .unwrap_err();
        assert_too_many(&refused);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn calls_beyond_the_running_handlers_wait_in_order_and_answers_are_still_taken() {
    within_days(async {
        let order = Arc::new(Mutex::new(Vec::new()));
        let seen = order.clone();
        let ask = Interface::new().method("ask", move |connection: Connection, n: i64| {
            let seen = seen.clone();
            async move {
                let answer: i64 = connection.call("calc", "add", (n, n)).await?;
                seen.lock().unwrap().push(n);
                Ok::<_, RemoteError>(answer)
            }
        });
        let connection = ConnectionOptions::default().with_max_running_handlers(2);
        let options = ServerOptions::new([app().interface("ask", ask)]).with_connection(connection);
        let site = Site::in_memory(options).await;
        let connection = site.connect_with(client().with_application(app())).await;
        let calls = (0..50).map(|n| connection.call::<i64>("ask", "ask", (n,)));
        let answers = join_all(calls).await;
        for (n, answer) in (0..50).zip(answers) {
            assert_eq!(answer.unwrap(), 2 * n);
        }
        assert_eq!(*order.lock().unwrap(), (0..50).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn running_handlers_may_hold_only_so_much_of_their_arguments() {
    within(async {
        let hold = Interface::new().method("hold", async |_text: String| {
            std::future::pending::<()>().await;
        });
        let connection = ConnectionOptions::default()
            .with_max_running_bytes(4000)
            .with_max_waiting_bytes(0);
        let options =
            ServerOptions::new([app().interface("hold", hold)]).with_connection(connection);
        let site = Site::in_memory(options).await;
        let connection = site.connect().await;
        let long = "x".repeat(30_000);
        // The first may be as long as it likes, since nothing else is running.
        let mut first = Box::pin(connection.call::<()>("hold", "hold", (&long,)));
        assert!(futures_util::poll!(&mut first).is_pending());
        let refused = connection
            .call::<()>("hold", "hold", (&long,))
            .await
            .unwrap_err();
        assert_too_many(&refused);
    })
    .await;
}

#[tokio::test]
async fn one_handler_with_long_arguments_does_not_hold_back_the_others() {
    within(async {
        let hold = Interface::new().method("hold", async |_text: String| {
            std::future::pending::<()>().await;
        });
        let site = Site::in_memory([app().interface("hold", hold)]).await;
        let connection = site.connect().await;
        let long = "x".repeat(4 * 1024 * 1024);
        let mut first = Box::pin(connection.call::<()>("hold", "hold", (&long,)));
        assert!(futures_util::poll!(&mut first).is_pending());
        let sum: i64 = connection.call("calc", "add", (1, 2)).await.unwrap();
        assert_eq!(sum, 3);
    })
    .await;
}

fn assert_too_many(refused: &CallError) {
    let refused = refused.remote().unwrap();
    assert_eq!(
        (refused.code(), refused.message()),
        (Some(1), "Too many calls in flight")
    );
}

#[tokio::test(start_paused = true)]
async fn events_beyond_the_running_handlers_wait_with_everything_behind_them() {
    within_days(async {
        let (begun, count) = (Counter::default(), Counter::default());
        let counts = (begun.clone(), count.clone());
        let slow = Interface::new().event("work", move || {
            let (begun, count) = counts.clone();
            async move {
                begun.add();
                tokio::time::sleep(Duration::from_secs(1)).await;
                count.add();
            }
        });
        let connection = ConnectionOptions::default()
            .with_max_running_handlers(2)
            .with_max_waiting_bytes(150);
        let options =
            ServerOptions::new([app().interface("slow", slow)]).with_connection(connection);
        let site = Site::in_memory(options).await;
        let connection = site.connect().await;
        let start = tokio::time::Instant::now();
        for _ in 0..10 {
            connection.emit("slow", "work", ()).await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(begun.get(), 2);
        until(|| count.get() == 10).await;
        assert!(
            (5.0..5.1).contains(&start.elapsed().as_secs_f64()),
            "{:?}",
            start.elapsed()
        );
    })
    .await;
}

#[tokio::test]
async fn calls_of_ours_beyond_the_limit_fail_on_the_spot() {
    within(async {
        let site = Site::in_memory([app()]).await;
        let engine = EngineConfig::default().with_max_calls(2);
        let options = ConnectionOptions::default().with_engine(engine);
        let connection = site.connect_with(client().with_connection(options)).await;
        let call = || connection.call::<()>("calc", "never", ());
        let (mut one, mut two) = (Box::pin(call()), Box::pin(call()));
        assert!(futures_util::poll!(&mut one).is_pending());
        assert!(futures_util::poll!(&mut two).is_pending());
        let refused = call().await;
        assert!(
            matches!(refused, Err(CallError::Send(SendError::TooManyCalls))),
            "{refused:?}"
        );
        // One that is given up makes room.
        drop(one);
        assert_answered(&connection).await;
    })
    .await;
}

#[tokio::test]
async fn a_full_buffer_makes_senders_wait_or_fail_as_they_chose() {
    within(async {
        let count = Counter::default();
        let counting = count.clone();
        let log = Interface::new().event("line", move |_n: u32| {
            counting.add();
        });
        let site = Site::in_memory([app().interface("log", log)]).await;
        let limits = SessionLimits::default().with_max_buffered_messages(10);
        let client = client().with_session_limits(limits).without_reconnector();
        let connection = site.connect_with(client).await;
        let mut taken = 0;
        let full = loop {
            match connection.try_emit("log", "line", (taken,)) {
                Ok(()) => taken += 1,
                Err(full) => break full,
            }
        };
        assert!((8..=10).contains(&taken), "{taken}");
        assert!(matches!(full, EmitError::Send(SendError::Full)), "{full:?}");
        let options = CallOptions::default().with_when_full(WhenFull::Fail);
        let full = connection.call_with("calc", "add", (1, 2), options).await;
        assert!(
            matches!(full, Err(CallError::Send(SendError::Full))),
            "{full:?}"
        );

        // Nothing but acknowledgements makes room, which are asked for.
        for n in 0..500 {
            connection.emit("log", "line", (n,)).await.unwrap();
        }
        let calls = (0..100).map(|n| connection.call::<i64>("calc", "add", (n, n)));
        assert!(join_all(calls).await.iter().all(Result::is_ok));
        assert_eq!(count.get(), taken + 500);
    })
    .await;
}

#[tokio::test]
async fn those_who_wait_for_room_are_told_when_the_connection_is_closed() {
    within(async {
        let site = Site::in_memory([app()]).await;
        let limits = SessionLimits::default().with_max_buffered_messages(10);
        let connection = site
            .connect_with(client().with_session_limits(limits))
            .await;
        connection.detach();
        while connection.try_emit("log", "line", ()).is_ok() {}
        let mut waiting = Box::pin(connection.emit("log", "line", ()));
        assert!(futures_util::poll!(&mut waiting).is_pending());
        connection.close().await;
        let closed = waiting.await.unwrap_err();
        assert!(
            matches!(closed, EmitError::Send(SendError::Closed)),
            "{closed:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn messages_beyond_the_limit_close_the_transport_or_are_not_sent() {
    within(async {
        let transport = TransportOptions::default().with_max_message_size(1_000);
        let options = ServerOptions::new([app()]).with_transport(transport);
        let site = Site::new(Over::Tcp, options).await;
        let mut events = site.server.events();
        let connection = site.connect_with(client().without_reconnector()).await;
        let ok: String = connection
            .call("calc", "echo", ("x".repeat(900),))
            .await
            .unwrap();
        assert_eq!(ok.len(), 900);
        connection
            .emit("log", "line", ("x".repeat(2_000),))
            .await
            .unwrap();
        let reason = loop {
            if let ServerEvent::ConnectionError { reason, .. } = events.recv().await.unwrap() {
                break reason;
            }
        };
        assert!(matches!(reason, CloseReason::Transport(_)), "{reason}");

        let engine = EngineConfig::default().with_max_message_size(1_000);
        let options = ConnectionOptions::default().with_engine(engine);
        let connection = site.connect_with(client().with_connection(options)).await;
        let long = connection
            .emit("log", "line", ("x".repeat(2_000),))
            .await
            .unwrap_err();
        assert!(
            matches!(long, EmitError::Send(SendError::TooLong { .. })),
            "{long:?}"
        );
        assert!(connection.is_connected());
    })
    .await;
}

#[tokio::test]
async fn a_message_that_nests_too_deep_closes_the_connection() {
    within(async {
        let site = Site::in_memory([app()]).await;
        let (mut raw, _session) = site.raw_client().await;
        let deep = |levels| {
            format!(
                "{{event:[1,'log'],line:[{}{}]}}",
                "[".repeat(levels),
                "]".repeat(levels)
            )
        };
        raw.send(&deep(100)).await;
        raw.send("{call:[2,'calc'],add:[1,2]}").await;
        assert_eq!(
            raw.receive().await.as_deref(),
            Some("{callback:[2],ok:[3]}")
        );
        raw.send(&deep(200)).await;
        assert_eq!(raw.receive().await, None);
    })
    .await;
}

#[tokio::test]
async fn a_peer_that_pings_and_reads_nothing_is_not_read_for_ever() {
    within(async {
        let engine = EngineConfig::default().with_max_answer_bytes(1_000);
        let connection = ConnectionOptions::default().with_engine(engine);
        let options = ServerOptions::new([app()]).with_connection(connection);
        let site = Site::in_memory(options).await;
        for message in [
            "{ping:[1]}",
            "{inspect:[1,'calc']}",
            "{call:[1,'calc'],nothing:[]}",
        ] {
            let (mut raw, _session) = site.raw_client().await;
            let flood = async {
                for sent in 0..100_000 {
                    let sending = raw.transport.send(message.into());
                    let stuck = tokio::time::timeout(Duration::from_millis(200), sending);
                    if stuck.await.is_err() {
                        return Some(sent);
                    }
                }
                None
            };
            let stuck = flood.await.expect("the flood is stemmed");
            assert!(stuck < 2_000, "{message}: {stuck}");
            // Reading again sets it free.
            for _ in 0..stuck {
                assert!(raw.receive().await.is_some());
            }
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_nothing_is_closed_after_the_write_timeout() {
    within_days(async {
        let site = Site::in_memory([app()]).await;
        let mut events = site.server.events();
        let (_deaf, _session) = site.raw_client().await;
        let theirs = site.server.get_clients().remove(0);
        let start = tokio::time::Instant::now();
        for n in 0..200 {
            theirs.try_emit("news", "line", (n,)).unwrap();
        }
        let reason = loop {
            if let ServerEvent::ConnectionError { reason, .. } = events.recv().await.unwrap() {
                break reason;
            }
        };
        assert!(matches!(reason, CloseReason::WriteTimeout), "{reason}");
        assert_eq!(start.elapsed().as_secs(), 60);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn sessions_beyond_max_detached_leave_memory_early() {
    within_days(async {
        let options = ServerOptions::new([app()]).with_max_detached(2);
        let site = Site::in_memory(options).await;
        let mut events = site.server.events();
        let mut connections = Vec::new();
        for _ in 0..4 {
            let connection = site.connect_with(client().without_reconnector()).await;
            session_count(&connection).await;
            connection.detach();
            tokio::time::sleep(Duration::from_secs(1)).await;
            connections.push(connection);
        }
        while events.recv().now_or_never().is_some() {}
        for (n, connection) in connections.iter().enumerate() {
            net::reconnect(connection, site.target.clone())
                .await
                .unwrap();
            assert_eq!(session_count(connection).await, 2);
            let mut restored = false;
            while let Some(event) = events.recv().now_or_never() {
                restored |= matches!(event, Some(ServerEvent::RestoreSession { .. }));
            }
            assert_eq!(restored, n < 2, "{n}");
        }
    })
    .await;
}
