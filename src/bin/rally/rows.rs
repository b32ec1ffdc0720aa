//! Rows in the form asked for. They go out as they come; a table waits for its first page, which makes its widths.

use crate::failure::Failure;
use crate::show::Look;
use crate::table::Table;
use crate::text::one_line;
use crate::{csv, markdown, stdio, when};
use rally_wsapi::Field;
use rally_wsapi::jiff::tz::TimeZone;
use serde::{Serialize, Serializer};
use serde_json::Value;
use std::borrow::Cow;
use std::io::Write;

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Columns for people
    Table,
    /// Comma-separated, quoted where needed, with a line of names
    Csv,
    /// One list of objects
    Json,
    /// An object a line
    Jsonl,
    /// FormattedIDs, or refs where objects have none; of other rows the first column
    Ids,
    /// A table in GitHub's Markdown
    Markdown,
    /// A field a line; all fields where none are named
    Details,
}

/// One value, as a person and as a program reads it.
#[derive(Debug)]
pub(crate) enum Cell<'a> {
    Field(Field<'a>),
    Value(Value),
}

impl Cell<'_> {
    fn json(&self) -> &Value {
        match self {
            Cell::Field(field) => field.as_json(),
            Cell::Value(value) => value,
        }
    }

    pub(crate) fn text(&self) -> Cow<'_, str> {
        match (self.json(), self) {
            (Value::Null, _) => "".into(),
            (Value::String(text), _) => text.into(),
            (_, Cell::Field(field)) => field.to_string().into(),
            (other, Cell::Value(_)) => other.to_string().into(),
        }
    }
}

impl<T: Into<Value>> From<T> for Cell<'_> {
    fn from(value: T) -> Self {
        Cell::Value(value.into())
    }
}

pub(crate) struct Rows<'o> {
    out: &'o mut dyn Write,
    format: Format,
    columns: Vec<String>,
    table: Table,
    /// Of the times in tables.
    zone: TimeZone,
    /// The line being made.
    line: Vec<u8>,
    any: bool,
}

impl<'o> Rows<'o> {
    pub(crate) fn new(out: &'o mut dyn Write, look: Look, columns: Vec<String>) -> Rows<'o> {
        let is_table = matches!(look.format, Format::Table | Format::Markdown);
        Rows {
            out,
            format: look.format,
            columns,
            table: Table::of_stdout(look.whole),
            zone: when::zone(look.utc || !is_table),
            line: Vec::new(),
            any: false,
        }
    }

    pub(crate) fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), Failure> {
        match self.format {
            Format::Table => {
                self.table.push(cells.iter().map(|cell| one_line(&self.in_table(cell))).collect())
            }
            Format::Markdown => {
                self.markdown_names();
                let row = markdown::row(cells.iter().map(|cell| self.in_table(cell)));
                self.line.extend(row.into_bytes());
                self.write_line()?;
            }
            Format::Ids => {
                let id = cells.first().map(Cell::text).unwrap_or_default();
                self.line.extend(format!("{}\n", one_line(&id)).into_bytes());
                self.write_line()?;
            }
            Format::Details => {
                let gap = if self.any { "\n" } else { "" };
                let field =
                    |(name, cell): (&String, &Cell<'_>)| format!("{name:<30} : {}\n", one_line(&cell.text()));
                let fields: String = self.columns.iter().zip(cells).map(field).collect();
                self.line.extend(format!("{gap}{fields}").into_bytes());
                self.write_line()?;
            }
            Format::Csv => {
                self.csv_names();
                csv::push(&mut self.line, cells.iter().map(Cell::text));
                self.write_line()?;
            }
            Format::Json | Format::Jsonl => {
                let columns = std::mem::take(&mut self.columns);
                self.object(&Named { columns: &columns, cells })?;
                self.columns = columns;
            }
        }
        self.any = true;
        Ok(())
    }

    /// A whole object, for the json forms.
    pub(crate) fn object(&mut self, object: &impl Serialize) -> Result<(), Failure> {
        let (before, after) = match (self.format, self.any) {
            (Format::Json, false) => ("[\n", ""),
            (Format::Json, true) => (",\n", ""),
            _ => ("", "\n"),
        };
        self.line.extend_from_slice(before.as_bytes());
        serde_json::to_writer(&mut self.line, object)
            .map_err(|e| Failure::usage(format!("an object cannot be written as JSON: {e}")))?;
        self.line.extend_from_slice(after.as_bytes());
        self.any = true;
        self.write_line()
    }

    /// The next row is not here yet: those before it go out.
    pub(crate) fn pause(&mut self) -> Result<(), Failure> {
        self.write_table()?;
        Ok(self.out.flush()?)
    }

    fn write_table(&mut self) -> Result<(), Failure> {
        let rows = self.table.shown(&self.columns);
        Ok(stdio::painted(|| self.out.write_all(rows.as_bytes()))?)
    }

    /// Times are short there.
    fn in_table<'c>(&self, cell: &'c Cell<'_>) -> Cow<'c, str> {
        let text = cell.text();
        when::short(&text, &self.zone).map_or(text, Cow::Owned)
    }

    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        match self.format {
            Format::Table => self.write_table()?,
            Format::Markdown => self.markdown_names(),
            Format::Csv => self.csv_names(),
            Format::Json if self.any => self.line.extend_from_slice(b"\n]\n"),
            Format::Json => self.line.extend_from_slice(b"[]\n"),
            Format::Jsonl | Format::Ids | Format::Details => {}
        }
        self.write_line()
    }

