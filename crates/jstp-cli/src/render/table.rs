//! Columns for people to read.

use jstp_wire::{Object, Value};
use unicode_width::UnicodeWidthStr;

use crate::failure::Failure;
use crate::output::{NAME, Output, Printable, paint};

/// The heading of a column whose values have no name.
const VALUE: &str = "value";

/// Rows of cells under headings.
#[derive(Debug, Default)]
pub(crate) struct Table {
    headings: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

/// What stands in a row and column.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    text: String,
    /// Numbers stand to the right.
    to_the_right: bool,
}

impl Cell {
    /// A text.
    pub(crate) fn text(text: &str) -> Self {
        Self {
            text: Printable(text).to_string(),
            to_the_right: false,
        }
    }

    /// A value: texts without quotes, others as JSTP text.
    fn value(value: &Value) -> Self {
        match value {
            Value::Undefined => Self::default(),
            Value::String(text) => Self::text(text),
            other => Self {
                to_the_right: other.is_number(),
                ..Self::text(&other.to_string())
            },
        }
    }
}

impl Table {
    /// A table without rows.
    pub(crate) fn new<'a>(headings: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            headings: headings
                .into_iter()
                .map(|heading| Printable(heading).to_string())
                .collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, row: impl IntoIterator<Item = Cell>) {
        self.rows.push(row.into_iter().collect());
    }

    /// A value as a table: an array has a row for each element, with a column for each key (or position) that
    /// any of them has; an object a row for each member.
    pub(crate) fn of_value(value: &Value) -> Self {
        match value {
            Value::Array(elements) => of_elements(elements),
            Value::Object(object) => of_members(object),
            scalar => {
                let mut table = Self::new([VALUE]);
                table.push([Cell::value(scalar)]);
                table
            }
        }
    }

    /// Prints it: headings, a rule, rows.
    pub(crate) fn print(&self, output: &mut Output) -> Result<(), Failure> {
        let widths = self.widths();
        let color = output.has_color();
        let headings: Vec<Cell> = self.headings.iter().map(|name| Cell::text(name)).collect();
        let aligned: Vec<Cell> = headings
            .into_iter()
            .enumerate()
            .map(|(column, heading)| Cell {
                to_the_right: self.is_numeric(column),
                ..heading
            })
            .collect();
        output.line(paint(color, NAME, line(&aligned, &widths)))?;
        let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        output.line(rule.join("  "))?;
        for row in &self.rows {
            output.line(line(row, &widths))?;
        }
        Ok(())
    }

    fn widths(&self) -> Vec<usize> {
        let width_of = |(column, heading): (usize, &String)| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            let widest = cells.map(|cell| cell.text.width()).max().unwrap_or(0);
            widest.max(heading.width())
        };
        self.headings.iter().enumerate().map(width_of).collect()
    }

    /// Whether a column has numbers alone.
    fn is_numeric(&self, column: usize) -> bool {
        let mut cells = self
            .rows
            .iter()
            .filter_map(|row| row.get(column))
            .peekable();
        cells.peek().is_some() && cells.all(|cell| cell.to_the_right || cell.text.is_empty())
    }
}

fn line(row: &[Cell], widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, width) in row.iter().zip(widths) {
        let padding = " ".repeat(width.saturating_sub(cell.text.width()));
        let (before, behind) = if cell.to_the_right {
            (padding.as_str(), "")
        } else {
            ("", padding.as_str())
        };
        for part in [before, &cell.text, behind, "  "] {
            line.push_str(part);
        }
    }
    line.truncate(line.trim_end().len());
    line
}

fn of_elements(elements: &[Value]) -> Table {
    let objects: Option<Vec<&Object>> = elements.iter().map(Value::as_object).collect();
    if let Some(objects) = objects.filter(|objects| !objects.is_empty()) {
        return of_objects(&objects);
    }
    let arrays: Option<Vec<&Vec<Value>>> = elements.iter().map(Value::as_array).collect();
    if let Some(arrays) = arrays.filter(|arrays| !arrays.is_empty()) {
        return of_arrays(&arrays);
    }
    let mut table = Table::new([VALUE]);
    for element in elements {
        table.push([Cell::value(element)]);
    }
    table
}

fn of_objects(objects: &[&Object]) -> Table {
    let mut keys = Object::new();
    for object in objects {
        for key in object.keys() {
            keys.insert(key, true);
        }
    }
    let mut table = Table::new(keys.keys());
    for object in objects {
        table.push(
            keys.keys()
                .map(|key| object.get(key).map_or_else(Cell::default, Cell::value)),
        );
    }
    table
}

fn of_arrays(arrays: &[&Vec<Value>]) -> Table {
    let columns = arrays.iter().map(|array| array.len()).max().unwrap_or(0);
    let headings: Vec<String> = (0..columns).map(|column| column.to_string()).collect();
    let mut table = Table::new(headings.iter().map(String::as_str));
    for array in arrays {
        table.push(array.iter().map(Cell::value));
    }
    table
}

fn of_members(object: &Object) -> Table {
    let mut table = Table::new(["key", VALUE]);
    for (key, value) in object {
        table.push([Cell::text(key), Cell::value(value)]);
    }
    table
}

#[cfg(test)]
mod tests {
    use jstp_wire::value;

    use super::*;

    fn shown(value: &Value) -> Vec<String> {
        let table = Table::of_value(value);
        let widths = table.widths();
        table.rows.iter().map(|row| line(row, &widths)).collect()
    }

    #[test]
    fn objects_of_a_list_are_rows_with_the_keys_of_all() {
        let value = value!([{name: "tea", price: 2}, {name: "coffee", hot: true}]);
        let table = Table::of_value(&value);
        assert_eq!(table.headings, ["name", "price", "hot"]);
        assert_eq!(shown(&value), ["tea         2", "coffee         true"]);
        assert!(table.is_numeric(1) && !table.is_numeric(0));
    }

    #[test]
    fn lists_and_single_values_have_columns_too() {
        assert_eq!(
            shown(&value!([[1, "a"], [22, "b", null]])),
            [" 1  a", "22  b  null"]
        );
        assert_eq!(shown(&value!({a: 1, b: [2]})), ["a        1", "b    [2]"]);
        assert_eq!(shown(&value!("x")), ["x"]);
        assert!(shown(&value!([])).is_empty());
    }

    #[test]
    fn wide_characters_take_their_place_and_controls_are_escaped() {
        assert_eq!(
            shown(&value!([["茶", 1], ["a\nb", 2]])),
            ["茶    1", "a\\nb  2"]
        );
    }
}
