//! What a text is by its looks: a reference, a date, an id.

use crate::schema::standard;

use once_cell::sync::Lazy;
use regex::Regex;

/// A pattern that is part of this file.
pub(super) type Pattern = Lazy<Option<Regex>>;

macro_rules! pattern {
    ($text:expr) => {
        once_cell::sync::Lazy::new(|| regex::Regex::new($text).ok())
    };
}
pub(super) use pattern;

pub(super) fn is(pattern: &Pattern, text: &str) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

static ABSOLUTE: Pattern =
    pattern!(r"^https?://[^/\s]+(?:/[^/\s?#]+)*?(/webservice/v[0-9.x]+(?:/[A-Za-z0-9_.-]{1,64})*)$");
static RELATIVE: Pattern = pattern!(
    r"^/?[A-Za-z]{2,60}(?:/[A-Za-z_]{2,60})?/(?:-?[0-9]{1,20}(?:u[0-9]+[wp][0-9]+)?|[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12})(?:/[A-Za-z_]{2,60})?$"
);
static DATE: Pattern = pattern!(
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?$"
);
static UUID: Pattern = pattern!(r"^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$");
static NUMBER: Pattern = pattern!(r"^-?[0-9]{1,20}(?:\.[0-9]{1,20})?$");
static SEGMENT: Pattern = pattern!(r"^[A-Za-z0-9_.:-]{1,64}$");

/// The reference, below the one server of all cassettes; `None` where it is none.
pub(super) fn reference(text: &str) -> Option<String> {
    // The collection of a custom field, whose name may have any letters.
    if let Some((object, field)) =
        text.rsplit_once('/').filter(|(_, name)| name.starts_with("c_") && is_key(name))
    {
        return Some(format!("{}/{field}", reference(object)?));
    }
    // Without the slash it may be any text: the type has to be known.
    let is_type =
        || text.starts_with('/') || text.split('/').next().is_some_and(|t| standard::find(t).is_some());
    if text == "null" || (is(&RELATIVE, text) && is_type()) {
        return Some(text.to_owned());
    }
    let path = ABSOLUTE.as_ref()?.captures(text)?.get(1)?;
    Some(format!("{}{}", super::SERVER, path.as_str()))
}

/// A path in a batch: an object, or `/defect/create`.
pub(super) fn is_batch_path(text: &str) -> bool {
    let known = |path: &str| standard::find(path.split('/').next().unwrap_or(path)).is_some();
    let made = text.strip_suffix("/create").and_then(|path| path.strip_prefix('/'));
    is(&RELATIVE, text) || made.is_some_and(|path| path.split('/').all(is_key) && known(path))
}

/// Dates, points in time and UUIDs.
pub(super) fn is_date_or_id(text: &str) -> bool {
    is(&DATE, text) || is(&UUID, text)
}

pub(super) fn is_number(text: &str) -> bool {
    is(&NUMBER, text)
}

/// Whether it can be the name of an attribute: those of custom fields have letters of any alphabet.
pub(super) fn is_key(text: &str) -> bool {
    let starts = |c: char| c == '_' || c.is_alphabetic();
    let goes_on = |c: char| c.is_alphanumeric() || "_.:/".contains(c);
    text.starts_with(starts) && text.len() <= 128 && text.chars().all(goes_on)
}

/// Whether it can be a part of a path other than the name of a file or a person.
pub(super) fn is_segment(text: &str) -> bool {
    is(&SEGMENT, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_lose_their_host_and_nothing_else_is_one() {
        for (text, found) in [
            (
                "https://corp.example:8443/slm/webservice/v2.0/defect/12",
                Some("https://rally.example/slm/webservice/v2.0/defect/12"),
            ),
            (
                "https://corp.example/webservice/v2.x/Defect/12/Tasks",
                Some("https://rally.example/slm/webservice/v2.x/Defect/12/Tasks"),
            ),
            ("/portfolioitem/feature/12", Some("/portfolioitem/feature/12")),
            ("/projectpermission/1u2p1", Some("/projectpermission/1u2p1")),
            ("/defect/12/c_ÉtéCode2", Some("/defect/12/c_ÉtéCode2")),
            ("null", Some("null")),
            ("https://corp.example/wiki/Ann", None),
            ("https://corp.example/slm/webservice/v2.0/x?key=secret", None),
            ("Ann/12 Keeper", None),
            ("Keeper/12", None),
            ("workspace/12", Some("workspace/12")),
            ("see /defect/12", None),
        ] {
            assert_eq!(reference(text).as_deref(), found, "{text}");
        }
        assert!(is_batch_path("/defect/create") && is_batch_path("/portfolioitem/feature/12"));
        assert!(!is_batch_path("https://corp.example/wiki/Ann") && !is_batch_path("/Ann/create"));
        assert!(["Name", "c_ÉtéCode", "Project.Name", "_ref"].into_iter().all(is_key));
        assert!(!["", "2nd", "Ann Keeper", "a@b", "-x"].into_iter().any(is_key));
        assert!(is_date_or_id("2026-04-20T12:00:00.000Z") && is_date_or_id("2026-04-20"));
        assert!(!is_date_or_id("2026-04-20 Ann") && !is_number("12a"));
    }
}
