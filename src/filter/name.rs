//! The names of attributes: which need quotes.

use super::letters::is_plain;

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
