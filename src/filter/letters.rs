//! Letters, invisible characters, words and names in filters.

/// `true` for letters and digits of any script, `_`, and anything that is neither a sign nor punctuation, as emoji.
pub(super) fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || !(c.is_ascii() || c.is_whitespace() || is_sign(c))
}

/// `true` for non-ASCII signs that look like operators, quotes or dashes, and for invisible characters.
fn is_sign(c: char) -> bool {
    is_invisible(c)
        || matches!(c,
            '\u{A1}'..='\u{BF}' | '×' | '÷'
            | '\u{2010}'..='\u{2025}' | '\u{2030}'..='\u{205E}'
            | '\u{2190}'..='\u{22FF}' | '\u{2983}'..='\u{2998}'
            | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{301F}'
            | '\u{FE10}'..='\u{FE19}' | '\u{FE30}'..='\u{FE6F}'
            | '\u{FF01}'..='\u{FF0F}' | '\u{FF1A}'..='\u{FF20}' | '\u{FF3B}'..='\u{FF3E}' | '\u{FF40}'
            | '\u{FF5B}'..='\u{FF65}' | '\u{FFE0}'..='\u{FFEF}')
}

/// `true` for zero-width, bidirectional and control characters.
pub(super) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

/// Words that are names only in quotes.
pub(super) const NO_NAMES: [&str; 3] = ["not", "and", "or"];

pub(super) fn starts_a_name(name: &str) -> bool {
    name.starts_with(|c: char| is_plain(c) && !c.is_numeric())
}

/// `true` if a name printed without quotes parses back.
pub(super) fn is_bare(name: &str) -> bool {
    let known = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
    known
        && starts_a_name(name)
        && !name.ends_with('.')
        && !NO_NAMES.iter().any(|no| name.eq_ignore_ascii_case(no))
}
