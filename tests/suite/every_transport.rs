//! What has to work the same over every transport.

use std::time::Duration;

use futures_util::future::join_all;
use jstp::{InspectError, Interface, ServerEvent, net};

use super::support::{
    Over, Seen, Site, app, application, assert_answered, client, session_count, until, within,
};

macro_rules! over_every_transport {
    ($($behaviour:ident),+ $(,)?) => {
        over_every_transport!(tcp Tcp: $($behaviour)+);
        over_every_transport!(unix Unix: $($behaviour)+);
        over_every_transport!(memory Memory: $($behaviour)+);
        over_every_transport!(tls Tls: $($behaviour)+);
        over_every_transport!(ws Ws: $($behaviour)+);
        over_every_transport!(wss Wss: $($behaviour)+);
        over_every_transport!(own Own: $($behaviour)+);
    };
    ($name:ident $over:ident: $($behaviour:ident)+) => {
        mod $name {
            $(
                #[tokio::test]
                async fn $behaviour() {
                    super::within(super::$behaviour(super::Over::$over)).await;
                }
            )+
        }
    };
}

over_every_transport!(
    calls_are_answered,
    many_calls_run_at_once,
    large_messages_go_through,
    events_arrive_in_order,
    interfaces_are_inspected,
    an_inspection_that_fails_leaves_a_usable_connection,
    both_sides_call_each_other,
    clients_are_broadcast_to,
    a_lost_connection_is_resumed_with_its_session,
    a_closed_connection_stays_closed,
    the_last_handle_closes_the_connection,
    a_server_that_shuts_down_finishes_calls_under_way,
);

async fn calls_are_answered(over: Over) {
    let site = Site::new(over, [app()]).await;
    let connection = site.connect().await;
    assert_answered(&connection).await;
    let many: (i64, String, Vec<i64>) = connection.call_many("calc", "many", ()).await.unwrap();
    assert_eq!(many, (1, "two".to_owned(), vec![3]));
    connection.call::<()>("calc", "nothing", ()).await.unwrap();
    let failed = connection
        .call::<f64>("calc", "divide", (1, 0))
        .await
        .unwrap_err();
    assert_eq!(failed.remote().unwrap().message(), "division by zero");
}

async fn many_calls_run_at_once(over: Over) {
    let site = Site::new(over, [app()]).await;
    let connection = site.connect().await;
    let calls = (0..2_000_i64).map(|n| connection.call::<i64>("calc", "add", (n, n)));
    for (n, sum) in (0..).zip(join_all(calls).await) {
        assert_eq!(sum.unwrap(), 2 * n);
    }
}

async fn large_messages_go_through(over: Over) {
    let site = Site::new(over, [app()]).await;
    let connection = site.connect().await;
    let text = "жовтий 🟡 ".repeat(100_000);
    let echo: String = connection.call("calc", "echo", (&text,)).await.unwrap();
    assert_eq!(echo, text);
}

async fn events_arrive_in_order(over: Over) {
    let seen = Seen::default();
    let sink = seen.clone();
    let server = app().interface(
        "log",
        Interface::new().event("line", move |n: u32| sink.push(n)),
    );
    let site = Site::new(over, [server]).await;
    let connection = site.connect().await;
    for n in 0..5_000_u32 {
        connection.emit("log", "line", (n,)).await.unwrap();
    }
    until(|| seen.len() >= 5_000).await;
    assert_eq!(seen.all(), (0..5_000).collect::<Vec<_>>());
}

async fn interfaces_are_inspected(over: Over) {
    let site = Site::new(over, [app()]).await;
    let (_connection, proxies) = net::connect_and_inspect(
        "app@^1.0",
        client(),
        ["calc", "session"],
        site.target.clone(),
    )
    .await
    .unwrap();
    assert_eq!(proxies["session"].methods(), ["id", "user", "count", "ask"]);
    assert_eq!(proxies["calc"].call::<i64>("add", (2, 2)).await.unwrap(), 4);
}

async fn an_inspection_that_fails_leaves_a_usable_connection(over: Over) {
    let site = Site::new(over, [app()]).await;
    let interfaces = ["calc", "missing"];
    let failed = net::connect_and_inspect("app", client(), interfaces, site.target.clone()).await;
    let Err(InspectError::Inspect {
        connection,
        proxies,
        interface,
        error,
    }) = failed
    else {
        panic!("an interface is missing");
    };
    assert_eq!((interface.as_str(), error.code()), ("missing", Some(12)));
    assert_eq!(proxies["calc"].call::<i64>("add", (1, 1)).await.unwrap(), 2);
    assert_answered(&connection).await;
}

