//! How values are shown.

mod highlight;
mod table;

use clap::ValueEnum;
use jstp_wire::Value;

use crate::failure::Failure;
use crate::output::Output;

pub(crate) use highlight::highlight;
pub(crate) use table::Table;

/// The indent of pretty text, unless something else is said.
pub(crate) const INDENT: &str = "  ";

/// The forms of results.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// JSTP text, a line for each result
    #[default]
    Jstp,
    /// JSTP text over several lines, indented
    Pretty,
    /// JSON, a line for each result
    Json,
    /// Columns for people to read
    Table,
}

/// The option `--output`.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct FormatArg {
    /// How to print results
    #[arg(id = "output", long = "output", short = 'o', value_name = "FORMAT")]
    #[arg(value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// Prints a value with a line break behind it.
pub(crate) fn print_value(
    output: &mut Output,
    format: Format,
    value: &Value,
) -> Result<(), Failure> {
    if format == Format::Table {
        return Table::of_value(value).print(output);
    }
    let text = text_of(value, format)?;
    output.value_text(&text)?;
    Ok(())
}

/// The text of a value in one of the forms that programs can read.
fn text_of(value: &Value, format: Format) -> Result<String, Failure> {
    match format {
        Format::Json => serde_json::to_string(value)
            .map_err(|error| Failure::usage(format!("cannot be written as JSON: {error}"))),
        Format::Pretty => jstp_wire::to_string_pretty(value, INDENT).map_err(unwritable),
        Format::Jstp | Format::Table => jstp_wire::to_string(value).map_err(unwritable),
    }
}

/// Values with commas between them, as they are given on the command line.
pub(crate) fn list_text(values: &[Value]) -> Result<String, Failure> {
    let text = jstp_wire::to_string(values).map_err(unwritable)?;
    let inner = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    Ok(inner.unwrap_or(&text).to_owned())
}

fn unwritable(error: impl std::fmt::Display) -> Failure {
    Failure::usage(format!("cannot be written: {error}"))
}

#[cfg(test)]
mod tests {
    use jstp_wire::value;

    use super::*;

    #[test]
    fn json_has_null_for_what_it_does_not_know() {
        let value = jstp_wire::from_str("{a: undefined, b: [, 1], c: NaN}").unwrap();
        let text = text_of(&value, Format::Json).unwrap();
        assert_eq!(text, r#"{"b":[null,1],"c":null}"#);
        assert_eq!(text_of(&Value::Undefined, Format::Json).unwrap(), "null");
    }

    #[test]
    fn jstp_text_is_compact_and_pretty_text_is_indented() {
        let value = value!([1, {a: "x"}]);
        assert_eq!(text_of(&value, Format::Jstp).unwrap(), "[1,{a:'x'}]");
        assert_eq!(
            text_of(&value, Format::Pretty).unwrap(),
            "[\n  1,\n  {\n    a: 'x'\n  }\n]"
        );
        assert_eq!(
            text_of(&Value::Undefined, Format::Jstp).unwrap(),
            "undefined"
        );
    }
}
