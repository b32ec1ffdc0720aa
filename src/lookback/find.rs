//! Conditions as the Lookback API writes them, in the manner of MongoDB.

use crate::error::{Error, Result};
use serde_json::{Map, Value, json};

/// Conditions nested deeper than this come of a mistake, and a server may not take them.
const DEEPEST: usize = 20;

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cond {
    /// The field has this value; a list, if it contains it.
    Is(String, Value),
    /// `$ne`, `$lt` and the like.
    Op(String, &'static str, Value),
    Joined(Join, Vec<Cond>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Join {
    And,
    Or,
}

impl Cond {
    /// Joins two conditions; those that are joined so already are one list.
    pub(super) fn join(self, join: Join, other: Cond) -> Cond {
        let all = match (self, other) {
            (Cond::Joined(a, mut all), Cond::Joined(b, more)) if a == join && b == join => {
                all.extend(more);
                all
            }
            (Cond::Joined(a, mut all), one) | (one, Cond::Joined(a, mut all)) if a == join => {
                all.push(one);
                all
            }
            (one, other) => vec![one, other],
        };
        Cond::Joined(join, all)
    }

    /// Returns the find document.
    pub(super) fn document(self) -> Result<Map<String, Value>> {
        self.at_depth(0)
    }

    fn at_depth(self, depth: usize) -> Result<Map<String, Value>> {
        if depth > DEEPEST {
            return Err(Error::input("the filter is nested more than 20 levels deep")
                .remedy("join what belongs together by one AND or OR"));
        }
        let next = depth.saturating_add(1);
        let mut found = Map::new();
        match self {
            Cond::Is(name, value) => drop(found.insert(name, value)),
            Cond::Op(name, op, value) => drop(found.insert(name, json!({op: value}))),
            Cond::Joined(Join::Or, all) => return any(all, next),
            Cond::Joined(Join::And, all) => {
                let mut rest = Vec::new();
                for cond in all {
                    let part = cond.at_depth(next)?;
                    if let Some(part) = merge(&mut found, part) {
                        rest.push(Value::Object(part));
                    }
                }
                if !rest.is_empty() {
                    found.insert("$and".to_owned(), rest.into());
                }
            }
        }
        Ok(found)
    }
}

/// Values of one field become `$in`.
fn any(all: Vec<Cond>, depth: usize) -> Result<Map<String, Value>> {
    let mut values: Vec<(String, Vec<Value>)> = Vec::new();
    let mut parts = Vec::new();
    for cond in all {
        let (name, more) = match cond {
            Cond::Is(name, value) if !value.is_null() => (name, vec![value]),
            Cond::Op(name, "$in", Value::Array(more)) => (name, more),
            other => {
                parts.push(other.at_depth(depth)?);
                continue;
            }
        };
        match values.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => known.extend(more),
            None => values.push((name, more)),
        }
    }
    for (name, mut values) in values {
        let test = if values.len() == 1 { values.remove(0) } else { json!({"$in": values}) };
        parts.push(Map::from_iter([(name, test)]));
    }
    if parts.len() == 1 {
        return Ok(parts.remove(0));
    }
    Ok(Map::from_iter([("$or".to_owned(), parts.into_iter().map(Value::Object).collect())]))
}

/// Adds conditions to a document that has others; returns them if they cannot stand next to these.
fn merge(into: &mut Map<String, Value>, part: Map<String, Value>) -> Option<Map<String, Value>> {
    let fits = |(name, value): (&String, &Value)| match (into.get(name), value) {
        (None, _) => true,
        (Some(Value::Object(known)), Value::Object(more)) => more.keys().all(|op| !known.contains_key(op)),
        _ => false,
    };
    if !part.iter().all(fits) {
        return Some(part);
    }
    for (name, value) in part {
        match (into.get_mut(&name), value) {
            (Some(Value::Object(known)), Value::Object(more)) => known.extend(more),
            (_, value) => drop(into.insert(name, value)),
        }
    }
    None
}

/// Returns the document for pages after the first: nothing that came after the first, so that no row moves. What was
/// current is what was valid then.
pub(super) fn held(find: &Map<String, Value>, until: &str) -> Map<String, Value> {
    let mut find = find.clone();
    if find.get("__At").and_then(Value::as_str).is_some_and(|at| at.eq_ignore_ascii_case("current")) {
        find.insert("__At".to_owned(), until.into());
    }
    let hold = Map::from_iter([("_ValidFrom".to_owned(), json!({"$lte": until}))]);
    match merge(&mut find, hold) {
        None => find,
        Some(hold) => {
            Map::from_iter([("$and".to_owned(), json!([Value::Object(find), Value::Object(hold)]))])
        }
    }
}