async fn both_sides_call_each_other(over: Over) {
    let site = Site::new(over, [app()]).await;
    let mine = application("mine").interface(
        "client",
        Interface::new().method("answer", async |what: String| {
            tokio::task::yield_now().await;
            format!("{what}!")
        }),
    );
    let connection = site.connect_with(client().with_application(mine)).await;
    let inside: String = connection
        .call("session", "ask", ("inside",))
        .await
        .unwrap();
    assert_eq!(inside, "inside!");
    let [theirs] = &site.server.get_clients()[..] else {
        panic!("there is one client")
    };
    let outside: String = theirs.call("client", "answer", ("outside",)).await.unwrap();
    assert_eq!(outside, "outside!");
    let missing = theirs
        .call::<()>("client", "missing", ())
        .await
        .unwrap_err();
    assert_eq!(missing.code(), Some(14));
}

async fn clients_are_broadcast_to(over: Over) {
    let site = Site::new(over, [app()]).await;
    let connections = [
        site.connect().await,
        site.connect().await,
        site.connect().await,
    ];
    let mut news = connections
        .each_ref()
        .map(|one| one.proxy("news").subscribe("headline"));
    let report = site
        .server
        .broadcast("news", "headline", ("extra", 1))
        .await
        .unwrap();
    assert_eq!((report.accepted, report.ended), (3, 0));
    for one in &mut news {
        let args = one.recv().await.unwrap().unwrap();
        assert_eq!(
            args.parse::<(String, i64)>().unwrap(),
            ("extra".to_owned(), 1)
        );
    }
}

async fn a_lost_connection_is_resumed_with_its_session(over: Over) {
    let site = Site::new(over, [app()]).await;
    let connection = site.connect().await;
    assert_eq!(session_count(&connection).await, 1);
    let id = connection.session_id();
    for round in 2..6 {
        connection.detach();
        let count: i64 = connection.call("session", "count", ()).await.unwrap();
        assert_eq!(count, round);
    }
    assert_eq!(connection.session_id(), id);
    let theirs: String = connection.call("session", "id", ()).await.unwrap();
    assert_eq!(theirs, id.to_string());
    // A full member again: listed and reached.
    let mut news = connection.proxy("news").subscribe("headline");
    assert_eq!(site.server.get_clients().len(), 1);
    site.server.broadcast("news", "headline", ()).await.unwrap();
    news.recv().await.unwrap().unwrap();
}

async fn a_closed_connection_stays_closed(over: Over) {
    let site = Site::new(over, [app()]).await;
    let mut events = site.server.events();
    let connection = site.connect().await;
    let never = tokio::spawn({
        let connection = connection.clone();
        async move { connection.call::<()>("calc", "never", ()).await }
    });
    connection.call::<()>("calc", "nothing", ()).await.unwrap();
    connection.close().await;
    let ended = never.await.unwrap().unwrap_err();
    assert!(matches!(ended, jstp::CallError::Closed), "{ended:?}");
    loop {
        if let ServerEvent::Disconnect(theirs) = events.recv().await.unwrap() {
            assert_eq!(theirs.session_id(), connection.session_id());
            break;
        }
    }
    tokio::time::sleep(Duration::from_millis(30)).await;
    assert!(!connection.is_connected());
    assert!(site.server.get_clients().is_empty());
    connection
        .call::<()>("calc", "nothing", ())
        .await
        .unwrap_err();
}

async fn the_last_handle_closes_the_connection(over: Over) {
    let site = Site::new(over, [app()]).await;
    let connection = site.connect().await;
    let weak = connection.downgrade();
    let proxy = connection.proxy("calc");
    drop(connection);
    // A proxy is a handle as well.
    assert_eq!(proxy.call::<i64>("add", (1, 1)).await.unwrap(), 2);
    drop(proxy);
    assert!(weak.upgrade().is_none());
    until(|| site.server.get_clients().is_empty()).await;
}

async fn a_server_that_shuts_down_finishes_calls_under_way(over: Over) {
    let site = Site::new(over, [app()]).await;
    let connection = site.connect_with(client().without_reconnector()).await;
    let call = connection.call::<u64>("calc", "sleep", (50,));
    let mut call = std::pin::pin!(call);
    assert!(futures_util::poll!(&mut call).is_pending());
    connection.call::<()>("calc", "nothing", ()).await.unwrap();
    let (answer, ()) = tokio::join!(call, site.server.shutdown(Duration::from_secs(10)));
    assert_eq!(answer.unwrap(), 50);
    connection.disconnected().await;
    let refused = net::connect("app", client(), site.target.clone()).await;
    assert!(refused.is_err());
}
