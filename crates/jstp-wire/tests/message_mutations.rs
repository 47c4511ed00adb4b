//! Messages that a hostile or broken peer might send: every small change of good ones.

use jstp_wire::{DEFAULT_MAX_DEPTH, Handshake, Message, Outcome, Parsed};

const MESSAGES: &[&str] = &[
    "{handshake:[0,'app','^1.2'],login:['user','password']}",
    "{handshake:[0],ok:'S1'}",
    "{handshake:[0],error:[11]}",
    "{call:[1,'calc'],add:[1,-2.5e3,'x\\u{1f600}\\'']}",
    "{callback:[-1],ok:[{a:[,1,],'b c':null}]}",
    "{callback:[1],error:[1024,'text',{a:undefined}]}",
    "{event:[-3,'chat'],message:[NaN,Infinity,0x1f,true]}",
    "{inspect:[9007199254740992,'i']} // end",
    "{ping:[12]}",
];

const PIECES: &[&str] = &[
    "", "{", "}", "[", "]", ",", ":", "'", "\"", "\\", "/", "*", "0", "-", ".", "e", "N", "u",
    "\0", " ", "\n", "é", "\u{2028}", "\u{feff}", "😀",
];

/// Walks all that a message holds, as the layers above do.
fn touch(text: &str) {
    let Ok(Parsed::Message(message)) = Message::parse(text, DEFAULT_MAX_DEPTH) else {
        return;
    };
    let values = match &message {
        Message::Call(call) => call.args,
        Message::Event(event) => Some(event.args),
        Message::Callback(callback) => match &callback.outcome {
            Outcome::Ok(results) => Some(*results),
            Outcome::Err(error) => {
                assert!(!format!("{error} {error:?}").is_empty(), "{text}");
                None
            }
        },
        Message::Handshake(Handshake::Request(request)) => Some(request.application),
        _ => None,
    };
    for value in values
        .iter()
        .flat_map(|value| value.elements().into_iter().flatten())
    {
        assert!(
            text.contains(value.as_str()) || value.as_str() == "undefined",
            "{text}"
        );
    }
}

#[test]
fn no_small_change_of_a_message_makes_parsing_panic() {
    for message in MESSAGES {
        let cuts = || {
            message
                .char_indices()
                .map(|(index, _)| index)
                .chain([message.len()])
        };
        for from in cuts() {
            for to in cuts().filter(|&to| to >= from && to <= from + 4) {
                for piece in PIECES {
                    touch(&[&message[..from], piece, &message[to..]].concat());
                }
            }
        }
    }
}
