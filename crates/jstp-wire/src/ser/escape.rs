//! The escapes of characters.

/// The escape of U+2028 or U+2029, if that is what `bytes` start with.
#[inline]
pub(super) fn separator_escape(bytes: Option<&[u8]>) -> Option<&'static str> {
    match bytes {
        Some([0xe2, 0x80, 0xa8, ..]) => Some(r"\u2028"),
        Some([0xe2, 0x80, 0xa9, ..]) => Some(r"\u2029"),
        _ => None,
    }
}

/// Appends the escape of an ASCII character.
#[inline]
pub(super) fn write_escape(out: &mut String, byte: u8) {
    let at = 2 * usize::from(byte);
    if let Some(escape) = ESCAPES.get(at..at + 2) {
        out.push_str(escape);
    }
    if byte < 0x20 && escape_letter(byte) == b'u' {
        write_hex(out, byte);
    }
}

/// A backslash and what stands behind it, for each ASCII character.
static ESCAPES: &str = match str::from_utf8(&ESCAPE_BYTES) {
    Ok(escapes) => escapes,
    Err(_) => panic!("escapes are text"),
};

const ESCAPE_BYTES: [u8; 256] = {
    let mut bytes = [b'\\'; 256];
    let mut byte: u8 = 0;
    while byte < 0x80 {
        bytes[2 * byte as usize + 1] = escape_letter(byte);
        byte += 1;
    }
    bytes
};

const fn escape_letter(byte: u8) -> u8 {
    match byte {
        0x8 => b'b',
        0xc => b'f',
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        ..0x20 => b'u',
        _ => byte,
    }
}

/// Appends the code of a control character that has no letter of its own.
#[inline]
fn write_hex(out: &mut String, byte: u8) {
    const DIGITS: &str = "0123456789abcdef";
    out.push_str(if byte < 0x10 { "000" } else { "001" });
    let digit = usize::from(byte & 0xf);
    out.push_str(DIGITS.get(digit..=digit).unwrap_or_default());
}
