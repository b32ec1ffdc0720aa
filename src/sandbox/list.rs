//! Lists of results: queries over types, and the members of collections.

use super::eval::{self, Test};
use super::fetch::{self, Fetch};
use super::model::{Type, TypeId};
use super::object::Key;
use super::path::Names;
use super::render::Pen;
use super::request::{Asked, unknown_type};
use super::scope::{Places, Scope};
use super::store::Store;
use super::{order, reader, totals, write_json as json};
use std::sync::Arc;

/// The contents of a list: its keys in order, and the requested part.
pub(super) struct Listed {
    keys: Arc<Vec<Key>>,
    /// The types that they may have.
    types: Vec<TypeId>,
    start: usize,
    size: usize,
}

/// The objects of a type, or of an abstract type's subtypes. The error is the server's text.
pub(super) fn query(
    store: &Store,
    asked: &Asked<'_>,
    kind: &Type,
    warnings: &mut Vec<String>,
) -> Result<Listed, String> {
    if !kind.may('Q') {
        return Err(format!("Not authorized to query {}", kind.element()));
    }
    let (start, size) = part(asked, warnings)?;
    let scope = Scope::read(store, asked)?;
    let param = |name| asked.param(name).unwrap_or_default();
    let (query, order, types) = (param("query"), param("order"), param("types"));
    let bare = asked.bare_custom_names;
    let question = format!("{}\n{types}\n{}\n{query}\n{order}\n{bare}", kind.path, scope.text());
    let chosen = chosen(store, kind, types)?;
    let types: Vec<TypeId> = chosen.iter().flat_map(|t| t.concrete.iter().copied()).collect();
    if let Some(keys) = store.known_find(&question) {
        return Ok(Listed { keys, types, start, size });
    }
    let names = Names { model: store.model(), kinds: &chosen, bare };
    let test = test(store, names, query)?;
    let mut keys = Vec::new();
    for kind in types.iter().filter_map(|id| store.model().get(*id)) {
        let places = Places::of(kind);
        let all = store.of_type(kind.id).iter().copied();
        keys.extend(all.filter(|key| {
            store.at(*key).is_some_and(|object| {
                scope.admits(store, &places, *key, object)
                    && test.as_ref().is_none_or(|t| t.holds(store, object))
            })
        }));
    }
    if types.len() > 1 {
        keys.sort_by_key(|k| store.at(*k).map(|o| o.id));
    }
    order::sort(store, names, &mut keys, order)?;
    let keys = Arc::new(keys);
    store.keep_find(question, &keys);
    Ok(Listed { keys, types, start, size })
}

/// The members of a collection. Workspace and project exclude none of them.
pub(super) fn members(
    store: &Store,
    asked: &Asked<'_>,
    keys: &[Key],
    target: Option<&Type>,
    warnings: &mut Vec<String>,
) -> Result<Listed, String> {
    let (start, size) = part(asked, warnings)?;
    let kinds: Vec<&Type> = target.or_else(|| store.model().find("artifact")).into_iter().collect();
    let names = Names { model: store.model(), kinds: &kinds, bare: asked.bare_custom_names };
    let test = test(store, names, asked.param("query").unwrap_or_default())?;
    let scope = Scope::visible(store, asked);
    let admitted = |key: &&Key| {
        store.at(**key).is_some_and(|object| {
            let places = store.kind(object).map(Places::of);
            places.is_some_and(|p| scope.admits(store, &p, **key, object))
                && test.as_ref().is_none_or(|t| t.holds(store, object))
        })
    };
    let mut keys: Vec<Key> = keys.iter().filter(admitted).copied().collect();
    if let Some(order) = asked.param("order") {
        keys.sort_by_key(|k| store.at(*k).map(|o| o.id));
        order::sort(store, names, &mut keys, order)?;
    }
    let types = kinds.iter().flat_map(|t| t.concrete.iter().copied()).collect();
    Ok(Listed { keys: Arc::new(keys), types, start, size })
}

/// The type itself, or those of `/artifact` that `types` names.
fn chosen<'s>(store: &'s Store, kind: &'s Type, types: &str) -> Result<Vec<&'s Type>, String> {
    if types.is_empty() || !kind.is_abstract {
        return Ok(vec![kind]);
    }
    let mut chosen = Vec::new();
    for name in types.split(',').map(str::trim).filter(|t| !t.is_empty()) {
        let found = store.model().find(name).ok_or_else(|| unknown_type(name))?;
        if !found.concrete.iter().all(|id| kind.concrete.contains(id)) {
            return Err(format!("Type \"{}\" is not a type of {}", found.name, kind.name));
        }
        chosen.push(found);
    }
    Ok(chosen)
}

fn test(store: &Store, names: Names<'_, '_>, query: &str) -> Result<Option<Test>, String> {
    let query = query.trim();
    if query.is_empty() || query == "()" {
        return Ok(None);
    }
    eval::check(store, names, &reader::read(query)?).map(Some)
}

/// `start` and `pagesize`, within their limits.
fn part(asked: &Asked<'_>, warnings: &mut Vec<String>) -> Result<(usize, usize), String> {
    let number = |name: &str, absent: usize| match asked.param(name) {
        None => Ok(absent),
        Some(text) => {
            text.trim().parse::<i64>().map(|n| usize::try_from(n.max(1)).unwrap_or(usize::MAX)).map_err(
                |_| {
                    format!(
                        "Could not parse: Cannot convert \"{text}\" into a number in the parameter \"{name}\""
                    )
                },
            )
        }
    };
    let (start, size) = (number("start", 1)?, number("pagesize", 20)?);
    if size > asked.max_page {
        warnings.push(format!("Page size {size} is over the maximum and was reduced to {}.", asked.max_page));
    }
    Ok((start, size.min(asked.max_page)))
}

/// The whole answer.
pub(super) fn write(
    store: &Store,
    asked: &Asked<'_>,
    fetch: &Fetch,
    listed: Result<Listed, String>,
    warnings: &[String],
) -> Vec<u8> {
    let mut pen = Pen::new(store, asked.origin, asked.flag("compact"), asked.flag("includePermissions"));
    let rows: &[Key] = match &listed {
        Ok(Listed { keys, start, size, .. }) => {
            keys.get(start - 1..).map(|k| k.get(..*size).unwrap_or(k)).unwrap_or_default()
        }
        Err(_) => &[],
    };
    let mut out = Vec::with_capacity(256 + rows.len() * 512);
    out.extend_from_slice(b"{\"QueryResult\":{");
    pen.api(&mut out);
    out.extend_from_slice(b"\"Errors\":");
    json::texts(&mut out, listed.as_ref().err().map(std::slice::from_ref).unwrap_or_default());
    out.extend_from_slice(b",\"Warnings\":");
    json::texts(&mut out, warnings);
    let numbers = match &listed {
        Ok(listed) => [listed.keys.len(), listed.start, listed.size],
        Err(_) => [0; 3],
    };
    for (name, number) in ["TotalResultCount", "StartIndex", "PageSize"].into_iter().zip(numbers) {
        out.extend_from_slice(format!(",\"{name}\":{number}").as_bytes());
    }
    if let Ok(listed) = &listed {
        let asked = ["fetch", "shallowFetch"].iter().filter_map(|name| asked.param(name));
        let names: Vec<String> = asked.flat_map(fetch::sums).collect();
        totals::sums(store, &mut out, &listed.keys, &listed.types, &names);
    }
    out.extend_from_slice(b",\"Results\":[");
    for (i, key) in rows.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        pen.row(&mut out, *key, fetch);
    }
    out.extend_from_slice(b"]}}");
    out
}
