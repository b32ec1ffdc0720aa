//! The order of rows: names with `ASC` or `DESC`.

use crate::error::{Error, Result};
use crate::schema::names::{Meaning, Names};
use crate::text::{nearest, shorten};

/// One name of an order, and its direction if one is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) way: Option<&'static str>,
}

/// Parses `Name desc , "Risk / Reward %"`. Quotes are needed only if a name contains a comma.
pub(super) fn parts(order: &str) -> Result<Vec<Part>> {
    let refuse = || {
        Error::input(format!("invalid order `{}`", shorten(order, 80)))
            .remedy("write it as `Priority DESC,Name`, and names that hold blanks or commas in quotes")
    };
    let mut parts = Vec::new();
    for text in split(order) {
        let (name, way) = direction(text.trim()).map_err(|()| refuse())?;
        let name = match name.strip_prefix('"') {
            Some(rest) => rest.strip_suffix('"').ok_or_else(refuse)?.trim(),
            None => name,
        };
        if let Some(bare) =
            name.strip_prefix(['-', '+']).map(str::trim).filter(|_| !text.trim().starts_with('"'))
        {
            let right = if name.starts_with('-') { "DESC" } else { "ASC" };
            return Err(match way {
                None if !bare.is_empty() => refuse().remedy(format!("write `{} {right}`", shorten(bare, 80))),
                _ => refuse(),
            });
        }
        let bad = |c: char| c.is_control() || matches!(c, '"' | '\\' | '&' | '#' | '(' | ')' | '=');
        if name.is_empty() || name.contains(bad) {
            return Err(refuse());
        }
        parts.push(Part { name: name.to_owned(), way });
    }
    Ok(parts)
}

/// Splits at commas outside quotes.
fn split(order: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    order.split(move |c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    })
}

/// The last word is the direction, if it is one; a mistyped one is an error, not part of a name.
fn direction(text: &str) -> Result<(&str, Option<&'static str>), ()> {
    // A quote may end the name without a blank after it.
    let word = text.rsplit(|c: char| c.is_whitespace() || c == '"').next().unwrap_or_default();
    let name = text.strip_suffix(word).unwrap_or_default().trim_end();
    if name.is_empty() {
        return Ok((text, None));
    }
    let quoted = text.starts_with('"');
    let is_mistyped = || !nearest(word, ["ASC", "DESC", "ASCENDING", "DESCENDING"].into_iter()).is_empty();
    match word.to_ascii_uppercase().as_str() {
        "ASC" => Ok((name, Some("ASC"))),
        "DESC" => Ok((name, Some("DESC"))),
        _ if !quoted && (is_mistyped() || (is_standard(name) && !is_standard(text))) => Err(()),
        _ => Ok((text, None)),
    }
}

/// `true` for the rank order, which is not an attribute of any type. In an order the word always means the server's
/// rank; a custom field of that name is written `c_Rank`.
pub(super) fn is_rank(name: &str) -> bool {
    name.eq_ignore_ascii_case("Rank")
}

/// `true` if a standard type has such an attribute, in which case a word after it is a mistyped direction.
fn is_standard(name: &str) -> bool {
    is_rank(name) || matches!(Names { schema: None }.anywhere(name), Meaning::Is(_))
}

/// Returns the text to send.
pub(super) fn written(parts: &[Part]) -> String {
    let one = |part: &Part| match part.way {
        Some(way) => format!("{} {way}", part.name),
        None => part.name.clone(),
    };
    parts.iter().map(one).collect::<Vec<_>>().join(",")
}

pub(super) fn names_object_id(parts: &[Part]) -> bool {
    parts.iter().any(|part| part.name.eq_ignore_ascii_case("ObjectID"))
}

/// Refuses an order that pages by ObjectID cannot have.
pub(super) fn refuse_unless_by_id(order: &[Part]) -> Result<()> {
    match order {
        [only] if only.name.eq_ignore_ascii_case("ObjectID") && only.way != Some("DESC") => Ok(()),
        _ => {
            Err(Error::input(format!("a stable query is in the order of ObjectID, not `{}`", written(order)))
                .remedy("leave the order away and sort what came, or leave `stable()` away"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn canonical(order: &str) -> String {
        parts(order).map_or_else(|e| e.to_string(), |parts| written(&parts))
    }

    #[test]
    fn names_and_ways_are_told_apart() {
        for (order, sent) in [
            ("Name", "Name"),
            ("Name desc , Owner.LastName", "Name DESC,Owner.LastName"),
            ("Risk / Reward % DESC", "Risk / Reward % DESC"),
            ("Burnt Offerings Index", "Burnt Offerings Index"),
            ("Release Date", "Release Date"),
            (r#""Name Suffix""#, "Name Suffix"),
            (r#""Cost, total" asc,Name"#, "Cost, total ASC,Name"),
            (r#""Risk / Reward %"DESC"#, "Risk / Reward % DESC"),
        ] {
            assert_eq!(canonical(order), sent, "{order}");
        }
    }

    #[test]
    fn what_is_no_order_is_refused() {
        for order in [
            "",
            " ",
            "Name,",
            "Name DSC",
            "Name sideways",
            "Name descending",
            r#""Name"#,
            "a\"b",
            "DESC,,",
            "Name = 1",
            "a&b",
        ] {
            let text = canonical(order);
            assert!(text.contains("invalid order"), "{order}: {text}");
        }
    }

    #[test]
    fn a_sign_before_a_name_is_not_a_direction() {
        for (order, right) in [
            ("-PlanEstimate", "write `PlanEstimate DESC`"),
            ("Name,- Owner.LastName", "write `Owner.LastName DESC`"),
            ("+Name", "write `Name ASC`"),
            ("-Name DESC", "write it as `Priority DESC,Name`"),
            ("-", "write it as `Priority DESC,Name`"),
        ] {
            let text = canonical(order);
            assert!(text.contains("invalid order") && text.contains(right), "{order}: {text}");
        }
        assert_eq!(canonical(r#""-Name""#), "-Name");
        assert!(canonical("Name !").contains("invalid order"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_text_panics_and_what_is_read_has_names(order in r#"([A-Za-zé"%,/ .=]|ASC|desc| ){0,20}"#) {
            for part in parts(&order).unwrap_or_default() {
                prop_assert!(!part.name.trim().is_empty());
            }
        }
    }
}
