//! Comma-separated values as RFC 4180 has them, with line feeds.

use std::io::{self, Write};

pub(crate) fn line<'c>(out: &mut dyn Write, cells: impl Iterator<Item = &'c str>) -> io::Result<()> {
    let cells: Vec<String> = cells.map(quoted).collect();
    // A line with nothing in it would be no row to most readers.
    let line = if cells == [""] { "\"\"".to_owned() } else { cells.join(",") };
    writeln!(out, "{line}")
}

/// Blanks at the ends are quoted too: some readers drop them. Nothing else is altered, whatever a spreadsheet
/// makes of it: what is written is what was read.
fn quoted(cell: &str) -> String {
    let plain = !cell.contains(['"', ',', '\n', '\r']) && cell.trim() == cell;
    if plain { cell.to_owned() } else { format!("\"{}\"", cell.replace('"', "\"\"")) }
}
