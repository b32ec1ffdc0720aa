//! Resolves ids to references: up to 200 FormattedIDs per request.

use super::answered;
use crate::catalog::{Kind, Scope};
use crate::entity::Entity;
use crate::error::{Error, ErrorKind, Result};
use crate::filter::{Literal, attr};
use crate::query::Query;
use crate::rally::Rally;
use crate::reference::{Id, Ref};
use std::collections::{BTreeSet, HashMap};

/// Conditions per look-up. More nest deeper than a server may accept.
pub(super) const AT_ONCE: usize = 200;

impl Rally {
    /// A look-up among all objects of a type in the workspace.
    pub(crate) fn whole(&self, kind: &str) -> Query {
        self.whole_of(&self.scope.workspace, kind)
    }

    pub(crate) fn whole_of(&self, workspace: &Option<String>, kind: &str) -> Query {
        Query::of_type(self.catalog.clone(), Scope::whole(workspace.clone()), kind).into_lookup()
    }
}

/// Returns the references of ids, each found or not. The outer `Err` is a failed request or an invalid id.
pub(super) fn locate(rally: &Rally, target: &Kind, ids: &[&Id]) -> Result<Vec<Result<Ref>>> {
    let direct = ids.iter().map(|id| target.reference(id)).collect::<Result<Vec<_>>>()?;
    let wanted = ids.iter().zip(&direct).filter_map(|pair| match pair {
        (Id::FormattedId(id), None) => Some(id.as_str()),
        _ => None,
    });
    let wanted = Vec::from_iter(wanted.collect::<BTreeSet<_>>());
    let mut found: HashMap<String, Vec<Ref>> = HashMap::new();
    for row in having(rally, &target.path, "FormattedID", &wanted) {
        let row = row?;
        // On some types the server compares only the number: keep exact matches.
        if let (Some(id), Some(reference)) = (row.formatted_id(), row.reference()) {
            found.entry(id.to_ascii_uppercase()).or_default().push(reference.clone());
        }
    }
    let pairs = ids.iter().zip(direct);
    Ok(pairs
        .map(|(id, direct)| match (direct, id) {
            (Some(reference), _) => Ok(reference),
            (None, Id::FormattedId(id)) => only(rally, target, id, found.get(id.as_str())),
            (None, id) => read(rally, target, id),
        })
        .collect())
}

/// Returns the objects of a type, in all projects, whose attribute is one of the values.
pub(super) fn having<V: Into<Literal> + Copy>(
    rally: &Rally,
    kind: &str,
    attribute: &str,
    values: &[V],
) -> impl Iterator<Item = Result<Entity>> {
    let query = rally.query(kind).all_projects().fetch(attribute).into_lookup().page_size(2_000);
    values
        .chunks(AT_ONCE)
        .flat_map(move |chunk| query.clone().filter(attr(attribute).is_in(chunk.iter().copied())))
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
