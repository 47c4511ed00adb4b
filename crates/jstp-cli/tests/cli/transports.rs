//! The command over every transport that a URL can name.

use std::path::{Path, PathBuf};

use jstp::{Server, TransportOptions};

use crate::certificates::Authority;
use crate::support::{jstp, jstp_fed};
use crate::testbed;

/// A testbed on all transports, and a file with the authority to trust.
struct Everywhere {
    server: Server,
    folder: PathBuf,
}

impl Everywhere {
    async fn start(name: &str) -> Self {
        let authority = Authority::new();
        let folder = std::env::temp_dir().join(format!("jstp-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("the folder can be made");
        std::fs::write(folder.join("ca.pem"), authority.pem()).expect("it can be written");
        std::fs::write(folder.join("no.pem"), "no certificate").expect("it can be written");
        let transport = TransportOptions::default().with_tls_server(authority.server());
        let options = testbed::options().with_transport(transport);
        let mut server = testbed::create_server(options);
        for scheme in ["jstp", "jstps", "ws", "wss"] {
            let url = format!("{scheme}://127.0.0.1:0");
            server = server.listen(url).await.expect("a port is free");
        }
        let socket = format!("ipc:{}", folder.join("socket").display());
        let server = server.listen(socket).await.expect("the path is free");
        Self { server, folder }
    }

    /// The URLs, in the order in which it listens.
    fn urls(&self) -> [String; 5] {
        let addresses = self.server.local_addresses();
        let url = |number: usize, scheme: &str| {
            let address = addresses[number].as_tcp().expect("it is over TCP");
            format!("{scheme}://{address}")
        };
        [
            url(0, "jstp"),
            url(1, "jstps"),
            url(2, "ws"),
            url(3, "wss"),
            format!("ipc:{}", self.folder.join("socket").display()),
        ]
    }

    fn file(&self, name: &str) -> String {
        path_text(&self.folder.join(name))
    }
}

fn path_text(path: &Path) -> String {
    path.to_str().expect("the path is text").to_owned()
}

impl Drop for Everywhere {
    fn drop(&mut self) {
        // What is left behind is in the folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[tokio::test]
async fn a_url_chooses_the_transport() {
    let everywhere = Everywhere::start("urls").await;
    let ca = everywhere.file("ca.pem");
    for url in &everywhere.urls() {
        let call = [
            "call",
            url,
            "testbed",
            "echo",
            "echo",
            "['ü', -0]",
            "--ca",
            &ca,
        ];
        assert_eq!(jstp(&call).await.printed(), "['ü',-0]\n", "{url}");
        let ping = ["ping", url, "testbed", "--count", "1", "--ca", &ca];
        assert!(
            jstp(&ping).await.printed().contains("1 sent, 1 answered"),
            "{url}"
        );
        let script = format!("connect {url} testbed meta\ncall meta name\n");
        let ended = jstp_fed(&script, &["repl", "--ca", &ca]).await;
        assert_eq!(ended.status, 0, "{url}: {ended:?}");
        assert_eq!(ended.out, "meta: version name\n'testbed'\n", "{url}");
    }
}

#[tokio::test]
async fn a_server_has_to_be_trusted() {
    let everywhere = Everywhere::start("trust").await;
    let [_, tls, _, wss, _] = everywhere.urls();
    for url in [&tls, &wss] {
        let call = ["call", url, "testbed", "meta", "name"];
        let refused = jstp(&call).await;
        assert_eq!(refused.refused().0, 3, "{refused:?}");
        assert!(
            refused.err.contains("hint: --ca FILE trusts"),
            "{refused:?}"
        );
        let insecure = [&call[..], &["--insecure"]].concat();
        assert_eq!(jstp(&insecure).await.printed(), "'testbed'\n", "{url}");
    }
}

#[tokio::test]
async fn an_authority_that_cannot_be_read_is_wrong_use() {
    let everywhere = Everywhere::start("authority").await;
    let [plain, tls, ..] = everywhere.urls();
    for url in [&plain, &tls] {
        for file in [everywhere.file("none.pem"), everywhere.file("no.pem")] {
            let call = ["call", url, "testbed", "meta", "name", "--ca", &file];
            let ended = jstp(&call).await;
            assert_eq!(ended.refused().0, 2, "{ended:?}");
            assert!(ended.err.contains(&file), "{ended:?}");
        }
    }
}

#[tokio::test]
async fn an_expired_certificate_is_told_with_what_to_do() {
    let mut params = rcgen::CertificateParams::new(["127.0.0.1".to_owned()]).expect("a name");
    params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let key = rcgen::KeyPair::generate().expect("a key is made");
    let pem = params.self_signed(&key).expect("it is signed").pem();
    let file = std::env::temp_dir().join(format!("jstp-expired-{}.pem", std::process::id()));
    std::fs::write(&file, &pem).expect("it can be written");
    let identity = jstp::tls::Identity::from_pem(pem.as_bytes(), key.serialize_pem().as_bytes());
    let settings = jstp::tls::ServerSettings::new(&identity.expect("both are there"));
    let transport = TransportOptions::default().with_tls_server(settings.expect("they fit"));
    let server = testbed::create_server(testbed::options().with_transport(transport));
    let server = server
        .listen("jstps://127.0.0.1:0")
        .await
        .expect("a port is free");
    let url = server.local_address().expect("it listens").to_string();
    let ca = path_text(&file);
    let ended = jstp(&["call", &url, "testbed", "meta", "name", "--ca", &ca]).await;
    assert_eq!(ended.refused().0, 3);
    assert!(
        ended
            .err
            .contains("hint: the server needs a new certificate"),
        "{ended:?}"
    );
    std::fs::remove_file(file).expect("it can be removed");
}

#[tokio::test]
async fn the_wrong_scheme_is_told() {
    let everywhere = Everywhere::start("scheme").await;
    let [plain, tls, ws, _, _] = everywhere.urls();
    let other = |url: &str, scheme: &str| {
        let (_, place) = url.split_once("://").expect("it is a URL");
        format!("{scheme}://{place}")
    };
    for url in [
        other(&plain, "jstps"),
        other(&plain, "ws"),
        other(&tls, "jstp"),
        other(&ws, "jstp"),
        other(&ws, "jstps"),
    ] {
        let call = ["call", &url, "testbed", "meta", "name", "--timeout", "5"];
        let ended = jstp(&call).await;
        assert_eq!(ended.refused().0, 3, "{url}: {ended:?}");
        assert!(ended.err.contains("scheme"), "{url}: {ended:?}");
    }
}

#[tokio::test]
async fn headers_go_with_the_upgrade() {
    let folder = std::env::temp_dir().join(format!("jstp-headers-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let file = folder.join("headers");
    std::fs::write(&file, "X-Token: abc\n\nOrigin: https://a.example\n").expect("it is written");
    let from_file = format!("@{}", path_text(&file));
    let transport =
        TransportOptions::default().with_origins(jstp::ws::Origins::only(["https://a.example"]));
    let options = testbed::options().with_transport(transport);
    let server = testbed::create_server(options);
    let server = server
        .listen("ws://127.0.0.1:0")
        .await
        .expect("a port is free");
    let url = server.local_address().expect("it listens").to_string();
    let call = async |header: &str| {
        jstp(&["call", &url, "testbed", "meta", "name", "--header", header]).await
    };
    assert_eq!(
        call("Origin: https://a.example").await.printed(),
        "'testbed'\n"
    );
    assert_eq!(call(&from_file).await.printed(), "'testbed'\n");
    let refused = call("Origin: https://b.example").await;
    assert_eq!(refused.refused().0, 3);
    assert!(refused.err.contains("403"), "{refused:?}");
    std::fs::remove_dir_all(folder).expect("it can be removed");
}
