//! Comma-separated values as RFC 4180 has them, with line feeds.

/// Adds a line.
pub(crate) fn push(line: &mut Vec<u8>, cells: impl Iterator<Item: AsRef<str>>) {
    let before = line.len();
    for cell in cells {
        push_cell(line, cell.as_ref());
        line.push(b',');
    }
    line.pop();
    // A line with nothing in it would be no row to most readers.
    if line.len() == before {
        line.extend_from_slice(b"\"\"");
    }
    line.push(b'\n');
}

/// Blanks at the ends are quoted too: some readers drop them. Nothing else is altered, whatever a spreadsheet
/// makes of it: what is written is what was read.
fn push_cell(line: &mut Vec<u8>, cell: &str) {
    let is_plain = !cell.bytes().any(|b| matches!(b, b'"' | b',' | b'\n' | b'\r')) && cell.trim() == cell;
    if is_plain {
        line.extend_from_slice(cell.as_bytes());
    } else {
        line.push(b'"');
        line.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
        line.push(b'"');
    }
}
