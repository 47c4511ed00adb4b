//! Telling what a peer speaks that does not speak what was expected.

use crate::Error;

/// What the first bytes of a peer say, if they are of another protocol; no message of JSTP begins
/// like that.
pub(crate) fn recognize(first: &[u8]) -> Option<Error> {
    let speaks = match first {
        // The types of the records that begin a handshake of TLS or refuse it.
        [0x15 | 0x16, 3, ..] => "TLS",
        _ if first.starts_with(b"HTTP/1.") => "HTTP",
        _ => return None,
    };
    Some(Error::Foreign { speaks })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_protocols_are_known_by_their_first_bytes() {
        for (bytes, speaks) in [
            (&b"\x15\x03\x03"[..], "TLS"),
            (b"\x16\x03\x01\x02", "TLS"),
            (b"HTTP/1.1 400 Bad Request\r\n", "HTTP"),
        ] {
            let error = recognize(bytes).map(|error| error.to_string());
            assert_eq!(error, Some(format!("the other side speaks {speaks} here")));
        }
        for bytes in [&b"{handshake:[0,'app']}"[..], b"", b"\x15", b" {}"] {
            assert!(recognize(bytes).is_none());
        }
    }
}
