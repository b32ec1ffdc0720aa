//! A row of an answer: the fields asked for, hydrated as asked.

use super::super::object::Seen;
use super::super::past::Doc;
use super::super::store::Store;
use super::ask::Wanted;
use super::kinds::{Choices, type_name};
use super::view::Snapshot;

pub(super) type Row = Vec<(Box<str>, Doc)>;

pub(super) fn row(
    store: &Store,
    choices: &Choices<'_>,
    snapshot: &Snapshot<'_>,
    wanted: &Wanted,
    hydrate: &[String],
) -> Row {
    let mut row = Row::new();
    for name in snapshot.names().filter(|name| wanted.has(name)) {
        let Some(value) = snapshot.get(name) else { continue };
        let value = if name == "_PreviousValues" {
            previous(store, choices, value.into_owned(), wanted, hydrate)
        } else if hydrate.iter().any(|h| h == name) {
            hydrated(store, choices, name, &value)
        } else {
            value.into_owned()
        };
        row.push((name.into(), value));
    }
    if wanted.has("FormattedID") && !snapshot.formatted().is_empty() {
        row.push(("FormattedID".into(), Doc::text(snapshot.formatted())));
    }
    row
}

/// All previous values, or those asked for by `_PreviousValues.Name`.
fn previous(store: &Store, choices: &Choices<'_>, value: Doc, wanted: &Wanted, hydrate: &[String]) -> Doc {
    let Doc::Map(mut members) = value else { return value };
    if let Wanted::Names(names) = wanted {
        if !names.iter().any(|n| n == "_PreviousValues") {
            members.retain(|(name, _)| names.iter().any(|n| is_previous(n, name)));
        }
    }
    for (name, value) in &mut members {
        if hydrate.iter().any(|h| is_previous(h, name)) {
            *value = hydrated(store, choices, name, value);
        }
    }
    Doc::Map(members)
}

fn is_previous(path: &str, name: &str) -> bool {
    path.strip_prefix("_PreviousValues.") == Some(name)
}

/// Texts of choices, names of types, and objects for project, iteration and release; anything else stays an id.
fn hydrated(store: &Store, choices: &Choices<'_>, name: &str, value: &Doc) -> Doc {
    match (name, value) {
        ("Project" | "Iteration" | "Release", Doc::Int(id)) => {
            object(store, name, *id).unwrap_or_else(|| value.clone())
        }
        ("_TypeHierarchy", Doc::List(ids)) => Doc::List(
            ids.iter()
                .map(|id| match id {
                    Doc::Int(id) => type_name(store.model(), *id).map_or(Doc::Int(*id), Doc::text),
                    other => other.clone(),
                })
                .collect(),
        ),
        (_, Doc::Int(id)) => choices.text(name, *id).unwrap_or_else(|| value.clone()),
        _ => value.clone(),
    }
}

/// As the object is now; `None` if it was deleted.
fn object(store: &Store, kind: &str, id: i64) -> Option<Doc> {
    let key = store.by_id(id)?;
    let dates: &[&str] = match kind {
        "Iteration" => &["StartDate", "EndDate"],
        "Release" => &["ReleaseStartDate", "ReleaseDate"],
        _ => &[],
    };
    let mut members: Row = vec![("ObjectID".into(), Doc::Int(id))];
    for name in ["Name"].iter().chain(dates) {
        if let Seen::Text(text) = store.see_named(key, name) {
            let shown = if *name == "ReleaseStartDate" { "StartDate" } else { name };
            members.push((shown.into(), Doc::text(text)));
        }
    }
    Some(Doc::Map(members))
}
