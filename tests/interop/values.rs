//! Values of every kind, in arguments, results and events.

use futures_util::future::join_all;
use jstp::wire::RawBuf;
use jstp::{Application, Connection, Interface, Value};
use serde_json::{Value as Json, json};

use crate::npm::NpmPeer;
use crate::place::Net;
use crate::support::{NpmServer, OurServer, call, npm_code, parse, within};

crate::place::scenarios! { all:
    what_our_client_sends_arrives_at_an_npm_server_and_comes_back,
    what_our_server_sends_arrives_at_an_npm_client_and_comes_back,
    what_our_methods_return_arrives_at_an_npm_client,
    what_an_npm_client_sends_arrives_at_our_server_and_comes_back,
    what_an_npm_server_sends_arrives_at_our_client_and_comes_back,
    lone_surrogates_pass_through_as_text,
    many_long_messages_at_once_arrive_whole,
}

/// A value on its way to npm and back.
struct There {
    /// What our side sends, as text.
    sent: String,
    /// What npm sees.
    seen: Json,
    /// What comes back.
    back: String,
}

fn there(sent: impl Into<String>, seen: Json, back: impl Into<String>) -> There {
    There {
        sent: sent.into(),
        seen,
        back: back.into(),
    }
}

fn undefined() -> Json {
    json!({"undefined": true})
}

fn number(text: &str) -> Json {
    json!({ "num": text })
}

/// All of ASCII, as text and as it is written.
fn ascii() -> (String, String) {
    let text: String = (0..128_u8).map(char::from).collect();
    let written = jstp::wire::to_string(&text).expect("it can be written");
    (text, written)
}

fn nested(open: &str, close: &str, levels: usize) -> String {
    format!("{}1{}", open.repeat(levels), close.repeat(levels))
}

fn nested_json(levels: usize, wrap: impl Fn(Json) -> Json) -> Json {
    (0..levels).fold(json!(1), |value, _| wrap(value))
}

/// What comes back differs where the package loses something in writing (D11, D13).
fn values_of_ours() -> Vec<There> {
    let same = |text: &str, seen: Json| there(text, seen, text);
    let long = "x".repeat(1024 * 1024);
    let wide = "€".repeat(1024 * 1024 / 3);
    let (ascii, written) = ascii();
    vec![
        same("undefined", undefined()),
        same("null", Json::Null),
        same("true", json!(true)),
        same("[1,,3]", json!([1, undefined(), 3])),
        there("[1,,]", json!([1, undefined()]), "[1]"),
        there("[,]", json!([undefined()]), "[]"),
        there(
            "[,,,]",
            json!([undefined(), undefined(), undefined()]),
            "[,,]",
        ),
        there(
            "{a: undefined, b: [,1]}",
            json!({"b": [undefined(), 1]}),
            "{b: [,1]}",
        ),
        same("[]", json!([])),
        same("{}", json!({})),
        there("-0", number("-0"), "0"),
        same("0.1", json!(0.1)),
        same("-1.5", json!(-1.5)),
        same("1e21", json!(1e21)),
        same("1e-7", json!(1e-7)),
        same("5e-324", json!(5e-324)),
        same("1.7976931348623157e308", json!(f64::MAX)),
        same("9007199254740991", json!(9_007_199_254_740_991_u64)),
        there(
            "9007199254740993",
            json!(9_007_199_254_740_992_u64),
            "9007199254740992",
        ),
        there(
            "18446744073709551615",
            json!(1.844_674_407_370_955_2e19),
            "18446744073709552000",
        ),
        there(
            "-9223372036854775808",
            json!(-9.223_372_036_854_776e18),
            "-9223372036854776000",
        ),
        same("''", json!("")),
        same("'\\u2028\\u2029'", json!("\u{2028}\u{2029}")),
        same("'жовтий 🟡 é ÿ \\ufeff'", json!("жовтий 🟡 é ÿ \u{feff}")),
        same(
            "'it\\'s \"quoted\" \\\\ \\r\\n\\t'",
            json!("it's \"quoted\" \\ \r\n\t"),
        ),
        same(
            "'undefined NaN // no comment /* either */'",
            json!("undefined NaN // no comment /* either */"),
        ),
        same(&written, json!(ascii)),
        same(
            "{'7':0,'':1,'a b':2,$:3,_:4,'ключ':5,'a-b':6,undefined:7,NaN:8,'x\\'y':9}",
            json!({"7": 0, "": 1, "a b": 2, "$": 3, "_": 4, "ключ": 5, "a-b": 6, "undefined": 7, "NaN": 8, "x'y": 9}),
        ),
        same(
            &nested("[", "]", 100),
            nested_json(100, |value| json!([value])),
        ),
        same(
            &nested("{a:", "}", 100),
            nested_json(100, |value| json!({"a": value})),
        ),
        same(&format!("'{long}'"), json!(long)),
        same(&format!("'{wide}'"), json!(wide)),
    ]
}

