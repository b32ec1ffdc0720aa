//! The order of results.

use super::eval::natural;
use super::object::{Key, Object, Seen};
use super::path::{Names, Path};
use super::store::Store;
use crate::schema::standard::ValueKind;
use std::borrow::Cow;
use std::cmp::Ordering;

/// What an object is sorted by. Kinds sort in the order of this list, null last.
#[derive(PartialEq, PartialOrd)]
enum Place<'s> {
    Rank(u128),
    Number(f64),
    Choice(usize),
    Numbered(String, u64, String),
    Text(Cow<'s, str>),
    Null,
}

const MOST: usize = 50;

/// Sorts by `Name DESC,ObjectID`, starting from the order of ids. The error is the server's text.
pub(super) fn sort(
    store: &Store,
    names: Names<'_, '_>,
    keys: &mut Vec<Key>,
    order: &str,
) -> Result<(), String> {
    let mut ways = Vec::new();
    for part in order.split(',').map(str::trim).filter(|p| !p.is_empty()) {
        let (name, way) = part.split_once(char::is_whitespace).unwrap_or((part, "ASC"));
        let by_rank = name.eq_ignore_ascii_case("Rank");
        let down = match way.trim().to_ascii_uppercase().as_str() {
            "ASC" => false,
            "DESC" => true,
            // The server was observed to accept any word here.
            _ if by_rank => false,
            _ => return Err(format!("Cannot sort using unknown attribute {part}")),
        };
        let name = if by_rank { "DragAndDropRank" } else { name };
        let unknown = |_| format!("Cannot sort using unknown attribute {name}");
        let (path, end) = Path::read(names, name).map_err(unknown)?;
        if !end.count && !end.attribute.is_sortable() {
            return Err(format!("Cannot sort using attribute {name}"));
        }
        // After a unique key further ones make no difference.
        let unique = !end.count && end.attribute.name == "ObjectID" && !name.contains('.');
        if ways.len() >= MOST {
            return Err(format!("Cannot sort using more than {MOST} attributes"));
        }
        ways.push((path, down));
        if unique {
            if ways.len() == 1 && !down {
                return Ok(());
            }
            break;
        }
    }
    if ways.is_empty() {
        return Ok(());
    }
    let places = |key: &Key| -> Vec<Place<'_>> {
        let Some(object) = store.at(*key) else { return Vec::new() };
        ways.iter().map(|(path, _)| place(store, path, object)).collect()
    };
    let mut placed: Vec<(Vec<Place<'_>>, Key)> = keys.iter().map(|k| (places(k), *k)).collect();
    placed.sort_by(|(a, _), (b, _)| {
        let each = a.iter().zip(b).zip(&ways).map(|((a, b), (_, down))| {
            let order = a.partial_cmp(b).unwrap_or(Ordering::Equal);
            if *down { order.reverse() } else { order }
        });
        each.fold(Ordering::Equal, Ordering::then)
    });
    *keys = placed.into_iter().map(|(_, key)| key).collect();
    Ok(())
}

fn place<'s>(store: &'s Store, path: &Path, object: &'s Object) -> Place<'s> {
    let (seen, attribute) = path.first(store, object);
    if attribute.is_some_and(|a| a.name == "DragAndDropRank") {
        // The text sorts like the number.
        return if object.rank == 0 { Place::Null } else { Place::Rank(object.rank) };
    }
    match seen {
        Seen::Bool(b) => Place::Number(f64::from(u8::from(b))),
        Seen::Int(n) => Place::Number(n as f64),
        Seen::Float(n) => Place::Number(n),
        Seen::Text(text) => match attribute {
            Some(a) if matches!(a.kind, ValueKind::Rating | ValueKind::State) => {
                Place::Choice(a.rank_of(&text).unwrap_or(usize::MAX))
            }
            Some(a) if a.name == "FormattedID" => {
                let (prefix, number, rest) = natural(&text);
                Place::Numbered(prefix.to_owned(), number, rest.to_owned())
            }
            _ => Place::Text(text),
        },
        Seen::Ref(key) => {
            let name = store.at(key).and_then(|o| store.name_of(o));
            name.map_or(Place::Null, |n| Place::Text(n.into()))
        }
        _ => Place::Null,
    }
}
