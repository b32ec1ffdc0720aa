//! A request that is not in the cassette: what is most like it, and what differs.

use super::exchange::Exchange;
use super::shapes::{Pattern, pattern};
use crate::text::shorten;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// So much of a value is shown.
const SHOWN: usize = 200;

/// Requests that differ in method or path are not alike.
const FAR: usize = 100;

pub(super) fn explanation<'a>(recorded: impl Iterator<Item = &'a Exchange>, asked: &Exchange) -> String {
    let what = shorten(&asked.shown(), SHOWN);
    let nearest = recorded.map(|one| (differences(one, asked), one)).min_by_key(|(found, _)| weight(found));
    let Some((found, nearest)) = nearest else {
        return format!("{what} is not in it: it holds no exchange");
    };
    if weight(&found) >= FAR {
        return format!(
            "{what} is not in it, nor anything like it; the nearest is {}",
            shorten(&nearest.shown(), SHOWN)
        );
    }
    let is_scope = |name: &str| matches!(name, "workspace" | "project");
    let scope = if found.iter().any(|((_, name), _)| is_scope(name)) {
        "; it was recorded in another scope"
    } else {
        ""
    };
    let value = |value: &Option<Cow<'_, str>>| match value {
        Some(value) => format!("`{}`", shorten(value, SHOWN)),
        None => "nothing".to_owned(),
    };
    let shown = found.iter().map(|((_, name), [recorded, asked])| {
        format!("{name}: recorded {}, asked {}", value(recorded), value(asked))
    });
    format!("{what} is not in it; the nearest differs in {}{scope}", shown.collect::<Vec<_>>().join(", and "))
}

/// A part of a request: its place among the others, and its name.
type Part<'a> = (usize, &'a str);

const METHOD: Part<'_> = (0, "method");
const PATH: Part<'_> = (1, "path");
const BODY: Part<'_> = (3, "body");

/// A part that is not the same in two requests, and what it is in each.
type Difference<'a> = (Part<'a>, [Option<Cow<'a, str>>; 2]);

fn weight(found: &[Difference<'_>]) -> usize {
    let one = |(part, _): &Difference<'_>| match *part {
        PATH => FAR,
        METHOD => FAR / 2,
        _ => 1,
    };
    found.iter().map(one).fold(0, usize::saturating_add)
}

fn differences<'a>(recorded: &'a Exchange, asked: &'a Exchange) -> Vec<Difference<'a>> {
    let (mut one, mut other) = (parts(recorded), parts(asked));
    let all: BTreeSet<Part<'_>> = one.keys().chain(other.keys()).copied().collect();
    let both = all.into_iter().map(|part| (part, [one.remove(&part), other.remove(&part)]));
    both.filter(|(_, [one, other])| one != other).collect()
}

fn parts(request: &Exchange) -> BTreeMap<Part<'_>, Cow<'_, str>> {
    // Of several parameters of one name the first counts.
    let params = request.params.iter().rev().filter_map(|param| param.split_once('='));
    let params = params.map(|(name, value)| ((2, name), value.into()));
    let body = request.body.iter().map(|body| (BODY, body.to_string().into()));
    let first = [(METHOD, request.method.as_str().into()), (PATH, request.path.as_str().into())];
    first.into_iter().chain(params).chain(body).collect()
}

/// In a request, any text.
pub(super) const ANY: &str = "\u{1}";

/// Whether the recorded request is the one asked for, in which [`ANY`] may stand.
pub(super) fn fits(recorded: &Exchange, asked: &Exchange) -> bool {
    let mut params = recorded.params.iter().zip(&asked.params);
    let body = match (&recorded.body, &asked.body) {
        (Some(one), Some(other)) => fits_value(one, other),
        (one, other) => one == other,
    };
    has_same_place(recorded, asked) && params.all(|(one, other)| fits_text(one, other)) && body
}

/// Whether method, path and number of parameters are the same.
fn has_same_place(one: &Exchange, other: &Exchange) -> bool {
    one.method == other.method && one.path == other.path && one.params.len() == other.params.len()
}

fn fits_text(recorded: &str, asked: &str) -> bool {
    let Some((first, rest)) = asked.split_once(ANY) else { return recorded == asked };
    let Some(mut left) = recorded.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split(ANY).collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match left.split_once(part) {
            Some((_, after)) => left = after,
            None => return false,
        }
    }
    left.ends_with(last)
}

fn fits_value(recorded: &Value, asked: &Value) -> bool {
    match (recorded, asked) {
        (Value::String(one), Value::String(other)) => fits_text(one, other),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| fits_value(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let fits =
                |(key, one): (&String, &Value)| other.get(key).is_some_and(|other| fits_value(one, other));
            one.len() == other.len() && one.iter().all(fits)
        }
        _ => recorded == asked,
    }
}

static DATE: Pattern = pattern!(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2}))?"
);

/// Time zones move a date by a day.
const DAY_OFF: i64 = 1;
/// A program does not always take the same time, in seconds.
const SECONDS_OFF: i64 = 3_600;