/// The texts may be long.
fn short(text: &str) -> String {
    text.chars().take(80).collect()
}

async fn what_our_client_sends_arrives_at_an_npm_server_and_comes_back(net: Net) {
    let npm = NpmServer::start(net).await;
    let connection = npm.connect().await;
    for There { sent, seen, back } in values_of_ours() {
        let value = parse(&sent);
        let event = connection.emit("feed", "item", (&value,));
        within("emit", event).await.expect("there is room");
        let arrived = npm.peer.notice("event").await;
        assert_eq!(arrived["args"], json!([seen]), "{}", short(&sent));
        let returned = call(&connection, "echo", "echo", (&value,))
            .await
            .expect("it answers");
        assert_eq!(returned, parse(&back), "{}", short(&sent));
    }
}

async fn what_our_server_sends_arrives_at_an_npm_client_and_comes_back(net: Net) {
    let peer = NpmPeer::spawn_production().await;
    let ours = OurServer::start(net).await;
    ours.connect(&peer).await;
    let client = ours.client().await;
    for There { sent, seen, back } in values_of_ours() {
        let value = parse(&sent);
        let returned = call(&client, "echo", "echo", (&value,))
            .await
            .expect("it answers");
        assert_eq!(returned, parse(&back), "{}", short(&sent));
        assert_eq!(
            peer.notice("call").await["args"],
            json!([seen]),
            "{}",
            short(&sent)
        );
    }
    peer.must(json!({"cmd": "close"})).await;
}

async fn what_our_methods_return_arrives_at_an_npm_client(net: Net) {
    let values: Vec<Value> = values_of_ours()
        .iter()
        .map(|row| parse(&row.sent))
        .collect();
    let give = move |index: usize| values[index].clone();
    let app = Application::new("give").expect("the name is valid");
    let app = app.interface("give", Interface::new().method("value", give));
    let ours = OurServer::serve(net, app).await;
    let peer = NpmPeer::spawn_production().await;
    ours.connect_with(&peer, json!({"app": "give"})).await;
    for (index, There { sent, seen, .. }) in values_of_ours().into_iter().enumerate() {
        let given = peer.call("give", "value", json!([index])).await;
        assert_eq!(given, Ok(json!([seen])), "{}", short(&sent));
    }
}

/// A value on its way from npm to us and back.
struct Here {
    /// What npm is told to send.
    sent: Json,
    /// What our side sees, as text.
    seen: String,
    /// What npm gets back; `None` for what it could not read, so that it is not sent back.
    back: Option<Json>,
}

/// What arrives differs where the package loses something in writing (D11, D13). Its parser refuses
/// NaN and infinities, which its writer writes.
fn values_of_npm() -> Vec<Here> {
    let lossy = |sent: Json, seen: &str, back: Json| Here {
        sent,
        seen: seen.into(),
        back: Some(back),
    };
    let one_way = |sent: Json, seen: &str| Here {
        sent,
        seen: seen.into(),
        back: None,
    };
    let own = values_of_ours()
        .into_iter()
        .filter(|row| row.sent == row.back && row.seen != undefined());
    let mut values: Vec<Here> = own
        .map(|There { sent, seen, .. }| Here {
            sent: seen.clone(),
            seen: sent,
            back: Some(seen),
        })
        .collect();
    values.extend([
        lossy(json!([1, undefined()]), "[1]", json!([1])),
        lossy(json!([undefined()]), "[]", json!([])),
        lossy(json!({"a": undefined(), "b": 1}), "{b: 1}", json!({"b": 1})),
        lossy(number("-0"), "0", json!(0)),
        one_way(number("NaN"), "NaN"),
        one_way(number("Infinity"), "Infinity"),
        one_way(
            json!([number("-Infinity"), {"a": number("NaN")}]),
            "[-Infinity, {a: NaN}]",
        ),
        // Our values hold well-formed text: half a surrogate pair becomes a replacement character.
        lossy(json!({"str16": [0xd83d]}), "'\\ufffd'", json!("\u{fffd}")),
        lossy(
            json!({"str16": [97, 0xde00, 0xd83d]}),
            "'a\\ufffd\\ufffd'",
            json!("a\u{fffd}\u{fffd}"),
        ),
    ]);
    values
}

