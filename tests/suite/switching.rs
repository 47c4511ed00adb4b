//! One session over several transports, one after the other.

use std::time::Duration;

use jstp::{Backoff, ServerEvent, net, tls, ws, wss};

use super::support::{Over, Site, app, assert_answered, client, session_count, within};

#[tokio::test]
async fn a_session_goes_from_one_transport_to_another_and_back() {
    within(async {
        let tcp = Site::new(Over::Tcp, [app()]).await;
        let mut events = tcp.server.events();
        let websocket = Site::listening(tcp.server.clone(), Over::Ws).await;
        let others = [Over::Tls, Over::Wss, Over::Unix, Over::Memory, Over::Own];
        let mut ways = vec![websocket.target.clone(), tcp.target.clone()];
        let mut sites = Vec::new();
        for over in others {
            let site = Site::listening(tcp.server.clone(), over).await;
            ways.extend([site.target.clone(), tcp.target.clone()]);
            sites.push(site);
        }

        // One that leaves it to the test to connect again.
        let never = Duration::from_secs(3600);
        let patient = client().with_reconnector(Backoff::new(never, never, never));
        let connection = tcp.connect_with(patient).await;
        let session = connection.session_id();
        let mut news = connection.proxy("news").subscribe("headline");
        for (round, way) in (1..).zip(ways) {
            // What happens while there is no transport goes over the next one.
            connection.detach();
            let call = connection.call::<i64>("session", "count", ());
            let mut call = std::pin::pin!(call);
            assert!(futures_util::poll!(&mut call).is_pending());
            while !matches!(events.recv().await, Some(ServerEvent::Disconnect(_))) {}
            net::reconnect(&connection, way).await.unwrap();
            assert_eq!(call.await.unwrap(), round);
            assert_eq!(connection.session_id(), session);
            let report = tcp.server.broadcast("news", "headline", (round,)).await;
            assert_eq!(report.unwrap().accepted, 1);
            let headline: (i64,) = news.recv_as().await.unwrap().unwrap();
            assert_eq!(headline, (round,));
        }
        assert_eq!(tcp.server.get_clients().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_live_connection_goes_over_to_another_transport() {
    within(async {
        let tcp = Site::new(Over::Tcp, [app()]).await;
        let websocket = Site::listening(tcp.server.clone(), Over::Ws).await;
        let connection = tcp.connect_with(client().without_reconnector()).await;
        for (round, way) in [&websocket, &tcp, &websocket].into_iter().enumerate() {
            let calls: Vec<_> = (0..100_i64)
                .map(|n| connection.call_with_resend::<i64>("calc", "add", (n, 1)))
                .collect();
            let (sums, switched) = tokio::join!(
                futures_util::future::join_all(calls),
                net::reconnect(&connection, way.target.clone()),
            );
            switched.unwrap();
            for (n, sum) in (0..).zip(sums) {
                assert_eq!(sum.unwrap(), n + 1, "round {round}");
            }
        }
        assert_answered(&connection).await;
        assert_eq!(tcp.server.get_clients().len(), 1);
    })
    .await;
}

/// An address without a scheme means the transport of the module, one with a scheme itself.
#[tokio::test]
async fn each_module_reads_addresses_its_own_way() {
    within(async {
        let authority = crate::certificates::Authority::new();
        let transport = jstp::TransportOptions::default()
            .with_tls_server(authority.server())
            .with_tls_client(authority.client());
        let options = jstp::ServerOptions::new([app()]).with_transport(transport.clone());
        let server = wss::create_server(options)
            .listen("127.0.0.1:0")
            .await
            .unwrap();
        for address in [
            "jstp://127.0.0.1:0",
            "jstps://127.0.0.1:0",
            "ws://127.0.0.1:0",
        ] {
            server.listen(address).await.unwrap();
        }
        let urls: Vec<_> = server
            .local_addresses()
            .iter()
            .filter_map(jstp::Address::url)
            .collect();
        let [at_wss, at_tcp, at_tls, at_ws] = &urls[..] else {
            panic!("{urls:?}");
        };
        let schemes: Vec<_> = urls
            .iter()
            .filter_map(|url| url.split(':').next())
            .collect();
        assert_eq!(schemes, ["wss", "jstp", "jstps", "ws"]);
        let bare = |url: &str| url.split("//").nth(1).unwrap().to_owned();
        let client = || {
            client()
                .with_transport(transport.clone())
                .without_reconnector()
        };

        let connection = tls::connect("app", client(), bare(at_tls)).await.unwrap();
        assert_eq!(session_count(&connection).await, 1);
        assert!(!connection.peer_certificates().is_empty());
        ws::reconnect(&connection, bare(at_ws)).await.unwrap();
        assert_eq!(session_count(&connection).await, 2);
        assert!(connection.peer_certificates().is_empty());
        wss::reconnect(&connection, bare(at_wss)).await.unwrap();
        assert_eq!(session_count(&connection).await, 3);
        net::reconnect(&connection, bare(at_tcp)).await.unwrap();
        assert_eq!(session_count(&connection).await, 4);
        // Nobody speaks TCP there, whatever the connection was made over.
        net::reconnect(&connection, bare(at_tls)).await.unwrap_err();
        net::reconnect(&connection, at_tls).await.unwrap();
        assert_eq!(session_count(&connection).await, 5);

        let (_, proxies) = ws::connect_and_inspect("app", client(), ["calc"], bare(at_ws))
            .await
            .unwrap();
        assert_eq!(proxies["calc"].call::<i64>("add", (2, 2)).await.unwrap(), 4);
    })
    .await;
}
