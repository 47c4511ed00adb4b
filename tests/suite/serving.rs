//! Applications, versions, listeners and broadcasts.

use jstp::{Connection, Interface, ServerOptions, net};

use super::support::{Seen, Site, app, application, client, until, within};

async fn version(connection: &Connection) -> String {
    connection.call("calc", "version", ()).await.unwrap()
}

#[tokio::test]
async fn a_client_gets_the_version_that_it_asks_for() {
    within(async {
        let versions = ["app@1.0.0", "app@1.2.0", "app@1.10.1", "app@2.0.0"];
        let site = Site::in_memory(versions.map(application)).await;
        for (asked, given) in [
            ("app", "2.0.0"),
            ("app@1.0.0", "1.0.0"),
            ("app@^1.0.0", "1.10.1"),
            ("app@~1.2", "1.2.0"),
            ("app@1.x || 2.x", "2.0.0"),
        ] {
            let connection = net::connect(asked, client(), site.target.clone())
                .await
                .unwrap();
            assert_eq!(version(&connection).await, given, "{asked}");
        }
        for asked in ["app@3.0.0", "app@^3", "other", "app@1.0.1"] {
            let refused = net::connect(asked, client(), site.target.clone())
                .await
                .unwrap_err();
            assert_eq!(refused.code(), Some(10), "{asked}");
        }
        let nonsense = net::connect("app@no range", client(), site.target.clone()).await;
        assert_eq!(nonsense.unwrap_err().code(), None);
        assert!(
            net::connect("", client(), site.target.clone())
                .await
                .is_err()
        );
    })
    .await;
}

#[tokio::test]
async fn connected_clients_are_moved_to_newer_versions_on_demand() {
    within(async {
        let site = Site::in_memory([application("app@1.0.0")]).await;
        let connect = async |asked: &str| {
            net::connect(asked, client(), site.target.clone())
                .await
                .unwrap()
        };
        let exact = connect("app@1.0.0").await;
        let range = connect("app@^1.0.0").await;
        let latest = connect("app").await;
        site.server
            .update_applications(["app@1.0.0", "app@1.3.0", "app@2.0.0"].map(application));
        for connection in [&exact, &range, &latest] {
            assert_eq!(version(connection).await, "1.0.0");
        }
        assert_eq!(version(&connect("app").await).await, "2.0.0");
        site.server.update_connections_api();
        assert_eq!(version(&exact).await, "1.0.0");
        assert_eq!(version(&range).await, "1.3.0");
        assert_eq!(version(&latest).await, "1.3.0");
    })
    .await;
}

#[tokio::test]
async fn the_listener_is_told_of_a_client_before_its_first_message() {
    within(async {
        let seen = Seen::default();
        let (first, then) = (seen.clone(), seen.clone());
        let log = Interface::new().event("line", move || then.push("event".to_owned()));
        let options = ServerOptions::new([app().interface("log", log)]).with_listener(
            move |connection: &Connection| {
                first.push("listener".to_owned());
                assert!(connection.is_connected());
                connection.try_emit("hello", "there", ()).unwrap();
                panic!("a panic on purpose");
            },
        );
        let site = Site::in_memory(options).await;
        let mut raw = site.raw().await;
        raw.send("{handshake:[0,'app']}").await;
        raw.send("{event:[1,'log'],line:[]}").await;
        assert!(
            raw.receive()
                .await
                .unwrap()
                .starts_with("{handshake:[0],ok:'")
        );
        assert_eq!(
            raw.receive().await.as_deref(),
            Some("{event:[-1,'hello'],there:[]}")
        );
        until(|| seen.len() == 2).await;
        assert_eq!(seen.all(), ["listener", "event"]);
    })
    .await;
}

#[tokio::test]
async fn a_broadcast_that_nobody_can_get_is_an_error() {
    within(async {
        let site = Site::in_memory([app()]).await;
        assert!(site.server.broadcast("news", "line", 5).await.is_err());
        let _connection = site.connect().await;
        assert!(site.server.broadcast("news", "event", ()).await.is_err());
        assert_eq!(
            site.server
                .broadcast("news", "line", ())
                .await
                .unwrap()
                .accepted,
            1
        );
    })
    .await;
}

#[tokio::test]
async fn handlers_may_broadcast_through_a_weak_handle() {
    within(async {
        let site = Site::in_memory([app()]).await;
        let weak = site.server.downgrade();
        let news = Interface::new().method("publish", move |text: String| {
            let weak = weak.clone();
            async move {
                let Some(server) = weak.upgrade() else {
                    return 0;
                };
                server
                    .broadcast("news", "headline", (text,))
                    .await
                    .map_or(0, |report| report.accepted)
            }
        });
        site.server
            .update_applications([app().interface("news", news)]);
        let (one, other) = (site.connect().await, site.connect().await);
        let mut heard = other.proxy("news").subscribe("headline");
        assert_eq!(
            one.call::<usize>("news", "publish", ("extra",))
                .await
                .unwrap(),
            2
        );
        assert_eq!(heard.recv().await.unwrap().unwrap().as_str(), "['extra']");
    })
    .await;
}
