//! Cutting a stream of bytes into texts: at NUL bytes, at line ends, or not at all.

use std::io::{self, Read};

use bytes::{Buf, BytesMut};
use jstp_wire::{DEFAULT_MAX_DEPTH, RawValue, decode_text};

/// How much is read at once.
const CHUNK: usize = 64 * 1024;

/// What stands between the texts of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Separator {
    /// Finds out: NUL if there is one, lines if the first line is a whole value, else none.
    Auto,
    /// A NUL byte ends each text, as on the wire.
    Nul,
    /// Each line is a text. Empty lines and lines with a comment alone are left out.
    Line,
    /// The whole input is one text.
    None,
}

/// One text of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    /// The bytes, without what separates them.
    pub(crate) bytes: BytesMut,
    /// Its number, from 1.
    pub(crate) number: u64,
    /// The lines of the stream before it.
    pub(crate) lines_before: usize,
}

/// Why no further text can be read.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// The input failed.
    Io(io::Error),
    /// The text that starts after so many lines is longer than the limit.
    TooLong { lines_before: usize },
}

/// The texts of a stream, each held in memory alone.
#[derive(Debug)]
pub(crate) struct Records<R> {
    input: R,
    buffer: BytesMut,
    /// The bytes at the start of `buffer` that are known to hold no separator.
    scanned: usize,
    separator: Separator,
    first_line_is_no_value: bool,
    limit: usize,
    ended: bool,
    number: u64,
    lines_before: usize,
}

impl<R: Read> Records<R> {
    /// Reads texts of up to `limit` bytes from `input`.
    pub(crate) fn new(input: R, separator: Separator, limit: usize) -> Self {
        Self {
            input,
            buffer: BytesMut::new(),
            scanned: 0,
            separator,
            first_line_is_no_value: false,
            limit,
            ended: false,
            number: 0,
            lines_before: 0,
        }
    }

    /// What stands between the texts, as far as that is known.
    pub(crate) fn separator(&self) -> Separator {
        self.separator
    }

    /// Whether a text is there without reading more. It may be an empty one.
    pub(crate) fn has_text(&self) -> bool {
        let separator = match self.separator {
            Separator::Nul => 0,
            Separator::Line => b'\n',
            Separator::Auto | Separator::None => return false,
        };
        let unseen = self.buffer.get(self.scanned..).unwrap_or_default();
        memchr::memchr(separator, unseen).is_some()
    }

    /// The next text that is not empty.
    pub(crate) fn next(&mut self) -> Result<Option<Record>, ReadError> {
        loop {
            let separator = match self.separator {
                Separator::Auto => match self.detect() {
                    Some(found) => {
                        self.separator = found;
                        continue;
                    }
                    None => None,
                },
                Separator::Nul => Some(0),
                Separator::Line => Some(b'\n'),
                Separator::None => None,
            };
            let unseen = self.buffer.get(self.scanned..).unwrap_or_default();
            let found = separator.and_then(|separator| memchr::memchr(separator, unseen));
            let length = self.scanned + found.unwrap_or(unseen.len());
            if length > self.limit {
                let lines_before = self.lines_before;
                return Err(ReadError::TooLong { lines_before });
            }
            if found.is_none() && !self.ended {
                // While it is not known what separates, nothing of what was looked at is settled.
                self.scanned = if separator.is_some() { length } else { 0 };
                self.fill().map_err(ReadError::Io)?;
                continue;
            }
            // An input that is one text is no text when it is empty, which whoever reads it will say.
            let is_whole = separator.is_none() && self.number == 0;
            if found.is_none() && self.buffer.is_empty() && !is_whole {
                return Ok(None);
            }
            if let Some(record) = self.take(length, found.is_some()) {
                return Ok(Some(record));
            }
        }
    }

    /// Takes a text and its separator; `None` when it is empty.
    fn take(&mut self, length: usize, separated: bool) -> Option<Record> {
        let bytes = self.buffer.split_to(length);
        if separated {
            self.buffer.advance(1);
        }
        self.scanned = 0;
        let lines_before = self.lines_before;
        self.lines_before += memchr::memchr_iter(b'\n', &bytes).count();
        if self.separator == Separator::Line {
            self.lines_before += 1;
        }
        let text = bytes.trim_ascii();
        let is_comment = self.separator == Separator::Line && text.starts_with(b"//");
        // A blank input as a whole is no value, which whoever reads it will say.
        if (text.is_empty() || is_comment) && self.separator != Separator::None {
            return None;
        }
        self.number += 1;
        Some(Record {
            bytes,
            number: self.number,
            lines_before,
        })
    }

    /// Reads some more.
    fn fill(&mut self) -> io::Result<()> {
        let length = self.buffer.len();
        self.buffer.resize(length + CHUNK, 0);
        let room = self.buffer.get_mut(length..).unwrap_or_default();
        let read = loop {
            match self.input.read(room) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => break outcome,
            }
        };
        self.buffer.truncate(length + *read.as_ref().unwrap_or(&0));
        self.ended = read? == 0;
        Ok(())
    }

    /// What separates the texts, or `None` as long as more has to be read to know it.
    fn detect(&mut self) -> Option<Separator> {
        let nul = memchr::memchr(0, &self.buffer);
        if !self.first_line_is_no_value
            && let Some((start, end)) = first_line(&self.buffer, self.ended)
            && nul.is_none_or(|nul| nul > end)
        {
            if self.buffer.get(start..end).is_some_and(is_value) {
                return Some(Separator::Line);
            }
            self.first_line_is_no_value = true;
        }
        match nul {
            Some(_) => Some(Separator::Nul),
            // A stream without a text.
            None if self.ended && self.buffer.is_empty() => Some(Separator::Line),
            None if self.ended => Some(Separator::None),
            None => None,
        }
    }
}

/// Where the first line that is not blank stands, once its end is there.
fn first_line(bytes: &[u8], ended: bool) -> Option<(usize, usize)> {
    let start = bytes.iter().position(|byte| !byte.is_ascii_whitespace())?;
    let line = bytes.get(start..)?;
    match memchr::memchr(b'\n', line) {
        Some(length) => Some((start, start + length)),
        None => ended.then_some((start, bytes.len())),
    }
}

fn is_value(line: &[u8]) -> bool {
    decode_text(line).is_ok_and(|text| RawValue::parse(text, DEFAULT_MAX_DEPTH).is_ok())
}

#[cfg(test)]
mod tests;
