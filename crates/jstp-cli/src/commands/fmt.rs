//! `jstp fmt` and `jstp json`: formatting, checking and converting texts.

mod convert;
mod json;
mod records;

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::PathBuf;

use clap::ValueEnum;

use crate::excerpt::Fault;
use crate::failure::Failure;
use crate::output::Output;
use convert::Conversion;
use records::{ReadError, Record, Records, Separator};

/// The longest indent, in characters.
const MAX_INDENT: i64 = 10;

/// How the standard input is called in messages.
const STDIN: &str = "standard input";

const FMT_EXAMPLES: &str = "\
Examples:
  jstp fmt message.jstp
  echo '{a:[1,,0x10]}' | jstp fmt --compact
  jstp fmt --check fixtures/*.jstp
  jstp fmt --separator nul --compact < captured-stream

Comments are left out, numbers are written as JavaScript does it, of members with the same name the
last one stays. The texts of a stream are read one by one, and one that is not valid does not keep
the others back.

Exit status: 0 when all texts are valid, 1 when one is not, 2 for wrong use and unreadable files.";

const JSON_EXAMPLES: &str = "\
Examples:
  jstp json message.jstp
  jstp call 127.0.0.1:3000 app users all | jstp json | jq '.[0].name'
  jstp json --strict --check message.jstp
  jstp json --to-jstp --compact < data.json

JSON has no undefined, NaN and Infinity: they become null, as JSON.stringify does it, or with
--strict an error. Members that are undefined are absent in both. -0 keeps its sign, and integers of
up to 64 bits all their digits. --to-jstp takes nothing but JSON.

Exit status: 0 when all texts are valid, 1 when one is not, 2 for wrong use and unreadable files.";

/// Format or check JSTP text, from files or streams
#[derive(Debug, clap::Args)]
#[command(after_help = FMT_EXAMPLES)]
pub(crate) struct Fmt {
    #[command(flatten)]
    texts: Texts,
}

/// Convert JSTP text to JSON, or JSON to JSTP text
#[derive(Debug, clap::Args)]
#[command(after_help = JSON_EXAMPLES)]
pub(crate) struct Json {
    #[command(flatten)]
    texts: Texts,

    /// Read JSON and write JSTP text
    #[arg(long)]
    to_jstp: bool,

    /// Refuse undefined, NaN and Infinity instead of writing null
    #[arg(long, conflicts_with = "to_jstp")]
    strict: bool,
}

/// What both commands take.
#[derive(Debug, clap::Args)]
struct Texts {
    /// Files to read, - for the standard input, which is also read when there are none
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Write nothing but what is wrong
    #[arg(long)]
    check: bool,

    /// Write each text in one line
    #[arg(long, short, conflicts_with = "indent")]
    compact: bool,

    /// Indent by so many spaces
    #[arg(long, value_name = "N", default_value_t = 2)]
    #[arg(value_parser = clap::value_parser!(u8).range(0..=MAX_INDENT))]
    indent: u8,

    /// What stands between the texts of the input
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = Separator::Auto)]
    separator: Separator,

    /// What to write behind each text
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = Terminator::Line)]
    end: Terminator,

    /// Refuse texts of more bytes; reading one may take 35 times as much memory
    #[arg(long, value_name = "BYTES", default_value_t = jstp_wire::DEFAULT_MAX_MESSAGE_SIZE)]
    max_size: usize,
}

/// What ends each text that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Terminator {
    /// A NUL byte, as on the wire
    Nul,
    /// A line break
    Line,
}

impl Fmt {
    pub(crate) fn run(self, output: &mut Output) -> Result<(), Failure> {
        self.texts.run(Conversion::Format, output)
    }
}

impl Json {
    pub(crate) fn run(self, output: &mut Output) -> Result<(), Failure> {
        let conversion = if self.to_jstp {
            Conversion::FromJson
        } else {
            Conversion::ToJson {
                strict: self.strict,
            }
        };
        self.texts.run(conversion, output)
    }
}

impl Texts {
    fn run(&self, conversion: Conversion, output: &mut Output) -> Result<(), Failure> {
        let mut invalid = 0;
        if self.files.is_empty() {
            invalid += self.convert(io::stdin().lock(), STDIN, conversion, output)?;
        }
        for path in &self.files {
            invalid += if path.as_os_str() == "-" {
                self.convert(io::stdin().lock(), STDIN, conversion, output)?
            } else {
                let file = File::open(path).map_err(|error| Failure::file(path, &error))?;
                self.convert(file, &path.display().to_string(), conversion, output)?
            };
        }
        match invalid {
            0 => Ok(()),
            1 => Err(Failure::finding("one text is not valid")),
            more => Err(Failure::finding(format!("{more} texts are not valid"))),
        }
    }

    /// Converts all texts of one input and tells how many were not valid.
    fn convert(
        &self,
        input: impl Read,
        name: &str,
        conversion: Conversion,
        output: &mut Output,
    ) -> Result<u64, Failure> {
        let indent = " ".repeat(if self.compact { 0 } else { self.indent.into() });
        let mut records = Records::new(input, self.separator, self.max_size);
        let mut out = BufWriter::new(io::stdout().lock());
        let mut invalid = 0;
        loop {
            if !records.has_text() {
                // Whoever reads gets what there is before more is waited for.
                out.flush()?;
            }
            match records.next() {
                Ok(None) => return Ok(invalid),
                Ok(Some(record)) => match conversion.convert(&record.bytes, &indent) {
                    Ok(text) if !self.check => self.write(&mut out, &output.for_reader(&text))?,
                    Ok(_) => {}
                    Err(error) => {
                        invalid += 1;
                        out.flush()?;
                        output.note(describe(name, records.separator(), &record, &error));
                    }
                },
                Err(ReadError::TooLong { lines_before }) => {
                    let line = lines_before + 1;
                    output.note(format_args!(
                        "{name}:{line}: a text of more than {} bytes; --max-size allows more",
                        self.max_size
                    ));
                    return Ok(invalid + 1);
                }
                Err(ReadError::Io(error)) => {
                    return Err(Failure::usage(format!("{name}: {error}")));
                }
            }
        }
    }

    fn write(&self, out: &mut impl Write, text: &str) -> io::Result<()> {
        out.write_all(text.as_bytes())?;
        out.write_all(match self.end {
            Terminator::Nul => b"\0",
            Terminator::Line => b"\n",
        })
    }
}

/// What is wrong with a text, where, and the line with a caret under the place.
fn describe(name: &str, separator: Separator, record: &Record, fault: &Fault) -> String {
    let text = String::from_utf8_lossy(&record.bytes);
    let name = match separator {
        // Such texts rarely have lines.
        Separator::Nul => Cow::Owned(format!("{name}, text {}", record.number)),
        _ => Cow::Borrowed(name),
    };
    fault.describe(&name, &text, record.lines_before)
}
