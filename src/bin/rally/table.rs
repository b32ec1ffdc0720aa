//! Tables for people: as wide as the terminal; elsewhere a row stays a line.

use crate::text::one_line;
use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, presets};
use std::io::{IsTerminal, stdout};

pub(crate) fn shown(columns: &[String], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING.header_separator(LineStyle::none().fill('-').junction('-')));
    table.set_header(columns.iter().map(|name| one_line(name)));
    let numbers: Vec<bool> = (0..columns.len()).map(|at| is_numbers(&rows, at)).collect();
    for row in rows {
        table.add_row(row.iter().map(|cell| one_line(cell)));
    }
    for (column, numbers) in table.column_iter_mut().zip(numbers) {
        column.set_padding((0, 1));
        if numbers {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let width = terminal_size::terminal_size().map(|(width, _)| width.0);
    if let Some(width) = width.filter(|_| stdout().is_terminal()) {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    let mut text = table.trim_fmt();
    text.push('\n');
    text
}

/// Whether a column holds numbers and nothing else.
fn is_numbers(rows: &[Vec<String>], at: usize) -> bool {
    let mut cells = rows.iter().filter_map(|row| row.get(at)).filter(|cell| !cell.is_empty()).peekable();
    cells.peek().is_some() && cells.all(|cell| cell.parse::<f64>().is_ok())
}
