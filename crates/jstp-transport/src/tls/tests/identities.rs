//! Who is who.

use futures_util::{SinkExt, StreamExt};

use super::*;
use crate::conformance;

#[tokio::test]
async fn it_is_a_transport() {
    let authority = Authority::new();
    let settings = ServerSettings::new(&authority.issue("127.0.0.1")).unwrap();
    let (address, mut outcomes) = listening(settings).await;
    let client = connect(address, authority.client()).await.unwrap();
    let server = next(&mut outcomes).await.unwrap();
    conformance::run(client.transport, server.transport).await;
    let client = connect(address, authority.client()).await.unwrap();
    let server = next(&mut outcomes).await.unwrap();
    conformance::run_cut(server.transport, client.transport).await;
}

#[tokio::test]
async fn a_server_has_to_be_who_it_should_be_for_somebody_who_is_trusted() {
    let authority = Authority::new();
    let settings = ServerSettings::new(&authority.issue("db.internal")).unwrap();
    let (address, mut outcomes) = listening(settings).await;
    let stranger = Authority::new();
    let named = |settings: ClientSettings| settings.with_server_name("db.internal").unwrap();
    for (settings, expected) in [
        (ClientSettings::default(), "UnknownIssuer"),
        (named(stranger.client()), "invalid peer certificate"),
        (authority.client(), "not valid for name"),
    ] {
        let error = connect(address, settings).await.unwrap_err();
        assert!(!error.is_io(), "{error}");
        let error = error.to_string();
        assert!(error.contains("the TLS handshake failed"), "{error}");
        assert!(error.contains(expected), "{error}");
        next(&mut outcomes).await.unwrap_err();
    }
    for settings in [
        named(authority.client()),
        ClientSettings::default().insecure(),
        named(ClientSettings::default().insecure()),
    ] {
        connect(address, settings).await.unwrap();
        next(&mut outcomes).await.unwrap();
    }
}

/// Made as `openssl req -x509` makes it: for one machine, but able to sign.
fn self_signed(name: &str, until: i32) -> (Identity, ClientSettings) {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.not_after = rcgen::date_time_ymd(until, 1, 1);
    let key = KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    let identity = Identity::from_pem(pem.as_bytes(), key.serialize_pem().as_bytes());
    let client = ClientSettings::default().with_ca_pem(pem.as_bytes());
    (identity.unwrap(), client.unwrap())
}

#[tokio::test]
async fn the_very_certificate_of_a_server_may_be_trusted() {
    for (name, until, expected) in [
        ("127.0.0.1", 4000, Ok(())),
        ("127.0.0.1", 2020, Err("expired")),
        ("db.internal", 4000, Err("not valid for name")),
    ] {
        let (identity, client) = self_signed(name, until);
        let settings = ServerSettings::new(&identity).unwrap();
        let (address, mut outcomes) = listening(settings).await;
        match (connect(address, client).await, expected) {
            (Ok(_), Ok(())) => drop(next(&mut outcomes).await.unwrap()),
            (Err(error), Err(expected)) => {
                assert!(error.to_string().contains(expected), "{error}");
            }
            (outcome, _) => panic!("{name} {until}: {outcome:?}"),
        }
        // Another of the same name is another.
        let (_, stranger) = self_signed(name, until);
        connect(address, stranger).await.unwrap_err();
    }
}

#[tokio::test]
async fn clients_are_asked_who_they_are_if_the_server_wants_to_know() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let identity = theirs.issue("client");
    let chain = identity.chain();
    let settings = ServerSettings::new(&ours.issue("127.0.0.1")).unwrap();
    let unasked = settings.clone();
    let asked = settings
        .clone()
        .with_optional_client_ca_pem(&theirs.pem())
        .unwrap();
    let required = settings.with_client_ca_pem(&theirs.pem()).unwrap();
    let stranger = ours.issue("client");
    for (settings, knows, lets_anybody, lets_stranger) in [
        (unasked, false, true, true),
        (asked, true, true, false),
        (required, true, false, false),
    ] {
        let (address, mut outcomes) = listening(settings).await;
        connect(address, ours.client().with_identity(identity.clone()))
            .await
            .unwrap();
        let shown = next(&mut outcomes).await.unwrap().certificates;
        let expected: Vec<Vec<u8>> = if knows {
            chain.iter().map(|one| one.to_vec()).collect()
        } else {
            Vec::new()
        };
        assert_eq!(shown.as_slice(), expected);

        for (settings, may) in [
            (ours.client(), lets_anybody),
            (ours.client().with_identity(stranger.clone()), lets_stranger),
        ] {
            // With TLS 1.3 a client learns only afterwards that it was refused.
            let connected = connect(address, settings).await;
            let outcome = next(&mut outcomes).await;
            assert_eq!(outcome.is_ok(), may);
            if let (Ok(mut connected), false) = (connected, may) {
                let told = within(connected.transport.next())
                    .await
                    .unwrap()
                    .unwrap_err();
                assert!(told.to_string().contains("alert"), "{told}");
            }
        }
    }
}

