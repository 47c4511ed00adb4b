//! The short way for messages in the exact form that peers write, which are nearly all.

use std::borrow::Cow;

use super::{Call, Callback, Event, Message, Outcome};
use crate::raw::RawValue;
use crate::scan::Scanner;
use crate::words;

/// An integer of so many digits is surely a valid id.
const SAFE_DIGITS: usize = 15;

/// Reads a message that stands in the form that [`encode`](crate::encode) writes, with plain names.
///
/// `None` says nothing about the text but that it takes the long way; what this gives is what the
/// long way would give.
pub(super) fn message(text: &str, max_depth: usize) -> Option<Message<'_>> {
    // The object is one level. Less than two are not enough for the array under the kind.
    let depth = max_depth.checked_sub(1).filter(|&depth| depth > 0)?;
    if let Some(rest) = text.strip_prefix("{call:[") {
        named(rest, "call", depth, |id, interface, method, args| {
            Message::Call(Call {
                id,
                interface: Some(interface),
                method: Some(method),
                args: Some(args),
            })
        })
    } else if let Some(rest) = text.strip_prefix("{callback:[") {
        let (id, rest) = integer(rest)?;
        let results = last_array(rest.strip_prefix("],ok:")?, depth)?;
        Some(Message::Callback(Callback {
            id,
            outcome: Outcome::Ok(results),
        }))
    } else if let Some(rest) = text.strip_prefix("{event:[") {
        named(rest, "event", depth, |id, interface, name, args| {
            Message::Event(Event {
                id,
                interface: Some(interface),
                name,
                args,
            })
        })
    } else if let Some(rest) = text.strip_prefix("{ping:[") {
        only_integer(rest).map(|id| Message::Ping { id })
    } else if let Some(rest) = text.strip_prefix("{pong:[") {
        only_integer(rest).map(|id| Message::Pong { id })
    } else {
        None
    }
}

/// Reads `id,'interface'],name:[…]}`. A name that repeats the kind would be the same key again.
///
/// `message` makes a message of it in its place: parts that have just been written one by one and are then moved
/// as blocks are waited for.
#[inline]
fn named<'a>(
    text: &'a str,
    kind: &str,
    depth: usize,
    message: impl FnOnce(i64, Cow<'a, str>, Cow<'a, str>, RawValue<'a>) -> Message<'a>,
) -> Option<Message<'a>> {
    let (id, rest) = integer(text)?;
    let (interface, rest) = split_where(rest.strip_prefix(",'")?, ends_text)?;
    let (name, rest) = split_where(rest.strip_prefix("'],")?, words::not_of_name)?;
    if name == kind || !name.starts_with(|first: char| !first.is_ascii_digit()) {
        return None;
    }
    let args = last_array(rest.strip_prefix(':')?, depth)?;
    let (interface, name) = (Cow::Borrowed(interface), Cow::Borrowed(name));
    Some(message(id, interface, name, args))
}

/// Reads `id]}`.
fn only_integer(text: &str) -> Option<i64> {
    let (id, rest) = integer(text)?;
    (rest == "]}").then_some(id)
}

/// Reads an integer without frills and gives what stands behind it.
#[inline]
fn integer(text: &str) -> Option<(i64, &str)> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (digits, rest) = split_where(text, words::not_digit)?;
    // Zeros in front, and a negative zero, are numbers of their own kind.
    if digits.len() > SAFE_DIGITS || (digits.starts_with('0') && (negative || digits.len() > 1)) {
        return None;
    }
    let value = match digits.len() {
        0 => return None,
        1..words::LENGTH => {
            let word = words::load(text.as_bytes());
            i64::try_from(words::decimal(words::before(word, words::not_digit(word)))).ok()?
        }
        _ => digits.parse().ok()?,
    };
    Some((if negative { -value } else { value }, rest))
}

/// Reads an array and the brace that ends the text.
fn last_array(text: &str, depth: usize) -> Option<RawValue<'_>> {
    if !text.starts_with('[') {
        return None;
    }
    let mut scanner = Scanner::new(text);
    scanner.skip_value(depth).ok()?;
    let (array, rest) = text.split_at_checked(scanner.position())?;
    (rest == "}").then(|| RawValue::from_trusted(array))
}

/// Splits before the first byte that is marked, which is to be an ASCII character; `None` if there is none.
#[inline]
fn split_where(text: &str, find: impl Fn(u64) -> u64) -> Option<(&str, &str)> {
    let (before, rest) = text.split_at_checked(words::unmarked(text.as_bytes(), find))?;
    (!rest.is_empty()).then_some((before, rest))
}

/// Marks what does not surely stand for itself within `'` quotes.
#[inline]
fn ends_text(word: u64) -> u64 {
    words::equal(word, b'\'') | words::equal(word, b'\\') | words::below(word, b' ')
}

#[cfg(test)]
mod tests {
    use super::super::{Parsed, parse};
    use super::message;

    const MESSAGES: [&str; 8] = [
        "{call:[12,'calc'],add:[1,'b',{c:[]}]}",
        "{call:[-3,'a b'],_$9:[]}",
        "{callback:[7],ok:[['é'],,]}",
        "{callback:[-0],ok:[1]}",
        "{event:[123456789012345,'chat'],said:['hi',]}",
        "{event:[0,''],call:[[]]}",
        "{ping:[5]}",
        "{pong:[-40]}",
    ];

    /// Whatever goes the short way comes out as it does on the long one.
    fn assert_agrees(text: &str, depth: usize) -> bool {
        let short = message(text, depth);
        if let Some(short) = &short {
            let long = parse::any_message(text, depth);
            assert_eq!(
                long.ok(),
                Some(Parsed::Message(short.clone())),
                "{text} at {depth}"
            );
        }
        short.is_some()
    }

    #[test]
    fn messages_as_peers_write_them_go_the_short_way() {
        for text in MESSAGES.into_iter().filter(|text| !text.contains("-0]")) {
            assert!(assert_agrees(text, 128), "{text}");
        }
    }

    #[test]
    fn short_and_long_way_agree_on_all_messages_that_differ_in_one_byte() {
        let bytes = || (b' '..=b'~').chain([b'\n', b'\t', 0]);
        for text in MESSAGES {
            for place in (0..=text.len()).filter(|&place| text.is_char_boundary(place)) {
                let (before, behind) = text.split_at(place);
                let mut rest = behind.chars();
                let replaced = rest.next().map(|_| rest.as_str()).unwrap_or_default();
                assert_agrees(before, 128);
                assert_agrees(&format!("{before}{replaced}"), 128);
                for byte in bytes().map(char::from) {
                    assert_agrees(&format!("{before}{byte}{behind}"), 128);
                    assert_agrees(&format!("{before}{byte}{replaced}"), 128);
                }
            }
        }
    }

    #[test]
    fn both_ways_count_the_same_depth() {
        for text in MESSAGES {
            for depth in 0..8 {
                assert_agrees(text, depth);
            }
        }
        assert!(assert_agrees("{call:[1,'i'],m:[[]]}", 3));
        assert!(!assert_agrees("{call:[1,'i'],m:[[]]}", 2));
    }
}
