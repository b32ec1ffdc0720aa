//! The names of fields in snapshots.

use crate::catalog::{Catalog, Scope};
use crate::error::{Error, Result};
use crate::text::nearest;
use std::sync::Arc;

/// The members of snapshots that are not attributes.
const MEMBERS: [&str; 16] = [
    "_id",
    "_ItemHierarchy",
    "_ItemHierarchyUUID",
    "_ObjectUUID",
    "_PreviousValues",
    "_ProjectHierarchy",
    "_Revision",
    "_RevisionNumber",
    "_SnapshotNumber",
    "_SnapshotType",
    "_Type",
    "_TypeHierarchy",
    "_UnformattedID",
    "_User",
    "_ValidFrom",
    "_ValidTo",
];

pub(super) const PREVIOUS: &str = "_PreviousValues";

/// Resolves names on a type of a workspace.
#[derive(Clone, Debug)]
pub(super) struct Namer {
    pub(super) catalog: Arc<Catalog>,
    pub(super) scope: Scope,
    pub(super) type_name: String,
}

impl Namer {
    /// Returns the element name of a field, also of `_PreviousValues.X`. A dotted name stays one only with `dotted`.
    pub(super) fn element(&self, name: &str, dotted: bool) -> Result<String> {
        let name = name.trim();
        if let Some(below) = name.strip_prefix("_PreviousValues.") {
            return Ok(format!("{PREVIOUS}.{}", self.element(below, false)?));
        }
        if name.starts_with('_') {
            if MEMBERS.contains(&name) {
                return Ok(name.to_owned());
            }
            let near = nearest(name, MEMBERS.into_iter());
            return Err(Error::unknown_name("the member of snapshots", name, near)
                .remedy("the documentation of `Lookback` lists them"));
        }
        let check = self.catalog.session.config.check_names();
        let found = self.catalog.queried(&self.scope, Some(&self.type_name), name, check)?;
        if found.contains(['.', '[']) && !dotted {
            let link = found.split(['.', '[']).next().unwrap_or_default();
            return Err(Error::input(format!(
                "a snapshot has no `{name}`: it holds fields of one item, and objects as ObjectIDs"
            ))
            .remedy(format!("ask for `{link}`, with `hydrate` for its name")));
        }
        Ok(found)
    }

    /// The element name if it is known without a request.
    fn here(&self, name: &str) -> Option<String> {
        self.catalog.known_attribute(&self.scope, &self.type_name, name).map(|found| found.into_owned())
    }
}

/// What was asked for, so that what was not is never taken for null.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) namer: Namer,
    /// As given, and as the server calls it.
    pub(super) names: Vec<(String, String)>,
    pub(super) all: bool,
}

impl Asked {
    /// Returns the element name of a field that was asked for.
    pub(super) fn element(&self, name: &str) -> Option<&str> {
        let name = name.trim();
        let known = |name: &str| {
            let mut all = self.names.iter();
            all.find(|(given, element)| given == name || element == name).map(|(_, element)| element.as_str())
        };
        known(name).or_else(|| known(&self.namer.here(name)?))
    }

    /// The element name of a field that all fields include.
    pub(super) fn element_of_all(&self, name: &str) -> Option<String> {
        let member = || MEMBERS.contains(&name).then(|| name.to_owned());
        self.namer.here(name).or_else(member).filter(|_| self.all)
    }
}
