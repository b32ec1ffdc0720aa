//! A walk along a dotted name: each name on the type that the one before leads to.

use super::attributes::Resolved;
use super::{Catalog, Scope};
use crate::error::Result;

/// The position of a walk.
#[derive(Debug)]
pub(crate) struct Along<'a> {
    catalog: &'a Catalog,
    scope: &'a Scope,
    kind: Option<String>,
}

impl Catalog {
    /// Begins a walk at a type, if that is known.
    pub(crate) fn along<'a>(&'a self, scope: &'a Scope, root: Option<&str>) -> Along<'a> {
        Along { catalog: self, scope, kind: root.map(str::to_owned) }
    }
}

impl Along<'_> {
    /// Returns the type whose attribute the next name is; `None` if the names before do not determine it.
    pub(crate) fn kind(&self) -> Option<&str> {
        self.kind.as_deref()
    }

    /// Resolves the next name as [`Catalog::resolve`] does, and moves on to the type it holds.
    pub(crate) fn step(&mut self, name: &str, load: bool) -> Result<Resolved> {
        let found = self.catalog.resolve(self.scope, self.kind.as_deref(), name, load);
        self.kind = found.as_ref().ok().and_then(|found| found.target.clone());
        found
    }
}
