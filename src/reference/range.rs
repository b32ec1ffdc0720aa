//! Ranges of FormattedIDs as people type them: `DE100-DE120,US7,TA3-TA9`.

use super::Id;
use super::forms::{is_digits, is_formatted_id};
use crate::error::{Error, Result};
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// Longer texts are refused.
const LONGEST: usize = 20_000;

/// FormattedIDs, each once, in the order given.
///
/// The letters may be left out after the dash: `DE100-120` is `DE100-DE120`. Repeated ids count once.
///
/// ```
/// use rally_wsapi::IdRange;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// let ids = IdRange::parse("DE100-DE102, us7")?;
/// assert_eq!(ids.len(), 4);
/// assert_eq!(ids.to_string(), "DE100-DE102,US7");
/// assert!(ids.contains("de101"));
/// assert_eq!(ids.iter().last().unwrap().to_string(), "US7");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdRange {
    /// Never empty; no id is in two spans.
    spans: Vec<Span>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Span {
    /// Upper case.
    prefix: String,
    numbers: Range<u64>,
}

impl IdRange {
    /// The most ids in a range: a typing error must not affect a whole subscription.
    pub const MAX: usize = 10_000;

    /// Parses `DE100-DE120,US7`.
    ///
    /// # Errors
    /// `Input` for an invalid FormattedID, a range that runs backwards or joins two prefixes, or more than
    /// [`IdRange::MAX`] ids; the message names the part.
    pub fn parse(text: &str) -> Result<IdRange> {
        if text.len() > LONGEST {
            return Err(Error::input(format!(
                "a text of {} bytes is too long for a range of ids",
                text.len()
            )));
        }
        let mut spans: Vec<Span> = Vec::new();
        let mut count = 0u64;
        for part in text.split(',') {
            for span in without(Span::read(part.trim())?, &spans) {
                count = count.saturating_add(span.len());
                if count > Self::MAX as u64 {
                    return Err(Error::input(format!("`{}` holds more than {} ids", part.trim(), Self::MAX))
                        .remedy("give smaller ranges, one after the other"));
                }
                spans.push(span);
            }
        }
        Ok(IdRange { spans })
    }

    /// Returns the number of ids, 1 to [`IdRange::MAX`].
    #[allow(clippy::len_without_is_empty)] // It never is.
    pub fn len(&self) -> usize {
        let count = self.spans.iter().map(Span::len).fold(0, u64::saturating_add);
        usize::try_from(count).unwrap_or(Self::MAX)
    }

    /// `true` if the id is in the range, in either letter case.
    pub fn contains(&self, formatted_id: &str) -> bool {
        split(formatted_id.trim()).is_some_and(|(prefix, number)| {
            self.spans.iter().any(|s| s.prefix == prefix && s.numbers.contains(&number))
        })
    }

    /// Iterates over the ids.
    pub fn iter(&self) -> impl Iterator<Item = Id> + '_ {
        self.spans.iter().flat_map(Span::ids)
    }
}

impl Span {
    fn read(part: &str) -> Result<Span> {
        let refuse = |why: &str| {
            let shown: String = part.chars().map(|c| if c.is_control() { ' ' } else { c }).take(60).collect();
            Error::input(format!("invalid id range `{shown}`: {why}"))
                .remedy("write it as `DE100-DE120,US7,TA3-TA9`")
        };
        let (first, last) = part.split_once('-').map_or((part, part), |(f, l)| (f.trim(), l.trim()));
        let (prefix, from) = split(first).ok_or_else(|| refuse("a FormattedID reads like `DE12`"))?;
        let end = match is_digits(last) {
            true => split(&format!("{prefix}{last}")),
            false => split(last),
        };
        let (end_prefix, to) =
            end.ok_or_else(|| refuse("after the dash comes a FormattedID, or a number"))?;
        if end_prefix != prefix {
            return Err(refuse("it begins and ends with different letters"));
        }
        if to < from {
            return Err(refuse("it runs backwards"));
        }
        Ok(Span { prefix, numbers: from..to.saturating_add(1) })
    }

    fn len(&self) -> u64 {
        self.numbers.end.saturating_sub(self.numbers.start)
    }

    fn ids(&self) -> impl Iterator<Item = Id> + '_ {
        self.numbers.clone().map(|n| Id::FormattedId(format!("{}{n}", self.prefix)))
    }
}

/// Returns the parts of a span that are not in other spans yet.
fn without(span: Span, taken: &[Span]) -> Vec<Span> {
    taken.iter().filter(|other| other.prefix == span.prefix).fold(vec![span.clone()], |parts, other| {
        let around = |Range { start, end }: Range<u64>| {
            [start..end.min(other.numbers.start), start.max(other.numbers.end)..end]
        };
        let pieces = parts.into_iter().flat_map(|part| around(part.numbers));
        let pieces = pieces.filter(|numbers| !numbers.is_empty());
        pieces.map(|numbers| Span { prefix: span.prefix.clone(), numbers }).collect()
    })
}

