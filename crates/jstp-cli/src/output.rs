//! Standard output and standard error: lines, and colours where they are wanted.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Effects, Style};
use clap::ValueEnum;

use crate::failure::Failure;
use crate::render::highlight;

/// Of what is not of interest in itself, such as times and brackets.
pub(crate) const DIM: Style = Style::new().effects(Effects::DIMMED);
/// Of headings and names.
pub(crate) const NAME: Style = Style::new().effects(Effects::BOLD);
/// Of keys of objects.
pub(crate) const KEY: Style = AnsiColor::Blue.on_default();
/// Of texts.
pub(crate) const TEXT: Style = AnsiColor::Green.on_default();
/// Of numbers.
pub(crate) const NUMBER: Style = AnsiColor::Cyan.on_default();
/// Of `true`, `null` and the like.
pub(crate) const WORD: Style = AnsiColor::Magenta.on_default();
/// Of what went wrong.
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().effects(Effects::BOLD);
/// Of what may be done about it.
pub(crate) const HINT: Style = AnsiColor::Yellow.on_default();

/// When to use colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl ColorChoice {
    fn on(self, stream: &impl IsTerminal) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
                let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
                stream.is_terminal() && !is_set("NO_COLOR") && !is_dumb
            }
        }
    }
}

/// Where results and errors go.
#[derive(Debug)]
pub(crate) struct Output {
    out: io::Stdout,
    err: io::Stderr,
    out_terminal: bool,
    out_color: bool,
    err_color: bool,
}

impl Output {
    pub(crate) fn new(choice: ColorChoice) -> Self {
        let (out, err) = (io::stdout(), io::stderr());
        Self {
            out_terminal: out.is_terminal(),
            out_color: choice.on(&out),
            err_color: choice.on(&err),
            out,
            err,
        }
    }

    /// Whether the standard output gets colours.
    pub(crate) fn has_color(&self) -> bool {
        self.out_color
    }

    /// Writes a line to the standard output, at once.
    ///
    /// # Errors
    ///
    /// When nobody reads it, or the disk is full; pass it on by `?`.
    pub(crate) fn line(&mut self, text: impl fmt::Display) -> io::Result<()> {
        let mut out = self.out.lock();
        writeln!(out, "{text}")?;
        out.flush()
    }

    /// Writes a text that has its own line breaks to the standard output.
    ///
    /// # Errors
    ///
    /// As [`line`](Self::line).
    pub(crate) fn bytes(&mut self, text: &[u8]) -> io::Result<()> {
        let mut out = self.out.lock();
        out.write_all(text)?;
        out.flush()
    }

    /// Writes a line of JSTP text or JSON to the standard output: as it is, unless a terminal is to show it.
    ///
    /// # Errors
    ///
    /// As [`line`](Self::line).
    pub(crate) fn value_text(&mut self, text: &str) -> io::Result<()> {
        self.line(self.for_reader(text))
    }

    /// JSTP text or JSON as whoever reads the standard output wants it: on a terminal with colours and with
    /// escapes for what the terminal would obey, which then stands for the same values.
    pub(crate) fn for_reader<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let text = if self.out_terminal && text.contains(is_obeyed) {
            Cow::Owned(escape_obeyed(text))
        } else {
            Cow::Borrowed(text)
        };
        if self.out_color {
            Cow::Owned(highlight(&text))
        } else {
            text
        }
    }

    /// Writes a line to the standard error. There is nobody to tell when that fails.
    pub(crate) fn note(&mut self, text: impl fmt::Display) {
        let _ = writeln!(self.err.lock(), "{text}");
    }

    /// Says on the standard error what went wrong and what to do about it.
    pub(crate) fn failure(&mut self, failure: &Failure) {
        if let Some(text) = failure_text(failure, self.err_color) {
            self.note(text);
        }
    }
}

/// What went wrong and what to do about it; `None` when there is nothing to say.
pub(crate) fn failure_text(failure: &Failure, color: bool) -> Option<String> {
    let message = Printable(failure.message()?);
    let mut text = format!("{} {message}", paint(color, ERROR, "error:"));
    if let Some(hint) = failure.hint() {
        // Writing to a string does not fail.
        let _ = write!(
            text,
            "\n{} {}",
            paint(color, HINT, "hint:"),
            Printable(hint)
        );
    }
    Some(text)
}

/// `text` in a style, or as it is.
pub(crate) fn paint<T: fmt::Display>(color: bool, style: Style, text: T) -> Painted<T> {
    Painted {
        style: color.then_some(style),
        text,
    }
}

/// See [`paint`].
#[derive(Debug)]
pub(crate) struct Painted<T> {
    style: Option<Style>,
    text: T,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.style {
            Some(style) => write!(f, "{style}{}{style:#}", self.text),
            None => self.text.fmt(f),
        }
    }
}

/// Text of the other side without what a terminal would obey: control characters, and marks that change the
/// direction of writing, as escapes.
pub(crate) struct Printable<'a>(pub(crate) &'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            if is_obeyed(c) {
                write!(f, "{}", c.escape_default())?;
            } else {
                f.write_char(c)?;
            }
        }
        Ok(())
    }
}

/// Whether a terminal would do something else than to show the character.
fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The same for JSTP text and JSON, in which such characters stand within texts only, but for line breaks
/// between lines.
fn escape_obeyed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_obeyed(c) && c != '\n' {
            // Writing to a string does not fail.
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_does_not_steer_the_terminal() {
        let shown = Printable("a\u{1b}[2Jb\nc\u{202e}d\u{9b}é").to_string();
        assert_eq!(shown, "a\\u{1b}[2Jb\\nc\\u{202e}d\\u{9b}é");
    }

    #[test]
    fn escapes_stand_for_the_same_value() {
        let text = "['a\u{9b}',\n'\u{202e}é']";
        let escaped = escape_obeyed(text);
        assert_eq!(escaped, "['a\\u009b',\n'\\u202eé']");
        let read = jstp_wire::from_str::<jstp_wire::Value>;
        assert_eq!(read(&escaped).unwrap(), read(text).unwrap());
    }

    #[test]
    fn styles_are_left_out_without_colour() {
        assert_eq!(paint(false, ERROR, "x").to_string(), "x");
        assert!(paint(true, ERROR, "x").to_string().starts_with("\u{1b}["));
    }
}
