//! The query of a request: rewritten as the server rewrites it, then read.

use super::super::past::Doc;
use super::super::store::Store;
use super::super::time;
use super::kinds::{Choices, ids_of};
use super::test::{Check, Set, Test};
use crate::schema::standard::ValueKind;
use std::cmp::Ordering;

/// A query: as `GeneratedQuery` shows it, and as a test.
pub(super) struct Find {
    pub(super) shown: Doc,
    pub(super) test: Test,
}

type Members = Vec<(Box<str>, Doc)>;

/// `until` is the ETLDate. The error is the server's text.
pub(super) fn read(store: &Store, choices: &Choices<'_>, find: &Doc, until: &str) -> Result<Find, String> {
    let shown = rewrite(store, find, until)?;
    let test = condition(choices, &shown)?;
    Ok(Find { shown: up_to(shown, until), test })
}

/// `2026-01-05`, `2012-11-01TZ`, and everything that WSAPI accepts.
fn date(text: &str) -> Result<String, String> {
    let plain = text.strip_suffix("TZ").filter(|t| t.len() == 10).unwrap_or(text);
    time::normal(plain).ok_or_else(|| format!("Server Error: Invalid date: {text}"))
}

fn rewrite(store: &Store, find: &Doc, until: &str) -> Result<Doc, String> {
    let Doc::Map(given) = find else { return Err("Server Error: find must be an object".to_owned()) };
    let mut members: Members = Vec::new();
    let mut instants = Vec::new();
    for (name, value) in given {
        match name.as_ref() {
            "__At" => {
                let text = value.as_text().ok_or("Server Error: __At must be \"current\" or a date")?;
                let at = if text.eq_ignore_ascii_case("current") { until.to_owned() } else { date(text)? };
                let bound = |operator: &str| Doc::Map(vec![(operator.into(), Doc::text(at.as_str()))]);
                instants.push(Doc::Map(vec![
                    ("_ValidFrom".into(), bound("$lte")),
                    ("_ValidTo".into(), bound("$gt")),
                ]));
            }
            "$and" | "$or" => {
                let Doc::List(all) = value else {
                    return Err(format!("Server Error: {name} expression must be a nonempty array"));
                };
                if all.is_empty() {
                    return Err(format!("Server Error: {name} expression must be a nonempty array"));
                }
                let all = all.iter().map(|one| rewrite(store, one, until)).collect::<Result<_, _>>()?;
                members.push((name.clone(), Doc::List(all)));
            }
            "_TypeHierarchy" => members.push((name.clone(), types(store, value)?)),
            _ if is_dated(store, name) => members.push((name.clone(), dates(value)?)),
            _ => members.push((name.clone(), value.clone())),
        }
    }
    if !instants.is_empty() {
        conjoin(&mut members, instants);
    }
    Ok(Doc::Map(members))
}

/// Adds conditions to `$and`.
fn conjoin(members: &mut Members, more: Vec<Doc>) {
    match members.iter_mut().find(|(name, _)| **name == *"$and") {
        Some((_, Doc::List(all))) => all.extend(more),
        _ => members.push(("$and".into(), Doc::List(more))),
    }
}

/// Adds that only what is loaded by then is found.
fn up_to(find: Doc, until: &str) -> Doc {
    let Doc::Map(mut members) = find else { return find };
    let limit = || (Box::from("$lte"), Doc::text(until));
    match members.iter_mut().find(|(name, _)| **name == *"_ValidFrom") {
        None => members.push(("_ValidFrom".into(), Doc::Map(vec![limit()]))),
        Some((_, Doc::Map(bounds))) if bounds.iter().all(|(name, _)| **name != *"$lte") => {
            bounds.push(limit())
        }
        Some(_) => {
            let bound = Doc::Map(vec![("_ValidFrom".into(), Doc::Map(vec![limit()]))]);
            conjoin(&mut members, vec![bound]);
        }
    }
    Doc::Map(members)
}

/// Names of types become ids.
fn types(store: &Store, value: &Doc) -> Result<Doc, String> {
    let ids = |one: &Doc| match one {
        Doc::Text(name) => {
            let ids = ids_of(store, name);
            ids.map(|ids| ids.into_iter().map(Doc::Int).collect())
                .ok_or_else(|| format!("Server Error: Unknown type: {name}"))
        }
        other => Ok(vec![other.clone()]),
    };
    let one_of = |operator: &str, ids: Vec<Doc>| (Box::from(operator), Doc::List(ids));
    Ok(match value {
        Doc::Text(_) => Doc::Map(vec![one_of("$in", ids(value)?)]),
        Doc::Map(members) => {
            let mut rewritten: Members = Vec::new();
            for (operator, operand) in members {
                rewritten.push(match (operator.as_ref(), operand) {
                    ("$in" | "$nin", Doc::List(all)) => {
                        let all = all.iter().map(ids).collect::<Result<Vec<_>, _>>()?;
                        one_of(operator, all.concat())
                    }
                    ("$ne", Doc::Text(_)) => one_of("$nin", ids(operand)?),
                    _ => (operator.clone(), operand.clone()),
                });
            }
            Doc::Map(rewritten)
        }
        other => other.clone(),
    })
}

