//! The objects that ids and ranges name.

use super::failure::Failure;
use rally_wsapi::{Entity, Error, Id, IdRange, Rally, Result};

/// Each thing named, with what was found for it.
pub(crate) type Found = Vec<(String, Result<Entity>)>;

/// One object by an id of any kind.
pub(crate) fn one(rally: &Rally, type_name: Option<&str>, id: &str) -> Result<Entity> {
    match (type_name, id.parse::<Id>()?) {
        (None, Id::FormattedId(_)) => rally.find(id),
        (None, Id::Ref(reference)) => rally.get(reference.type_path(), reference.clone()),
        (None, _) => rally.get("Artifact", id),
        (Some(type_name), id) => rally.get(type_name, id),
    }
}

/// Objects by ids and ranges, separated by blanks or commas: two hundred FormattedIDs go by one request.
pub(crate) fn all(rally: &Rally, type_name: Option<&str>, words: &[String]) -> Result<Found, Failure> {
    let parts: Vec<&str> = words.iter().flat_map(|word| word.split(',')).map(str::trim).collect();
    let mut steps = Vec::new();
    for part in parts.iter().copied() {
        match part.parse::<Id>() {
            Ok(Id::FormattedId(_)) | Err(_) => steps.extend(IdRange::parse(part)?.iter()),
            Ok(id) => steps.push(id),
        }
    }
    let mut seen = std::collections::HashSet::new();
    steps.retain(|id| seen.insert(id.clone()));
    if let [only] = steps.as_slice() {
        return Ok(vec![(only.to_string(), one(rally, type_name, &only.to_string()))]);
    }
    let mut rows = by_range(rally, type_name, &steps)?;
    let mut found = Found::new();
    for id in steps {
        let name = id.to_string();
        let row =
            rows.iter().position(|row| row.formatted_id().is_some_and(|f| f.eq_ignore_ascii_case(&name)));
        // What no artifact bears may be of another type; that is asked one by one.
        let result = row.map_or_else(|| one(rally, type_name, &name), |at| Ok(rows.swap_remove(at)));
        found.push((name, result));
    }
    Ok(found)
}

fn by_range(rally: &Rally, type_name: Option<&str>, ids: &[Id]) -> Result<Vec<Entity>, Error> {
    let formatted: Vec<String> =
        ids.iter().filter(|id| matches!(id, Id::FormattedId(_))).map(Id::to_string).collect();
    if formatted.is_empty() {
        return Ok(Vec::new());
    }
    let range = IdRange::parse(&formatted.join(","))?;
    rally.query(type_name.unwrap_or("Artifact")).all_projects().fetch_all().ids(&range)
}
