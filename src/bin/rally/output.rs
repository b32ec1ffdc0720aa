//! Rows on standard output, in the format asked for.

use super::args::Format;
use super::failure::Done;
use comfy_table::{ContentArrangement, Table, presets};
use rally_wsapi::{Entity, Result};
use serde_json::Value;
use std::io::{IsTerminal, Write};

/// Rows as they come: only a table waits for the last one.
pub(crate) struct Sheet<W> {
    out: W,
    format: Format,
    columns: Vec<String>,
    table: Vec<Vec<String>>,
    rows: usize,
}

/// A cell: as text for people and spreadsheets, as JSON for programs.
pub(crate) type Cell = (String, Value);

/// The values at these paths; what is not loaded yet is.
pub(crate) fn cells(entity: &Entity, paths: &[String]) -> Result<Vec<Cell>> {
    let cell = |path: &String| entity.get(path).map(|field| (field.to_string(), field.as_json().clone()));
    paths.iter().map(cell).collect()
}

impl<W: Write> Sheet<W> {
    pub(crate) fn new(mut out: W, format: Format, columns: Vec<String>) -> std::io::Result<Sheet<W>> {
        if format == Format::Csv {
            writeln!(out, "{}", csv(columns.iter().map(String::as_str)))?;
        }
        Ok(Sheet { out, format, columns, table: Vec::new(), rows: 0 })
    }

    pub(crate) fn row(&mut self, cells: Vec<Cell>) -> std::io::Result<()> {
        let first = self.rows == 0;
        self.rows += 1;
        match self.format {
            Format::Table => self.table.push(cells.iter().map(|(text, _)| plain(text)).collect()),
            Format::Csv => writeln!(self.out, "{}", csv(cells.iter().map(|(text, _)| text.as_str())))?,
            Format::Ids => {
                writeln!(self.out, "{}", cells.first().map_or_else(String::new, |(text, _)| plain(text)))?;
            }
            Format::Jsonl => writeln!(self.out, "{}", self.object(&cells))?,
            Format::Json => {
                write!(self.out, "{}{}", if first { "[\n" } else { ",\n" }, self.object(&cells))?;
            }
        }
        Ok(())
    }

    /// The columns in their order, which a map would not keep.
    fn object(&self, cells: &[Cell]) -> String {
        let pairs = self.columns.iter().zip(cells);
        let pairs = pairs.map(|(name, (_, value))| format!("{}: {value}", Value::from(name.as_str())));
        format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
    }

    pub(crate) fn end(mut self) -> Done {
        match (self.format, self.rows) {
            (Format::Table, 0) => eprintln!("nothing found"),
            (Format::Table, _) => {
                let table = table(&self.columns, std::mem::take(&mut self.table));
                self.out.write_all(table.as_bytes())?;
            }
            (Format::Json, 0) => writeln!(self.out, "[]")?,
            (Format::Json, _) => writeln!(self.out, "\n]")?,
            _ => {}
        }
        Ok(self.out.flush()?)
    }
}

/// As wide as the terminal; as wide as it needs elsewhere.
fn table(columns: &[String], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    let to_people = std::io::stdout().is_terminal();
    table.load_style(presets::NOTHING).set_header(columns).add_rows(rows);
    table.set_content_arrangement(match to_people {
        true => ContentArrangement::Dynamic,
        false => ContentArrangement::Disabled,
    });
    let text = table.to_string();
    let lines = text.lines().map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line).trim_end()));
    lines.collect()
}

/// On one line, and without anything that drives a terminal.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn csv<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let quoted = |cell: &str| match cell.contains([',', '"', '\n', '\r']) || cell.trim() != cell {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.to_owned(),
    };
    cells.map(quoted).collect::<Vec<_>>().join(",")
}