#[tokio::test]
async fn a_replaced_identity_is_for_new_connections() {
    let (old, new) = (Authority::new(), Authority::new());
    let settings = ServerSettings::new(&old.issue("127.0.0.1")).unwrap();
    let (address, mut outcomes) = listening(settings.clone()).await;
    let mut client = connect(address, old.client()).await.unwrap();
    let mut server = next(&mut outcomes).await.unwrap();

    let (certificate, _) = new.issue_pem("127.0.0.1");
    let (_, other_key) = new.issue_pem("127.0.0.1");
    let unfit = Identity::from_pem(&certificate, &other_key).unwrap();
    settings.replace_identity(&unfit).unwrap_err();
    connect(address, old.client()).await.unwrap();
    next(&mut outcomes).await.unwrap();

    settings.replace_identity(&new.issue("127.0.0.1")).unwrap();
    connect(address, new.client()).await.unwrap();
    next(&mut outcomes).await.unwrap();
    connect(address, old.client()).await.unwrap_err();
    next(&mut outcomes).await.unwrap_err();

    client.transport.send("{}".into()).await.unwrap();
    let message = within(server.transport.next()).await;
    assert_eq!(message.unwrap().unwrap(), "{}");
}

#[tokio::test]
async fn a_server_has_an_identity_for_each_of_its_names() {
    let authority = Authority::new();
    let (one, other) = (
        authority.issue("one.example"),
        authority.issue("other.example"),
    );
    let settings = ServerSettings::new(&one)
        .unwrap()
        .with_identity_for("Other.example", &other)
        .unwrap();
    let (address, mut outcomes) = listening(settings).await;
    for (name, identity) in [
        ("one.example", &one),
        ("other.example", &other),
        ("OTHER.example", &other),
    ] {
        let client = authority.client().with_server_name(name).unwrap();
        let connected = connect(address, client).await.unwrap();
        next(&mut outcomes).await.unwrap();
        assert_eq!(
            connected.certificates.as_slice()[0],
            identity.chain()[0].to_vec(),
            "{name}"
        );
    }
}

#[test]
fn what_is_no_certificate_or_key_is_told() {
    let authority = Authority::new();
    let (certificate, key) = authority.issue_pem("a");
    let reason = |outcome: Result<Identity, Error>| match outcome {
        Err(Error::Certificate { reason }) => reason,
        other => panic!("{other:?}"),
    };
    let from = |chain: &[u8], key: &[u8]| reason(Identity::from_pem(chain, key));
    assert!(from(b"", &key).contains("no certificate"));
    assert!(from(&key, &key).contains("no certificate"));
    assert!(from(&certificate, b"").contains("no private key"));
    assert!(from(&certificate, &certificate).contains("no private key"));
    let cut = certificate.split_at(certificate.len() / 2).0;
    assert!(
        from(cut, &key).contains("certificate"),
        "{}",
        from(cut, &key)
    );
    let missing = reason(Identity::from_pem_files("/missing/a.pem", "/missing/b.pem"));
    assert!(missing.contains("/missing/a.pem"), "{missing}");
    assert!(ClientSettings::default().with_ca_pem(b"nonsense").is_err());
    let error = ClientSettings::default()
        .with_ca_file("/missing/ca.pem")
        .unwrap_err();
    assert!(error.to_string().contains("/missing/ca.pem"), "{error}");
    assert!(ClientSettings::default().with_server_name("a b").is_err());
    // Both in one text are fine.
    let both = [certificate, key].concat();
    let identity = Identity::from_pem(&both, &both).unwrap();
    assert!(!format!("{identity:?}").contains("PRIVATE"));
}

#[test]
fn a_key_of_another_certificate_is_told_with_the_files() {
    let authority = Authority::new();
    let folder = std::env::temp_dir().join(format!("jstp-identities-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let [chain, key] = ["a.pem", "b.key"].map(|name| folder.join(name));
    std::fs::write(&chain, authority.issue_pem("a").0).unwrap();
    std::fs::write(&key, authority.issue_pem("b").1).unwrap();
    let identity = Identity::from_pem_files(&chain, &key).unwrap();
    let error = ServerSettings::new(&identity).unwrap_err().to_string();
    let (chain, key) = (chain.display(), key.display());
    assert_eq!(
        error,
        format!(
            "TLS cannot be set up: {chain}, {key}: the private key does not belong to the certificate"
        )
    );
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_listener_with_tls_needs_a_certificate() {
    for address in ["jstps://127.0.0.1:0", "wss://127.0.0.1:0"] {
        let outcome = address.into_listener(&TransportOptions::default()).await;
        let error = outcome.unwrap_err().to_string();
        let expected = if cfg!(feature = "ws") || address.starts_with("jstps") {
            "needs a certificate"
        } else {
            "feature `ws`"
        };
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn settings_are_equal_when_they_were_made_alike() {
    assert_eq!(TransportOptions::default(), TransportOptions::default());
    let authority = Authority::new();
    let settings = authority.client();
    assert_eq!(settings.clone(), settings);
    assert_ne!(settings, ClientSettings::default());
    assert_ne!(
        ClientSettings::default().insecure(),
        ClientSettings::default()
    );
}
