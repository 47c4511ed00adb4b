//! Values from the command line: one text, a file, or the standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jstp_wire::{ErrorKind, Value};

use crate::failure::Failure;

/// The longest text that is read from a file or the standard input, in bytes: twice what fits into a message.
const MAX_LENGTH: u64 = 16 * 1024 * 1024;

/// The arguments of a call or an event.
#[derive(Debug, clap::Args)]
pub(crate) struct ArgsText {
    /// Values with commas between them: "1, 'two', {three: [3]}"; @FILE reads them from a file, - from
    /// the standard input
    #[arg(value_name = "ARGS", allow_hyphen_values = true)]
    args: Option<String>,

    /// Read ARGS from a file
    #[arg(long, value_name = "FILE", conflicts_with = "args")]
    args_file: Option<PathBuf>,
}

impl ArgsText {
    /// Reads the values; none when nothing was given.
    pub(crate) fn read(&self, stdin: &mut Stdin) -> Result<Vec<Value>, Failure> {
        if let Some(path) = &self.args_file {
            return parse_values(&read_file(path)?)
                .map_err(|failure| failure.context(path.display().to_string()));
        }
        match &self.args {
            Some(text) => read_values("ARGS", text, stdin),
            None => Ok(Vec::new()),
        }
    }
}

/// Values as they stand on the command line: themselves, `@FILE`, or `-` for the standard input. `name` is
/// that of the argument, for messages.
pub(crate) fn read_values(
    name: &'static str,
    text: &str,
    stdin: &mut Stdin,
) -> Result<Vec<Value>, Failure> {
    if text == "-" {
        let text = stdin.read_for(name)?;
        return parse_values(&text).map_err(|failure| failure.context("standard input"));
    }
    match text.strip_prefix('@') {
        Some(path) => {
            parse_values(&read_file(path.as_ref())?).map_err(|failure| failure.context(path))
        }
        None => parse_values(text).map_err(|failure| failure.context(name)),
    }
}

/// Reads values with commas between them. White space, comments and a last comma do not count.
pub(crate) fn parse_values(text: &str) -> Result<Vec<Value>, Failure> {
    // The line break ends a comment that the last line may have.
    let array = format!("[{text}\n]");
    jstp_wire::from_str(&array).map_err(|error| syntax_failure(text, &error, "[".len()))
}

/// What is wrong with a text and where. `shift` is how many bytes were put before it, on the same line, when
/// it was read.
fn syntax_failure(text: &str, error: &jstp_wire::Error, shift: usize) -> Failure {
    let reason = error.reason();
    let (Some(offset), Some(line), Some(column)) = (error.offset(), error.line(), error.column())
    else {
        return Failure::usage(reason);
    };
    let column = match line {
        1 => column.saturating_sub(shift).max(1),
        _ => column,
    };
    let offset = offset.saturating_sub(shift);
    // What was put behind the text is not shown to anybody.
    let reason = match text.get(offset..) {
        Some(rest) if !rest.trim().is_empty() => reason,
        _ => reason.split_once(", found ").map_or_else(
            || reason.clone(),
            |(what, _)| format!("{what}, found the end"),
        ),
    };
    let failure = Failure::usage(format!("{reason} at line {line} column {column}"));
    match error.kind() {
        ErrorKind::Syntax | ErrorKind::UnexpectedEnd => {
            failure.with_hint("texts stand in quotes: \"1, 'two', {three: [3]}\"")
        }
        _ => failure,
    }
}

/// Reads a text file that is not too long.
pub(crate) fn read_file(path: &Path) -> Result<String, Failure> {
    let file = File::open(path).map_err(|error| Failure::file(path, &error))?;
    read_text(file).map_err(|error| Failure::file(path, &error))
}

fn read_text(source: impl Read) -> io::Result<String> {
    let mut text = String::new();
    source.take(MAX_LENGTH + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_LENGTH {
        return Err(io::Error::other(format!(
            "it has more than {MAX_LENGTH} bytes"
        )));
    }
    Ok(text)
}

/// The standard input, which only one thing can be read from.
#[derive(Debug, Default)]
pub(crate) struct Stdin {
    taken_for: Option<&'static str>,
}

impl Stdin {
    /// A standard input that is read by somebody else.
    pub(crate) fn taken_for(name: &'static str) -> Self {
        Self {
            taken_for: Some(name),
        }
    }

    /// Reads all of it. `name` is what it is read for.
    pub(crate) fn read_for(&mut self, name: &'static str) -> Result<String, Failure> {
        if let Some(other) = self.taken_for.replace(name) {
            return Err(Failure::usage(format!(
                "{other} and {name} cannot both come from the standard input"
            )));
        }
        read_text(io::stdin().lock())
            .map_err(|error| Failure::usage(format!("standard input: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use jstp_wire::value;

    use super::*;

    fn parsed(text: &str) -> Vec<Value> {
        parse_values(text).unwrap_or_else(|failure| panic!("{text}: {failure:?}"))
    }

    #[test]
    fn values_stand_with_commas_between_them() {
        assert_eq!(
            parsed("1, 'two', [3]"),
            [value!(1), value!("two"), value!([3])]
        );
        assert_eq!(
            parsed("-1,-Infinity"),
            [value!(-1), Value::from(f64::NEG_INFINITY)]
        );
    }

    #[test]
    fn comments_white_space_and_nothing_are_fine() {
        assert_eq!(parsed("/* a */ 1, // one"), [value!(1)]);
        for nothing in ["", "  \n", "// nothing", "/**/"] {
            assert!(parsed(nothing).is_empty(), "{nothing:?}");
        }
    }

    #[test]
    fn text_that_would_end_the_list_is_refused() {
        for text in ["1], [2", "1]", "1]//", "[", "1 2", "'a", "/*", "Ann"] {
            assert!(parse_values(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn errors_point_into_the_text_as_it_was_given() {
        let message = |text| parse_values(text).unwrap_err().message().map(str::to_owned);
        assert_eq!(
            message("1, x").as_deref(),
            Some("expected a value, found `x` at line 1 column 4")
        );
        assert_eq!(
            message("1,\n x").as_deref(),
            Some("expected a value, found `x` at line 2 column 2")
        );
        assert!(message("{a: ").unwrap().contains("found the end"));
    }

    #[test]
    fn the_standard_input_serves_one_purpose() {
        let mut stdin = Stdin {
            taken_for: Some("--password-stdin"),
        };
        let failure = stdin.read_for("ARGS").unwrap_err();
        assert!(
            failure
                .message()
                .unwrap()
                .contains("--password-stdin and ARGS")
        );
    }
}
