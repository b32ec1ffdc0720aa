//! Resolves ids to references: up to 200 FormattedIDs per request.

use super::answered;
use crate::catalog::Kind;
use crate::error::{Error, ErrorKind, Result};
use crate::filter::attr;
use crate::rally::Rally;
use crate::reference::{Id, Ref};
use std::collections::HashMap;

/// Ids per look-up. Longer conditions nest deeper than a server may accept.
const AT_ONCE: usize = 200;

/// Returns the references of ids, each found or not. The outer `Err` is a failed request or an invalid id.
pub(super) fn locate(rally: &Rally, target: &Kind, ids: &[&Id]) -> Result<Vec<Result<Ref>>> {
    let direct = ids.iter().map(|id| target.reference(id)).collect::<Result<Vec<_>>>()?;
    let mut wanted: Vec<&str> = Vec::new();
    for (id, direct) in ids.iter().zip(&direct) {
        if let (Id::FormattedId(id), None) = (id, direct) {
            wanted.push(id);
        }
    }
    let found = by_formatted_id(rally, target, &mut wanted)?;
    let pairs = ids.iter().zip(direct);
    Ok(pairs
        .map(|(id, direct)| match (direct, id) {
            (Some(reference), _) => Ok(reference),
            (None, Id::FormattedId(id)) => only(rally, target, id, found.get(id.as_str())),
            (None, id) => read(rally, target, id),
        })
        .collect())
}

/// Reads an object of an abstract type to learn its own type.
fn read(rally: &Rally, target: &Kind, id: &Id) -> Result<Ref> {
    let entity = rally.get(&target.path, id)?;
    let Some(reference) = entity.reference().filter(|r| !Kind::of(r).is_abstract()) else {
        let message = format!("the server does not send the type of the {} {id}", target.name);
        return Err(Error::new(ErrorKind::Value, message).remedy("give the type itself"));
    };
    let asked = || format!("GET /{}/{id}", target.path);
    answered::of_type(reference, target).map_err(|error| error.asked(asked()))?;
    Ok(reference.clone())
}

fn by_formatted_id(rally: &Rally, target: &Kind, ids: &mut Vec<&str>) -> Result<HashMap<String, Vec<Ref>>> {
    ids.sort_unstable();
    ids.dedup();
    let mut found: HashMap<String, Vec<Ref>> = HashMap::new();
    for chunk in ids.chunks(AT_ONCE) {
        let query = rally.query(&target.path).all_projects().fetch("FormattedID").into_lookup();
        for row in query.filter(attr("FormattedID").is_in(chunk.iter().copied())).page_size(2_000) {
            let row = row?;
            // On some types the server compares only the number: keep exact matches.
            if let (Some(id), Some(reference)) = (row.formatted_id(), row.reference()) {
                found.entry(id.to_ascii_uppercase()).or_default().push(reference.clone());
            }
        }
    }
    Ok(found)
}

fn only(rally: &Rally, target: &Kind, id: &str, found: Option<&Vec<Ref>>) -> Result<Ref> {
    match found.map(Vec::as_slice) {
        Some([only]) => {
            let asked = |error: Error| error.asked(format!("GET /{}", target.path));
            answered::of_type(only, target).map_err(asked).map(|()| only.clone())
        }
        Some(several) if !several.is_empty() => {
            let candidates = several.iter().map(Ref::to_string).collect();
            Err(Error::ambiguous(format!("several objects are {id}"), candidates)
                .remedy("give the type, or a ref"))
        }
        _ => {
            let place = rally.scope.workspace.as_deref().unwrap_or("the user's own");
            let what = match target.name.as_str() {
                "Artifact" => "artifact",
                other => other,
            };
            let message = format!("no {what} is {id} in any project of the workspace ({place})");
            Err(Error::new(ErrorKind::NotFound, message).remedy("check the id and the workspace"))
        }
    }
}