fn is_dated(store: &Store, path: &str) -> bool {
    let name = path.strip_prefix("_PreviousValues.").unwrap_or(path);
    let is_date = |id: &usize| {
        let kind = store.model().get(*id);
        kind.and_then(|t| t.attribute(name)).is_some_and(|a| a.name == name && a.kind == ValueKind::Date)
    };
    matches!(name, "_ValidFrom" | "_ValidTo" | "_SnapshotDate")
        || store.model().find("artifact").is_some_and(|t| t.concrete.iter().any(is_date))
}

/// Dates in the server's form.
fn dates(value: &Doc) -> Result<Doc, String> {
    Ok(match value {
        Doc::Text(text) => Doc::Text(date(text)?.into()),
        Doc::List(all) => Doc::List(all.iter().map(dates).collect::<Result<_, _>>()?),
        Doc::Map(members) => {
            let each = members.iter().map(|(name, value)| Ok((name.clone(), dates(value)?)));
            Doc::Map(each.collect::<Result<_, String>>()?)
        }
        other => other.clone(),
    })
}

fn condition(choices: &Choices<'_>, find: &Doc) -> Result<Test, String> {
    let Doc::Map(members) = find else { return Err("Server Error: find must be an object".to_owned()) };
    let mut all = Vec::new();
    for (name, value) in members {
        let each = |value: &Doc| match value {
            Doc::List(all) => all.iter().map(|one| condition(choices, one)).collect::<Result<Vec<_>, _>>(),
            _ => Ok(Vec::new()),
        };
        all.push(match name.as_ref() {
            "$and" => Test::All(each(value)?),
            "$or" => Test::Any(each(value)?),
            operator if operator.starts_with('$') => return Err(invalid(operator)),
            path => Test::Field(path.split('.').map(Box::from).collect(), checks(choices, path, value)?),
        });
    }
    Ok(Test::All(all))
}

fn invalid(operator: &str) -> String {
    format!("Server Error: invalid operator: {}", operator.chars().take(100).collect::<String>())
}

/// The conditions on one field: a value, or operators with their operands.
fn checks(choices: &Choices<'_>, path: &str, value: &Doc) -> Result<Vec<Check>, String> {
    let name = path.strip_prefix("_PreviousValues.").unwrap_or(path);
    let lists = choices.named(name);
    // The text of a choice stands for its id, of every type that has such a choice.
    let meant = |value: &Doc| -> Vec<Doc> {
        let text = value.as_text();
        let known = lists.iter().flatten().filter(|(_, known, _)| text == Some(*known));
        known.map(|(.., id)| Doc::Int(*id)).chain([value.clone()]).collect()
    };
    let operators = match value {
        Doc::Map(members) if members.iter().any(|(name, _)| name.starts_with('$')) => members,
        value => return Ok(vec![Check::In(meant(value).into_iter().collect())]),
    };
    let mut all = Vec::new();
    for (operator, operand) in operators {
        let list = || match operand {
            Doc::List(all) => Ok(all.iter().flat_map(meant).collect::<Set>()),
            _ => Err(format!("Server Error: {operator} needs an array")),
        };
        all.push(match operator.as_ref() {
            "$in" => Check::In(list()?),
            "$nin" => Check::NotIn(list()?),
            "$ne" => Check::NotIn(meant(operand).into_iter().collect()),
            "$gt" | "$gte" | "$lt" | "$lte" => {
                let wanted = if operator.starts_with("$g") { Ordering::Greater } else { Ordering::Less };
                let or_equal = operator.ends_with('e');
                // Choices compare by their position in the list of their type.
                let mut ids = Vec::new();
                for list in lists {
                    let bound = list.iter().find(|(_, text, _)| operand.as_text() == Some(*text));
                    let Some((bound, ..)) = bound else { continue };
                    let order = |n: &usize| n.cmp(bound);
                    let meets = |n: &usize| order(n) == wanted || (or_equal && n == bound);
                    ids.extend(list.iter().filter(|(n, ..)| meets(n)).map(|(.., id)| Doc::Int(*id)));
                }
                match operand {
                    Doc::Text(_) if !lists.is_empty() => Check::In(ids.into_iter().collect()),
                    operand => Check::Order(wanted, or_equal, operand.clone()),
                }
            }
            "$exists" => Check::Exists(match operand {
                Doc::Bool(yes) => *yes,
                Doc::Int(n) => *n != 0,
                Doc::Float(n) => *n != 0.0,
                Doc::Null => false,
                _ => true,
            }),
            "$type" => match operand {
                Doc::Int(number) => Check::Type(*number),
                _ => return Err("Server Error: $type needs a number".to_owned()),
            },
            other => return Err(invalid(other)),
        });
    }
    Ok(all)
}
