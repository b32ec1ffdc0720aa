//! Tables for people: as wide as the terminal; elsewhere a row stays a line.

use crate::text::one_line;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Width, presets};
use std::io::{IsTerminal, stdout};

/// Rows that wait to be shown, and the columns as the first of them made them.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
    columns: Vec<Column>,
}

#[derive(Debug)]
struct Column {
    alignment: CellAlignment,
    /// With the blank behind it.
    width: u16,
}

impl Table {
    pub(crate) fn push(&mut self, row: Vec<String>) {
        self.rows.push(row);
    }

    /// The rows since the last time. The first ones come below the names and make the widths; later ones keep to them
    /// unless they are longer. Nothing is cut: what does not fit a terminal goes on in the next line.
    pub(crate) fn shown(&mut self, names: &[String]) -> String {
        let rows = std::mem::take(&mut self.rows);
        if rows.is_empty() {
            return String::new();
        }
        let width = terminal_size::terminal_size().map(|(width, _)| width.0);
        let width = width.filter(|_| stdout().is_terminal());
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING.header_separator(LineStyle::none().fill('-').junction(EDGE)));
        let is_first = self.columns.is_empty();
        if is_first {
            table.set_header(names.iter().map(|name| one_line(name)));
            let column = |at| Column { alignment: alignment(&rows, at), width: 0 };
            self.columns = (0..names.len()).map(column).collect();
        }
        table.add_rows(rows);
        for (shown, column) in table.column_iter_mut().zip(&self.columns) {
            shown.set_padding((0, 1)).set_cell_alignment(column.alignment);
            if !is_first {
                shown.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(column.width)));
            }
        }
        if let Some(width) = width {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        }
        let mut text = table.trim_fmt();
        text.push('\n');
        if is_first { self.measured(&text) } else { text }
    }

    /// Takes the widths from the line below the names, and closes its gaps.
    fn measured(&mut self, text: &str) -> String {
        let is_rule = |line: &&str| line.starts_with('-') && line.chars().all(|c| c == '-' || c == EDGE);
        let Some(rule) = text.lines().find(is_rule) else { return text.to_owned() };
        for (column, part) in self.columns.iter_mut().zip(rule.split(EDGE)) {
            column.width = u16::try_from(part.len()).unwrap_or(u16::MAX);
        }
        text.replacen(rule, &"-".repeat(rule.len()), 1)
    }
}

/// Stands between the columns in the line below the names until they are measured.
const EDGE: char = '+';

/// Right where a column holds numbers and nothing else.
fn alignment(rows: &[Vec<String>], at: usize) -> CellAlignment {
    let mut cells = rows.iter().filter_map(|row| row.get(at)).filter(|cell| !cell.is_empty()).peekable();
    let is_numbers = cells.peek().is_some() && cells.all(|cell| cell.parse::<f64>().is_ok());
    if is_numbers { CellAlignment::Right } else { CellAlignment::Left }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(table: &mut Table, rows: &[[&str; 2]]) -> String {
        rows.iter().for_each(|row| table.push(row.map(str::to_owned).into()));
        table.shown(&["Id".to_owned(), "Name".to_owned()])
    }

    #[test]
    fn later_rows_keep_to_the_widths_of_the_first_ones() {
        let mut table = Table::default();
        assert_eq!(shown(&mut table, &[]), "");
        let first = shown(&mut table, &[["7", "日本語"], ["12", "b"]]);
        assert_eq!(first, "Id  Name\n-----------\n 7  日本語\n12  b\n");
        assert_eq!(shown(&mut table, &[]), "");
        let later = shown(&mut table, &[["3", "a name"], ["1234", "not so long"], ["", "日本語の"]]);
        assert_eq!(later, "   3  a name\n1234  not so long\n      日本語の\n");
    }
}