    fn write_line(&mut self) -> Result<(), Failure> {
        self.out.write_all(&self.line)?;
        self.line.clear();
        Ok(())
    }

    /// The first line, once.
    fn csv_names(&mut self) {
        let columns = std::mem::take(&mut self.columns);
        if !columns.is_empty() {
            csv::push(&mut self.line, columns.iter());
        }
    }

    fn markdown_names(&mut self) {
        let columns = std::mem::take(&mut self.columns);
        if !columns.is_empty() {
            self.line.extend(markdown::names(&columns).into_bytes());
        }
    }
}

/// A row as an object whose members keep the order of the columns.
struct Named<'r> {
    columns: &'r [String],
    cells: &'r [Cell<'r>],
}

impl Serialize for Named<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.columns.iter().zip(self.cells.iter().map(Cell::json)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(format: Format, rows: Vec<Vec<Cell<'_>>>) -> String {
        let mut out = Vec::new();
        let look = Look { format, whole: true, utc: true };
        let mut shown = Rows::new(&mut out, look, vec!["A \"b\"".to_owned(), "C".to_owned()]);
        rows.iter().for_each(|row| shown.row(row).unwrap());
        shown.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn csv_is_quoted_where_a_reader_needs_it() {
        let row = |text: &str| vec![text.into(), Value::Null.into()];
        let rows = ["=1+1", "a,b", "say \"so\"", "two\nlines", " led", "Été"].map(row).into();
        let lines = "=1+1,\n\"a,b\",\n\"say \"\"so\"\"\",\n\"two\nlines\",\n\" led\",\nÉté,\n";
        assert_eq!(written(Format::Csv, rows), format!("\"A \"\"b\"\"\",C\n{lines}"));
        assert_eq!(written(Format::Csv, Vec::new()), "\"A \"\"b\"\"\",C\n");
    }

    #[test]
    fn json_keeps_numbers_and_the_order_of_columns() {
        let rows = || vec![vec![serde_json::json!(2.0).into(), 9_007_199_254_740_993_i64.into()]];
        let object = r#"{"A \"b\"":2.0,"C":9007199254740993}"#;
        assert_eq!(written(Format::Json, rows()), format!("[\n{object}\n]\n"));
        assert_eq!(written(Format::Jsonl, rows()), format!("{object}\n"));
        assert_eq!(
            (written(Format::Json, Vec::new()), written(Format::Jsonl, Vec::new())),
            ("[]\n".into(), "".into())
        );
    }
}
