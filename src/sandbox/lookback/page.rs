//! From the snapshots found to the rows of a page: authorization, order, paging, compression.

use super::super::past::Doc;
use super::super::store::Store;
use super::ask::{Question, Wanted};
use super::kinds::Choices;
use super::row::{Row, row};
use super::test::compare;
use super::view::Snapshot;
use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap, HashSet};

pub(super) struct Page {
    /// The snapshots found, not only those of the page, before compression.
    pub(super) total: usize,
    pub(super) rows: Vec<Row>,
}

/// Removes the snapshots in projects that the caller may not see. Without leave to do so they are an error.
pub(super) fn authorize(
    store: &Store,
    caller: i64,
    found: &mut Vec<Snapshot<'_>>,
    remove: bool,
) -> Result<(), String> {
    if store.is_admin(caller) {
        return Ok(());
    }
    let projects = store.model().find("project").map(|t| store.of_type(t.id)).unwrap_or_default();
    let closed = projects.iter().filter(|k| store.text_named(**k, "State").as_deref() == Some("Closed"));
    let closed: HashSet<i64> = closed.filter_map(|k| store.at(*k)).map(|o| o.id).collect();
    let project = |snapshot: &Snapshot<'_>| match snapshot.get("Project").as_deref() {
        Some(Doc::Int(id)) if closed.contains(id) => Some(*id),
        _ => None,
    };
    let hidden: BTreeSet<i64> = found.iter().filter_map(project).collect();
    if !remove && !hidden.is_empty() {
        let hidden: Vec<String> = hidden.iter().map(i64::to_string).collect();
        return Err(format!("Server Error: Unauthorized for projects: {}", hidden.join(",")));
    }
    found.retain(|snapshot| project(snapshot).is_none());
    Ok(())
}

pub(super) fn page(
    store: &Store,
    choices: &Choices<'_>,
    question: &Question,
    mut found: Vec<Snapshot<'_>>,
) -> Page {
    found.sort_by_key(|s| (s.from, s.id()));
    if !question.sort.is_empty() {
        let path = |name: &str| name.split('.').map(Box::from).collect::<Vec<Box<str>>>();
        let order: Vec<(Vec<Box<str>>, bool)> = question.sort.iter().map(|(n, up)| (path(n), *up)).collect();
        let key = |s: Snapshot<'_>| {
            let key = order.iter().map(|(path, _)| s.at(path).map_or(Doc::Null, |v| v.into_owned()));
            key.collect::<Vec<Doc>>()
        };
        let mut keyed: Vec<(Vec<Doc>, Snapshot<'_>)> =
            found.into_iter().map(|s| (key(s.clone()), s)).collect();
        keyed.sort_by(|(a, _), (b, _)| {
            let each = a.iter().zip(b).zip(&order);
            let each = each.map(|((a, b), (_, up))| if *up { ordered(a, b) } else { ordered(b, a) });
            each.fold(Ordering::Equal, Ordering::then)
        });
        found = keyed.into_iter().map(|(_, s)| s).collect();
    }
    let total = found.len();
    let mut shown: Vec<Snapshot<'_>> =
        found.into_iter().skip(question.start).take(question.pagesize).collect();
    if question.compress {
        shown = compressed(store, choices, &question.fields, shown);
    }
    let rows = shown.iter().map(|s| row(store, choices, s, &question.fields, &question.hydrate)).collect();
    Page { total, rows }
}

/// Null first, then numbers, texts and lists, as MongoDB sorts them.
fn ordered(a: &Doc, b: &Doc) -> Ordering {
    let rank = |value: &Doc| match value {
        Doc::Null => 0,
        Doc::Int(_) | Doc::Float(_) => 1,
        Doc::Text(_) => 2,
        Doc::Map(_) => 3,
        Doc::List(_) => 4,
        Doc::Bool(_) => 5,
    };
    compare(a, b).unwrap_or_else(|| rank(a).cmp(&rank(b)))
}

/// Merges snapshots of an item that follow each other and differ only in what is not shown.
fn compressed<'s>(
    store: &Store,
    choices: &Choices<'_>,
    fields: &Wanted,
    shown: Vec<Snapshot<'s>>,
) -> Vec<Snapshot<'s>> {
    let same = |s: &Snapshot<'_>| {
        let mut row = row(store, choices, s, fields, &[]);
        row.retain(|(name, _)| !matches!(name.as_ref(), "_ValidFrom" | "_ValidTo"));
        row
    };
    let mut kept: Vec<Snapshot<'s>> = Vec::new();
    let mut last: HashMap<i64, (usize, Row)> = HashMap::new();
    for snapshot in shown {
        let own = same(&snapshot);
        if let Some((at, row)) = last.get(&snapshot.id()) {
            if let Some(before) = kept.get_mut(*at).filter(|_| *row == own) {
                if before.is_followed_by(&snapshot) {
                    *before = before.clone().until(&snapshot);
                    continue;
                }
                if snapshot.is_followed_by(before) {
                    *before = snapshot.until(before);
                    continue;
                }
            }
        }
        last.insert(snapshot.id(), (kept.len(), own));
        kept.push(snapshot);
    }
    kept
}