/// Splits `de012` into `DE` and 12.
fn split(text: &str) -> Option<(String, u64)> {
    let prefix = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = text.strip_prefix(prefix)?.parse().ok()?;
    is_formatted_id(text).then(|| (prefix.to_ascii_uppercase(), number))
}

impl fmt::Display for IdRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, Span { prefix, numbers }) in self.spans.iter().enumerate() {
            let (first, last) = (numbers.start, numbers.end.saturating_sub(1));
            f.write_str(if at == 0 { "" } else { "," })?;
            match first == last {
                true => write!(f, "{prefix}{first}")?,
                false => write!(f, "{prefix}{first}-{prefix}{last}")?,
            }
        }
        Ok(())
    }
}

impl FromStr for IdRange {
    type Err = Error;

    fn from_str(text: &str) -> Result<IdRange> {
        IdRange::parse(text)
    }
}

impl IntoIterator for &IdRange {
    type Item = Id;
    type IntoIter = std::vec::IntoIter<Id>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter().collect::<Vec<_>>().into_iter()
    }
}

impl IntoIterator for IdRange {
    type Item = Id;
    type IntoIter = std::vec::IntoIter<Id>;

    fn into_iter(self) -> Self::IntoIter {
        (&self).into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn ids(text: &str) -> Vec<String> {
        IdRange::parse(text).unwrap().iter().map(|id| id.to_string()).collect()
    }

    #[test]
    fn ranges_and_single_ids_in_the_order_given() {
        assert_eq!(ids("DE9-DE11,US7,ta3-TA4"), ["DE9", "DE10", "DE11", "US7", "TA3", "TA4"]);
        assert_eq!(ids(" F1 - 2 , TS7 "), ["F1", "F2", "TS7"]);
        assert_eq!(ids("DE007"), ["DE7"]);
    }

    #[test]
    fn what_is_named_twice_counts_once() {
        assert_eq!(ids("DE3,DE1-DE5,DE2-DE6,de3"), ["DE3", "DE1", "DE2", "DE4", "DE5", "DE6"]);
        assert_eq!(IdRange::parse("DE3,DE1-DE5").unwrap().to_string(), "DE3,DE1-DE2,DE4-DE5");
    }

    #[test]
    fn the_cap_is_exact() {
        assert_eq!(IdRange::parse("DE1-DE10000").unwrap().len(), IdRange::MAX);
        assert_eq!(IdRange::parse("DE1-DE10000,DE5-DE10000").unwrap().len(), IdRange::MAX);
        for text in ["DE1-DE10001", "DE1-DE10000,US1", "DE0-DE999999999999999999"] {
            let error = IdRange::parse(text).unwrap_err().to_string();
            assert!(error.contains("more than 10000 ids"), "{error}");
        }
    }

    #[test]
    fn bad_ranges_are_named() {
        for (text, why) in [
            ("", "reads like"),
            ("DE1,,DE2", "reads like"),
            ("12", "reads like"),
            ("DE", "reads like"),
            ("ABCDEF1", "reads like"),
            ("DE1 DE2", "reads like"),
            ("DE1-", "after the dash"),
            ("-DE1", "reads like"),
            ("DE1-DE2-DE3", "after the dash"),
            ("DE1-US3", "different letters"),
            ("DE120-DE100", "runs backwards"),
            ("DE1234567890123456789", "reads like"),
            ("DÉ1", "reads like"),
        ] {
            let error = IdRange::parse(text).unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
        assert!(IdRange::parse(&"DE1,".repeat(6_000)).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn display_is_read_back(parts in proptest::collection::vec(("[a-zA-Z]{1,5}", 0u64..500, 0u64..20, any::<bool>()), 1..8)) {
            let text: Vec<String> = parts.iter().map(|(prefix, first, more, short)| match (more, short) {
                (0, _) => format!("{prefix}{first}"),
                (_, true) => format!("{prefix}{first}-{}", first + more),
                _ => format!("{prefix}{first} - {prefix}{}", first + more),
            }).collect();
            let range = IdRange::parse(&text.join(",")).unwrap();
            prop_assert_eq!(&IdRange::parse(&range.to_string()).unwrap(), &range);
            let all: Vec<Id> = range.iter().collect();
            let distinct: HashSet<&Id> = all.iter().collect();
            prop_assert_eq!((all.len(), distinct.len()), (range.len(), range.len()));
            for (prefix, first, more, _) in &parts {
                for n in *first..=first + more {
                    let id = format!("{prefix}{n}");
                    prop_assert!(range.contains(&id));
                }
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,30}|[DE0-9,\\- ]{0,20}") {
            if let Ok(range) = IdRange::parse(&text) {
                prop_assert!((1..=IdRange::MAX).contains(&range.len()));
            }
        }
    }
}
