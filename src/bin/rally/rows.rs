//! Rows in the form asked for. All but tables go out as they come.

use crate::failure::Failure;
use crate::{csv, table};
use serde::Serialize;
use serde_json::Value;
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
}

/// One value, as a person and as a program reads it.
#[derive(Debug)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) json: Value,
}

impl<T: Into<Value>> From<T> for Cell {
    fn from(value: T) -> Cell {
        let json = value.into();
        let text = match &json {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        Cell { text, json }
    }
}

pub(crate) struct Rows<'o> {
    out: &'o mut dyn Write,
    format: Format,
    columns: Vec<String>,
    /// Kept until the widths are known.
    table: Vec<Vec<String>>,
    any: bool,
}

impl<'o> Rows<'o> {
    pub(crate) fn new(out: &'o mut dyn Write, format: Format, columns: Vec<String>) -> Rows<'o> {
        Rows { out, format, columns, table: Vec::new(), any: false }
    }

    pub(crate) fn row(&mut self, cells: Vec<Cell>) -> Result<(), Failure> {
        match self.format {
            Format::Table => self.table.push(cells.into_iter().map(|cell| cell.text).collect()),
            Format::Csv => {
                self.csv_names()?;
                csv::line(self.out, cells.iter().map(|cell| cell.text.as_str()))?;
            }
            Format::Json | Format::Jsonl => {
                // By hand, so that the columns keep their order.
                let pair = |(name, cell): (&String, &Cell)| format!("{}:{}", Value::from(&**name), cell.json);
                let pairs: Vec<String> = self.columns.iter().zip(&cells).map(pair).collect();
                self.json_row(&format!("{{{}}}", pairs.join(",")))?;
            }
        }
        self.any = true;
        Ok(())
    }

    /// A whole object, for the json forms.
    pub(crate) fn object(&mut self, object: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string(object)
            .map_err(|e| Failure::usage(format!("an object cannot be written as JSON: {e}")))?;
        self.json_row(&text)?;
        self.any = true;
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        match self.format {
            Format::Table if self.any => {
                write!(self.out, "{}", table::shown(&self.columns, self.table))?;
            }
            Format::Csv => self.csv_names()?,
            Format::Json if self.any => self.out.write_all(b"\n]\n")?,
            Format::Json => self.out.write_all(b"[]\n")?,
            Format::Table | Format::Jsonl => {}
        }
        Ok(())
    }

    fn json_row(&mut self, object: &str) -> Result<(), Failure> {
        match (self.format, self.any) {
            (Format::Json, false) => write!(self.out, "[\n{object}")?,
            (Format::Json, true) => write!(self.out, ",\n{object}")?,
            _ => writeln!(self.out, "{object}")?,
        }
        Ok(())
    }

    /// The first line, once.
    fn csv_names(&mut self) -> Result<(), Failure> {
        let columns = std::mem::take(&mut self.columns);
        if !columns.is_empty() {
            csv::line(self.out, columns.iter().map(String::as_str))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(format: Format, rows: Vec<Vec<Cell>>) -> String {
        let mut out = Vec::new();
        let mut shown = Rows::new(&mut out, format, vec!["A \"b\"".to_owned(), "C".to_owned()]);
        rows.into_iter().for_each(|row| shown.row(row).unwrap());
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
