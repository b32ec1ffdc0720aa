//! Rows of a table in GitHub's Markdown.

use crate::text::one_line;

/// The names and the line below them.
pub(crate) fn names(columns: &[String]) -> String {
    format!("{}{}\n", row(columns.iter()), "| --- ".repeat(columns.len()) + "|")
}

pub(crate) fn row(cells: impl Iterator<Item: AsRef<str>>) -> String {
    let mut line: String = cells.map(|cell| format!("| {} ", escaped(cell.as_ref()))).collect();
    line.push_str("|\n");
    line
}

/// What would end the cell, or be more than a text: links, tags, code, emphasis.
fn escaped(text: &str) -> String {
    let text = one_line(text);
    let mut safe = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let is_entity =
            c == '&' && rest.peek().is_some_and(|next| next.is_ascii_alphanumeric() || *next == '#');
        if is_entity || matches!(c, '|' | '\\' | '<' | '[' | '*' | '`' | '~') {
            safe.push('\\');
        }
        safe.push(c);
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_its_cell() {
        let line = row(["a|b\\|c", "two\nlines", "<b> & &lt; [x](y) *z* c_Notes"].iter());
        assert_eq!(line, "| a\\|b\\\\\\|c | two lines | \\<b> & \\&lt; \\[x](y) \\*z\\* c_Notes |\n");
        assert_eq!(names(&["A".to_owned(), "B|".to_owned()]), "| A | B\\| |\n| --- | --- |\n");
    }
}
