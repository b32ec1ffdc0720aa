//! The values of conditions, in the server's notation.

use crate::reference::Ref;
use jiff::{Timestamp, ZonedDateTime, civil::Date};
use std::fmt;

/// A value to compare with. Text is always quoted, so that it cannot change the query.
///
/// ```
/// use rally_wsapi::attr;
/// use rally_wsapi::filter::Literal;
/// assert_eq!(attr("Release").eq(Literal::null()).to_string(), "(Release = null)");
/// assert_eq!(attr("CreationDate").gt(Literal::today(-7)).to_string(), "(CreationDate > today-7)");
/// // Texts, numbers, booleans, dates, references, entities and `Option`s of them convert by themselves.
/// assert_eq!(attr("Name").eq("null").to_string(), r#"(Name = "null")"#);
/// assert_eq!(attr("PlanEstimate").eq(2.5).to_string(), "(PlanEstimate = 2.5)");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Literal(Kind);

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    /// Quoted: text, dates and refs.
    Quoted(String),
    /// Unquoted: numbers, booleans, `null`, `today-7`.
    Bare(String),
    /// An object without a reference, which no condition can compare with.
    Nothing,
}

impl Literal {
    pub(crate) fn text(text: impl Into<String>) -> Literal {
        Literal(Kind::Quoted(text.into()))
    }

    /// Returns the value that no condition can use; it is refused before anything is sent.
    pub(crate) fn nothing() -> Literal {
        Literal(Kind::Nothing)
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.0 == Kind::Nothing
    }

    pub(crate) fn bare(text: impl fmt::Display) -> Literal {
        Literal(Kind::Bare(text.to_string()))
    }

    /// Returns `null`.
    pub fn null() -> Literal {
        Literal::bare("null")
    }

    /// Returns `today`, or that many days after it (before it, if negative).
    pub fn today(days: i32) -> Literal {
        if days == 0 { Literal::bare("today") } else { Literal::bare(format_args!("today{days:+}")) }
    }

    /// Returns the text, if the value is one; a date or a reference is one, too.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.0 {
            Kind::Quoted(text) => Some(text),
            _ => None,
        }
    }

    /// Returns a value that is not a text: a number, `true`, `null` or `today-7`.
    pub(crate) fn as_bare(&self) -> Option<&str> {
        match &self.0 {
            Kind::Bare(text) => Some(text),
            _ => None,
        }
    }

    /// `true` if the text has a backslash that would escape the quote after it.
    pub(super) fn escapes_a_quote(&self) -> bool {
        self.as_text().is_some_and(|text| text.contains("\\\"") || text.ends_with('\\'))
    }

    /// Reads an unquoted word: a number, `true`, `null` or `today-7` stays unquoted.
    pub(super) fn word(word: &str) -> Literal {
        let lower = word.to_ascii_lowercase();
        if is_number(word) || matches!(lower.as_str(), "null" | "true" | "false") || is_today(&lower) {
            return Literal::bare(if is_number(word) { word } else { &lower });
        }
        if word.contains('/') && !word.contains(' ') {
            if let Ok(reference) = Ref::parse(word) {
                return Literal::text(reference.path());
            }
        }
        Literal::text(word)
    }
}

/// `-1.50` is a number; `007` and `1e3` are words.
fn is_number(word: &str) -> bool {
    let word = word.strip_prefix('-').unwrap_or(word);
    let (whole, fraction) = word.split_once('.').unwrap_or((word, "0"));
    are_digits(whole) && are_digits(fraction) && (whole == "0" || !whole.starts_with('0'))
}

fn is_today(lower: &str) -> bool {
    let days = |rest: &str| rest.is_empty() || rest.strip_prefix(['+', '-']).is_some_and(are_digits);
    lower.strip_prefix("today").is_some_and(days)
}

fn are_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Bare(text) => f.write_str(text),
            Kind::Nothing => Ok(()),
            Kind::Quoted(text) => {
                f.write_str("\"")?;
                // The server knows `\"`, and takes any other backslash literally.
                for (i, part) in text.split('"').enumerate() {
                    f.write_str(if i > 0 { "\\\"" } else { "" })?;
                    f.write_str(part)?;
                }
                f.write_str("\"")
            }
        }
    }
}

impl From<&Ref> for Literal {
    fn from(reference: &Ref) -> Literal {
        Literal::text(reference.path())
    }
}

impl From<Date> for Literal {
    fn from(date: Date) -> Literal {
        Literal::text(date.to_string())
    }
}

/// With milliseconds, as the server writes it.
impl From<Timestamp> for Literal {
    fn from(time: Timestamp) -> Literal {
        Literal::text(format!("{time:.3}"))
    }
}

impl From<&ZonedDateTime> for Literal {
    fn from(time: &ZonedDateTime) -> Literal {
        Literal::from(time.timestamp())
    }
}

impl From<f64> for Literal {
    /// NaN and infinities become null.
    fn from(number: f64) -> Literal {
        if number.is_finite() { Literal::bare(number) } else { Literal::null() }
    }
}

macro_rules! made_by {
    ($($make:ident of $($kind:ty),*;)*) => {$($(
        impl From<$kind> for Literal {
            fn from(value: $kind) -> Literal {
                Literal::$make(value)
            }
        }
    )*)*};
}

made_by! {
    text of &str, &String, String;
    bare of bool, i32, i64, u32, u64, usize;
}

impl<T: Into<Literal>> From<Option<T>> for Literal {
    fn from(value: Option<T>) -> Literal {
        value.map_or_else(Literal::null, Into::into)
    }
}
