use std::error::Error as _;
use std::io;

use super::{Error, ErrorKind};
use crate::{RawValue, Value, from_slice, from_str, to_string, to_writer};

fn error(text: &str) -> Error {
    from_str::<Value>(text).expect_err(text)
}

#[test]
fn messages_say_what_was_expected_and_what_was_found() {
    let examples = [
        (
            "{a:b}",
            "expected a value at line 1 column 4 (offset 3), found `b`",
        ),
        (
            "",
            "expected a value at line 1 column 1 (offset 0), found the end of the text",
        ),
        (
            "[1 2]",
            "expected `,` or `]` at line 1 column 4 (offset 3), found `2`",
        ),
        (
            "{a:1;b:2}",
            "expected `,` or `}` at line 1 column 5 (offset 4), found `;`",
        ),
        (
            "{a 1}",
            "expected `:` after the member name at line 1 column 4 (offset 3), found `1`",
        ),
        (
            "{-1:1}",
            "expected a member name at line 1 column 2 (offset 1), found `-`",
        ),
        (
            "007",
            "expected a number without leading zeros at line 1 column 1 (offset 0), found `007`",
        ),
        (
            "'a\nb'",
            "expected the closing quote of a string at line 1 column 3 (offset 2), found `\\n`",
        ),
        (
            r"'\1'",
            "expected an escape that is not octal at line 1 column 3 (offset 2), found `1`",
        ),
        (
            "1 undefined",
            "expected the end of the text at line 1 column 3 (offset 2), found `undefined`",
        ),
        (
            "/* 1",
            "a comment without an end at line 1 column 1 (offset 0)",
        ),
    ];
    for (text, message) in examples {
        assert_eq!(error(text).to_string(), message);
    }
}

#[test]
fn lines_and_columns_are_counted_in_characters() {
    let error = error("{é: '😀', // ü\r\n ж: [,\u{2028}\n😀]}");
    assert_eq!((error.line(), error.column()), (Some(4), Some(1)));
    assert_eq!(error.offset(), Some(31));
}

#[test]
fn kinds_tell_broken_from_cut_text() {
    assert_eq!(error("[1,").kind(), ErrorKind::UnexpectedEnd);
    assert_eq!(error("'a").kind(), ErrorKind::UnexpectedEnd);
    assert_eq!(error("[1}").kind(), ErrorKind::Syntax);
    assert_eq!(error(&"[".repeat(200)).kind(), ErrorKind::TooDeep);
    assert_eq!(
        from_str::<u8>("256").expect_err("too big").kind(),
        ErrorKind::Data
    );
}

#[test]
fn errors_of_serde_have_the_position_of_the_value() {
    let error = from_str::<(u8, (bool, u8))>("[1,\n [true, 300]]").expect_err("too big");
    assert_eq!(
        (error.line(), error.column(), error.offset()),
        (Some(2), Some(9), Some(12))
    );
    assert!(
        error
            .to_string()
            .starts_with("invalid value: integer `300`, expected u8 at line 2"),
        "{error}"
    );

    let error = from_str::<(u8, u8)>("[1,]").expect_err("too short");
    assert_eq!(error.offset(), Some(0));
    let error = from_str::<(u8, u8)>("[1,2,3]").expect_err("too long");
    assert_eq!(error.offset(), Some(5));
    let error = from_str::<Vec<u8>>("[1,,2]").expect_err("a hole is no integer");
    assert_eq!(error.offset(), Some(3));
}

#[test]
fn ill_formed_utf8_is_refused_where_it_stands() {
    let error = from_slice::<Value>(b"'ok\xff'").expect_err("no UTF-8");
    assert_eq!(
        (error.kind(), error.offset()),
        (ErrorKind::InvalidUtf8, Some(3))
    );
}

#[test]
fn errors_of_writers_keep_their_source() {
    let full: &mut [u8] = &mut [];
    let error = to_writer(full, &1).expect_err("no room");
    assert_eq!((error.kind(), error.offset()), (ErrorKind::Io, None));
    let source = error
        .source()
        .and_then(<dyn std::error::Error>::downcast_ref::<io::Error>);
    assert!(source.is_some());
}

#[test]
fn what_has_no_text_is_refused() {
    let map = std::collections::BTreeMap::from([(vec![1], 1)]);
    assert_eq!(
        to_string(&map).expect_err("an array is no key").kind(),
        ErrorKind::Unwritable
    );
}

#[test]
fn long_words_are_cut_in_messages() {
    let error = RawValue::parse(&"x".repeat(10_000), 9).expect_err("no value");
    assert!(error.to_string().len() < 100);
}
