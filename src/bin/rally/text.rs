//! Texts of strangers on a terminal: nothing in them may move the cursor or paint.

/// One line: what would break it is a blank.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Line breaks stay, tabs too.
pub(crate) fn plain_lines(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && !matches!(c, '\n' | '\t') { ' ' } else { c }).collect()
}