async fn what_an_npm_client_sends_arrives_at_our_server_and_comes_back(net: Net) {
    let peer = NpmPeer::spawn_production().await;
    let ours = OurServer::start(net).await;
    ours.connect(&peer).await;
    let client = ours.client().await;
    for Here { sent, seen, back } in values_of_npm() {
        let set = peer.call("session", "set", json!(["value", sent])).await;
        assert_eq!(set, Ok(json!([])), "{}", short(&seen));
        assert_eq!(
            client.session().get("value"),
            Some(parse(&seen)),
            "{}",
            short(&seen)
        );
        if let Some(back) = back {
            let returned = peer.call("echo", "echo", json!([sent])).await;
            assert_eq!(returned, Ok(json!([back])), "{}", short(&seen));
        }
    }
    // An argument that is undefined and last is none (D11); before others it is one.
    let nothing = peer.call("echo", "echo", json!([undefined()])).await;
    assert_eq!(npm_code(nothing), 17);
    let first = peer
        .call("calculator", "divide", json!([undefined(), 1]))
        .await;
    assert_eq!(npm_code(first), 17, "undefined is no number");
    let kept = peer.call("session", "get", json!(["absent"])).await;
    assert_eq!(kept, Ok(json!([null])));
    peer.must(json!({"cmd": "close"})).await;
}

async fn what_an_npm_server_sends_arrives_at_our_client_and_comes_back(net: Net) {
    let npm = NpmServer::start(net).await;
    let connection = npm.connect().await;
    let mut items = connection.proxy("feed").subscribe("item");
    for Here { sent, seen, back } in values_of_npm() {
        let emit = json!({"cmd": "emit", "interface": "feed", "event": "item", "args": [sent]});
        npm.peer.must(emit).await;
        let item = within("an item", items.recv())
            .await
            .expect("the connection goes on");
        let (value,): (Value,) = item.expect("none is missed").parse().expect("one argument");
        assert_eq!(value, parse(&seen), "{}", short(&seen));
        if let Some(back) = back {
            let returned = npm.peer.call("echo", "echo", json!([sent])).await;
            assert_eq!(returned, Ok(json!([back])), "{}", short(&seen));
        }
    }
}

async fn lone_surrogates_pass_through_as_text(net: Net) {
    let npm = NpmServer::start(net).await;
    let connection = npm.connect().await;
    let text = "'a\\udd00\\ud83d'";
    let raw = RawBuf::parse(text, 8).expect("the text is well-formed");
    within("emit", connection.emit("feed", "item", (&raw,)))
        .await
        .expect("there is room");
    let seen = json!([{"str16": [97, 0xdd00, 0xd83d]}]);
    assert_eq!(npm.peer.notice("event").await["args"], seen);
    let back: RawBuf = within("call", connection.call("echo", "echo", (&raw,)))
        .await
        .expect("it does");
    assert_eq!(back.as_str(), text);
}

async fn many_long_messages_at_once_arrive_whole(net: Net) {
    let long: Vec<String> = (0..10)
        .map(|i| format!("{i}").repeat(1024 * 1024))
        .collect();
    let echo = async |connection: &Connection| {
        let calls = long
            .iter()
            .map(|text| connection.call::<String>("echo", "echo", (text,)));
        for (answer, text) in within("long calls", join_all(calls))
            .await
            .iter()
            .zip(&long)
        {
            let answer = answer.as_ref().expect("it is answered");
            assert!(answer == text, "{}", short(answer));
        }
    };
    let npm = NpmServer::start(net).await;
    echo(&npm.connect().await).await;
    let peer = NpmPeer::spawn_production().await;
    let ours = OurServer::start(net).await;
    ours.connect(&peer).await;
    echo(&ours.client().await).await;
}