/// How far two requests are apart that are equal but for dates in the filter that have moved as much as the clock has;
/// `None` where they are not.
pub(super) fn moved_with_the_clock(
    recorded: &Exchange,
    asked: &Exchange,
    then: u64,
    now: u64,
) -> Option<u64> {
    if !has_same_place(recorded, asked) || recorded.body != asked.body {
        return None;
    }
    let elapsed = i64::try_from(now).ok()?.checked_sub(i64::try_from(then).ok()?)?;
    let mut apart = 0u64;
    for (one, other) in recorded.params.iter().zip(&asked.params).filter(|(one, other)| one != other) {
        let both_filters = one.starts_with("query=") && other.starts_with("query=");
        let pattern = DATE.as_ref().filter(|_| both_filters)?;
        if pattern.replace_all(one, "") != pattern.replace_all(other, "") {
            return None;
        }
        for (before, after) in pattern.find_iter(one).zip(pattern.find_iter(other)) {
            let (before, after) = (before.as_str(), after.as_str());
            // A date that stands still is one that the program names itself.
            if before != after {
                apart = apart.checked_add(off(before, after, then, now, elapsed)?)?;
            }
        }
    }
    Some(apart)
}

fn off(before: &str, after: &str, then: u64, now: u64, elapsed: i64) -> Option<u64> {
    if let (Ok(before), Ok(after)) = (before.parse::<Timestamp>(), after.parse::<Timestamp>()) {
        let moved = after.as_second().checked_sub(before.as_second())?.checked_sub(elapsed)?;
        return (moved.abs() <= SECONDS_OFF).then_some(moved.unsigned_abs());
    }
    let day = |date: &str| Some(i64::from(date.parse::<Date>().ok()?.since(Date::ZERO).ok()?.get_days()));
    let days = |seconds: u64| i64::try_from(seconds / 86_400).ok();
    let elapsed = days(now)?.checked_sub(days(then)?)?;
    let moved = day(after)?.checked_sub(day(before)?)?.checked_sub(elapsed)?;
    (moved.abs() <= DAY_OFF).then(|| moved.unsigned_abs().saturating_mul(86_400))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Exchange {
        Exchange {
            method: "GET".into(),
            path: "/defect".into(),
            params: vec![format!("query={text}")],
            ..Exchange::default()
        }
    }

    #[test]
    fn dates_may_move_as_far_as_the_clock_and_no_further() {
        let day = 86_400;
        let apart =
            |one: &str, other: &str| moved_with_the_clock(&query(one), &query(other), 100 * day, 110 * day);
        assert_eq!(apart("(CreationDate > 2026-01-01)", "(CreationDate > 2026-01-11)"), Some(0));
        assert_eq!(apart("(CreationDate > 2026-01-01)", "(CreationDate > 2026-01-12)"), Some(day));
        assert_eq!(apart("(CreationDate > 2026-01-01)", "(CreationDate > 2026-01-20)"), None);
        assert_eq!(apart("(CreationDate > 2026-01-01)", "(LastUpdateDate > 2026-01-11)"), None);
        assert_eq!(apart("(A > 2026-01-01T00:00:00Z)", "(A > 2026-01-11T00:20:00Z)"), Some(1_200));
        assert_eq!(apart("(A > 2026-01-01T00:00:00Z)", "(A > 2026-01-12T00:20:00Z)"), None);
    }

    #[test]
    fn any_text_fits_where_it_may_and_nowhere_else() {
        let mut one = query("(Name = \"Lomira\")");
        one.body = Some(serde_json::json!({"Task": {"Name": "Lomira", "Tags": ["a"]}}));
        let with = |filter: &str, body: Value| Exchange { body: Some(body), ..query(filter) };
        let body = |name: &str| serde_json::json!({"Task": {"Name": name, "Tags": ["a"]}});
        assert!(fits(&one, &with("(Name = \"\u{1}\")", body(ANY))));
        assert!(fits(&one, &with("(Name = \"Lomira\")", body("Lomira"))));
        assert!(!fits(&one, &with("(Notes = \"\u{1}\")", body(ANY))));
        assert!(!fits(&one, &with("(Name = \"\u{1}\")", body("Other"))));
        assert!(!fits(&one, &with("(Name = \"\u{1}\")", serde_json::json!({"Task": {"Name": ANY}}))));
    }

    #[test]
    fn the_nearest_is_shown_with_what_differs() {
        let mut other = query("(State = Open)");
        other.params.push("project=/project/1".into());
        let mut asked = query("(State = Open)");
        asked.params.push("project=/project/2".into());
        let text = explanation([&query("(Name = x)"), &other].into_iter(), &asked);
        assert_eq!(
            text,
            "GET /defect?query=(State = Open)&project=/project/2 is not in it; the nearest differs in project: \
             recorded `/project/1`, asked `/project/2`; it was recorded in another scope"
        );
        assert!(explanation(std::iter::empty(), &asked).ends_with("it holds no exchange"));
    }
}
