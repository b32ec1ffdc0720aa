//! New errors, by what went wrong.

use super::{CUT, ConfigDetail, Error, ErrorKind, FilterDetail, Inner, NameDetail, PathDetail};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        let message = bounded(message.into());
        Error(Arc::new(Inner {
            kind,
            message,
            within: None,
            asked: None,
            remedy: None,
            server_errors: Vec::new(),
            attempts: 0,
            waited: Duration::ZERO,
            unsent: false,
            may_have_acted: false,
            source: None,
        }))
    }

    /// Makes an error for an unusable argument; the message names it and what is accepted.
    pub(crate) fn input(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Input, message)
    }

    pub(crate) fn config(origin: impl Into<String>, message: impl fmt::Display) -> Error {
        let origin = origin.into();
        let message = format!("{origin}: {message}");
        Error::new(ErrorKind::Config(ConfigDetail { origin }), message)
    }

    /// Shows the text with a caret below the offset.
    pub(crate) fn filter(text: &str, offset: usize, expected: impl Into<String>) -> Error {
        let expected = expected.into();
        let offset = boundary(text, offset);
        let (shown, before) = around(text, offset);
        let blanks = " ".repeat(before);
        let message = format!("bad filter at byte {offset}: {expected}\n  {shown}\n  {blanks}^");
        Error::new(ErrorKind::Filter(FilterDetail { text: text.to_owned(), offset, expected }), message)
    }

    pub(crate) fn unknown_name(what: &str, name: &str, nearest: Vec<String>) -> Error {
        let message = format!("{what} `{name}` is unknown{}", listed(&nearest));
        Error::new(ErrorKind::UnknownName(NameDetail { name: name.to_owned(), nearest }), message)
    }

    pub(crate) fn ambiguous(message: impl Into<String>, candidates: Vec<String>) -> Error {
        const SHOWN: usize = 20;
        let shown = candidates.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
        let mut message = format!("{}: {shown}", message.into());
        if let Some(more) = candidates.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            message.push_str(&format!(", and {more} more"));
        }
        Error::new(ErrorKind::Ambiguous { candidates }, message)
    }

    pub(crate) fn path(error: PathDetail, message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Path(error), message)
    }
}

/// `Input`: a text is not the date, time or zone that it was parsed as.
impl From<jiff::Error> for Error {
    fn from(error: jiff::Error) -> Error {
        Error::input(error.to_string())
    }
}

/// Returns the text around an offset, on one line, and the number of characters before the offset.
fn around(text: &str, offset: usize) -> (String, usize) {
    const BEFORE: usize = 60;
    const AFTER: usize = 40;
    let (before, after) = text.split_at_checked(offset).unwrap_or((text, ""));
    let start = before.char_indices().rev().nth(BEFORE.saturating_sub(1)).map_or(0, |(at, _)| at);
    let end = after.char_indices().nth(AFTER).map_or(after.len(), |(at, _)| at);
    let flat = |part: Option<&str>| -> String {
        part.unwrap_or_default().chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
    };
    let cut = |cut: bool| if cut { "\u{2026}" } else { "" };
    let head = format!("{}{}", cut(start > 0), flat(before.get(start..)));
    let tail = format!("{}{}", flat(after.get(..end)), cut(end < after.len()));
    let column = head.chars().count();
    (head + &tail, column)
}

/// Limits the length of a message, and says how much was cut.
fn bounded(mut message: String) -> String {
    const LONGEST: usize = 8 << 10;
    if message.len() > LONGEST {
        let end = boundary(&message, LONGEST);
        let left = message.len().saturating_sub(end);
        message.truncate(end);
        message.push_str(&format!("{CUT} ({})", counted(left, "more byte")));
        message.shrink_to_fit();
    }
    message
}

/// The last boundary of characters at or before this byte.
pub(crate) fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

/// `; nearest: Name, Notes`, or nothing.
pub(crate) fn listed(nearest: &[String]) -> String {
    if nearest.is_empty() { String::new() } else { format!("; nearest: {}", nearest.join(", ")) }
}

/// `1 request`, `2 requests`.
pub(crate) fn counted(count: impl fmt::Display, one: &str) -> String {
    let count = count.to_string();
    let end = if count == "1" { "" } else { "s" };
    format!("{count} {one}{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_error_points_below_the_fault() {
        let text = "é = 1 or";
        let message = Error::filter(text, text.len(), "a condition is missing").to_string();
        assert!(message.ends_with("\n          ^"), "{message}");
    }

    #[test]
    fn a_fault_far_in_a_long_filter_is_shown_with_what_stands_around_it() {
        for (before, after) in [(70_000, 0), (0, 70_000), (70_000, 300_000)] {
            let text = format!("{}~{}", "é".repeat(before), "y".repeat(after));
            let message = Error::filter(&text, before * 2, "an operator is expected").to_string();
            let lines: Vec<&str> = message.lines().collect();
            assert!(message.len() < 1_000, "{} bytes", message.len());
            let place = lines[2].chars().position(|c| c == '^').unwrap();
            assert_eq!(lines[1].chars().nth(place), Some('~'), "{message}");
        }
    }
}
