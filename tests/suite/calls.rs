//! Calls, handlers and events, seen from both ends.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use jstp::{CallError, CallOptions, Interface, RemoteError, Undefined, value};

use super::support::{
    Counter, Seen, Site, app, application, assert_answered, client, until, within,
};

#[tokio::test]
async fn errors_have_the_codes_of_the_protocol() {
    within(async {
        let site = Site::in_memory([app()]).await;
        let connection = site.connect().await;
        let code = async |interface: &str, method: &str, args: jstp::Value| {
            connection
                .call::<()>(interface, method, args)
                .await
                .unwrap_err()
                .code()
        };
        assert_eq!(code("missing", "add", value!([1, 2])).await, Some(12));
        assert_eq!(code("calc", "missing", value!([1, 2])).await, Some(14));
        for args in [
            value!([]),
            value!([1]),
            value!([1, 2, 3]),
            value!([1, "2"]),
            value!([1, 2.5]),
        ] {
            assert_eq!(code("calc", "add", args).await, Some(17));
        }
        assert_eq!(code("calc", "divide", value!([1, 0])).await, Some(1));
    })
    .await;
}

#[tokio::test]
async fn results_may_be_none_one_or_many() {
    within(async {
        let site = Site::in_memory([app()]).await;
        let connection = site.connect().await;
        let none: Option<i64> = connection.call("calc", "nothing", ()).await.unwrap();
        assert_eq!(none, None);
        connection
            .call::<Undefined>("calc", "nothing", ())
            .await
            .unwrap();
        let all: Vec<jstp::Value> = connection.call_many("calc", "many", ()).await.unwrap();
        assert_eq!(all, [value!(1), value!("two"), value!([3])]);
        let unfit = connection
            .call::<String>("calc", "add", (1, 2))
            .await
            .unwrap_err();
        assert!(matches!(unfit, CallError::Results(_)), "{unfit:?}");
        let raw = connection
            .call_with("calc", "many", (), CallOptions::default())
            .await
            .unwrap();
        assert_eq!((raw.as_str(), raw.count()), ("[1,'two',[3]]", 3));
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_on_the_spot() {
    within(async {
        let site = Site::in_memory([app()]).await;
        let connection = site.connect().await;
        let no_array = connection.call::<()>("calc", "add", 5).await.unwrap_err();
        assert!(matches!(no_array, CallError::Arguments(_)), "{no_array:?}");
        for name in ["", "call"] {
            let unnamable = connection.call::<()>("calc", name, ()).await.unwrap_err();
            assert!(matches!(unnamable, CallError::Send(_)), "{unnamable:?}");
        }
        assert!(connection.emit("calc", "event", ()).await.is_err());
        assert_answered(&connection).await;
    })
    .await;
}

#[tokio::test]
async fn a_handler_that_panics_answers_16_and_harms_nothing_else() {
    within(async {
        let site = Site::in_memory([app()]).await;
        let connection = site.connect().await;
        for _ in 0..3 {
            for method in ["panics", "panicsLater"] {
                let failed = connection.call::<()>("calc", method, ()).await.unwrap_err();
                assert_eq!(failed.code(), Some(RemoteError::INTERNAL_API_ERROR));
            }
            connection.emit("calc", "panics", ()).await.unwrap();
        }
        assert_answered(&connection).await;
        assert!(connection.is_connected());
    })
    .await;
}

#[tokio::test]
async fn slow_handlers_hold_back_no_other() {
    within(async {
        let site = Site::in_memory([app()]).await;
        let connection = site.connect().await;
        let slow = connection.call::<()>("calc", "never", ());
        let mut slow = std::pin::pin!(slow);
        assert!(futures_util::poll!(&mut slow).is_pending());
        for n in 0..100 {
            assert_eq!(
                connection.call::<i64>("calc", "add", (n, 1)).await.unwrap(),
                n + 1
            );
        }
        assert!(slow.now_or_never().is_none());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn calls_run_concurrently() {
    within(async {
        let site = Site::in_memory([app()]).await;
        let connection = site.connect().await;
        let start = tokio::time::Instant::now();
        let calls = (0..500).map(|_| connection.call::<u64>("calc", "sleep", (1000,)));
        for answer in join_all(calls).await {
            assert_eq!(answer.unwrap(), 1000);
        }
        assert!(
            start.elapsed() < Duration::from_millis(1100),
            "{:?}",
            start.elapsed()
        );
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_call_fails_when_its_time_is_over() {
    within(async {
        let site = Site::in_memory([app()]).await;
        let connection = site.connect().await;
        let options = CallOptions::default().with_timeout(Duration::from_secs(5));
        let start = tokio::time::Instant::now();
        let late = connection
            .call_with("calc", "never", (), options.clone())
            .await
            .unwrap_err();
        assert!(matches!(late, CallError::Timeout), "{late:?}");
        assert_eq!(start.elapsed().as_secs(), 5);
        // Time without a connection counts.
        let connection = site.connect_with(client().without_reconnector()).await;
        connection.detach();
        let late = connection
            .call_with("calc", "add", (1, 2), options)
            .await
            .unwrap_err();
        assert!(
            matches!(late, CallError::Timeout | CallError::Closed),
            "{late:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_is_forgotten_but_made() {
    within(async {
        let made = Counter::default();
        let count = made.clone();
        let counting = Interface::new().method("count", move || count.add());
        let site = Site::in_memory([app().interface("counting", counting)]).await;
        let connection = site.connect().await;
        for _ in 0..10 {
            let mut call = Box::pin(connection.call::<usize>("counting", "count", ()));
            assert!(futures_util::poll!(&mut call).is_pending());
        }
        // Not polled at all: not made.
        drop(connection.call::<usize>("counting", "count", ()));
        assert_eq!(
            connection
                .call::<usize>("counting", "count", ())
                .await
                .unwrap(),
            11
        );
        assert_eq!(made.get(), 11);
    })
    .await;
}

#[tokio::test]
async fn calls_may_go_back_and_forth_within_each_other() {
    within(async {
        let ping = Interface::new().method(
            "down",
            async |connection: jstp::Connection, depth: u32| -> Result<u32, CallError> {
                match depth {
                    0 => Ok(0),
                    _ => Ok(connection.call::<u32>("ping", "down", (depth - 1,)).await? + 1),
                }
            },
        );
        let site = Site::in_memory([app().interface("ping", ping.clone())]).await;
        let mine = application("mine").interface("ping", ping);
        let connection = site.connect_with(client().with_application(mine)).await;
        assert_eq!(
            connection.call::<u32>("ping", "down", (50,)).await.unwrap(),
            50
        );
    })
    .await;
}

#[tokio::test]
async fn events_reach_handlers_and_subscribers() {
    within(async {
        let seen = Seen::default();
        let sink = seen.clone();
        let chat = Interface::new().event("said", move |text: String| sink.push(text));
        let site = Site::in_memory([app().interface("chat", chat)]).await;
        let connection = site.connect().await;
        let theirs = site.server.get_clients().remove(0);
        let mut heard = theirs.proxy("chat").subscribe("said");
        connection.emit("chat", "said", ("hello",)).await.unwrap();
        connection.try_emit("chat", "said", ("again",)).unwrap();
        // Of no use to the handler, but not lost for those who take anything.
        connection.emit("chat", "said", (1, 2)).await.unwrap();
        connection.emit("chat", "other", ()).await.unwrap();
        for expected in ["['hello']", "['again']", "[1,2]"] {
            assert_eq!(heard.recv().await.unwrap().unwrap().as_str(), expected);
        }
        assert_eq!(seen.all(), ["hello", "again"]);
    })
    .await;
}

#[tokio::test]
async fn a_proxy_tells_its_own_subscribers_of_what_it_emits() {
    within(async {
        let site = Site::in_memory([app()]).await;
        let connection = site.connect().await;
        let theirs = site.server.get_clients().remove(0);
        let mut far = theirs.proxy("chat").subscribe("said");
        let proxy = connection.proxy("chat");
        let mut near = connection.proxy("chat").subscribe("said");
        proxy.emit_local("said", (1,)).unwrap();
        proxy.emit("said", (2,)).await.unwrap();
        for expected in ["[1]", "[2]"] {
            assert_eq!(near.recv().await.unwrap().unwrap().as_str(), expected);
        }
        assert_eq!(far.recv().await.unwrap().unwrap().as_str(), "[2]");
    })
    .await;
}

#[tokio::test]
async fn a_subscriber_that_is_slow_learns_how_much_it_missed() {
    within(async {
        let site = Site::in_memory([app()]).await;
        let connection = site.connect().await;
        let proxy = connection.proxy("chat");
        let mut heard = proxy.subscribe("said");
        for n in 0..10_000 {
            proxy.emit_local("said", (n,)).unwrap();
        }
        let mut got = 0;
        let missed = loop {
            match heard.recv().await.unwrap() {
                Ok(_) => got += 1,
                Err(missed) => break missed.0,
            }
        };
        assert_eq!((got, missed), (8192, 10_000 - 8192));
        proxy.emit_local("said", ("after",)).unwrap();
        assert_eq!(heard.recv().await.unwrap().unwrap().as_str(), "['after']");
    })
    .await;
}

#[tokio::test]
async fn a_subscription_ends_with_its_connection() {
    within(async {
        let site = Site::in_memory([app()]).await;
        let connection = site.connect().await;
        let mut heard = connection.proxy("chat").subscribe("said");
        let mut events = connection.events();
        drop(connection);
        assert!(heard.recv().await.is_none());
        while events.recv().await.is_some() {}
        until(|| site.server.get_clients().is_empty()).await;
    })
    .await;
}
