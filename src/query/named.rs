//! The names of a struct's fields: which to fetch for them, and those whose value no row has.

use super::Query;
use super::fetch::may_hold_dots;
use super::probe::Shape;
use crate::catalog::path::Segments;
use crate::catalog::unknown;
use crate::entity::META;
use crate::error::{Error, ErrorKind, Result};
use crate::text::nearest;

/// What each member of a collection has in the row, where the row lists the members: tags, milestones, and custom
/// fields with several values.
const LISTED: [&str; 6] = ["Name", "DisplayColor", "TargetDate", "_ref", "ref", "oid"];

/// What `get` computes for every object.
pub(super) const COMPUTED: [&str; 3] = ["oid", "ref", "uuid"];

/// Refuses a path to what a row does not have.
pub(super) fn not_in_row(name: &str, why: &str) -> Error {
    Error::input(format!("`{name}` is not in a row: {why}"))
        .remedy(format!("iterate over the query itself, and call `get(\"{name}\")` of each row"))
}

impl Query {
    /// Returns what to fetch for the names, without what every row has. Sends nothing.
    pub(super) fn fetched(&self, shape: &Shape) -> Result<Vec<String>> {
        shape.names().iter().filter_map(|name| self.in_row(name).transpose()).collect()
    }

    /// Refuses the names whose value no row has.
    pub(super) fn has_all(&self, shape: &Shape) -> Result<()> {
        let refused = shape.names().into_iter().filter_map(|name| self.in_row(&name).err());
        // Names that match nothing are left to serde.
        refused.filter(|error| error.kind() == &ErrorKind::Input).try_for_each(Err)
    }

    /// The part of a name that has to be fetched.
    fn in_row(&self, name: &str) -> Result<Option<String>> {
        let (catalog, root) = (&self.catalog, self.type_name());
        let may_be_one = may_hold_dots(name);
        if may_be_one && catalog.resolve(&self.scope, root, name, false).is_ok_and(|whole| whole.known) {
            return Ok(Some(name.to_owned()));
        }
        let mut along = catalog.along(&self.scope, root);
        // In a collection: whether the row lists its members.
        let mut listing = None;
        for segment in Segments::new(name) {
            // The form of a lone name is checked with the fetch list.
            let Ok(segment) = segment else { return Ok(Some(name.to_owned())) };
            let part = segment.name;
            let above = || {
                Ok(name.get(..segment.offset.saturating_sub(1)).map(str::to_owned).filter(|f| !f.is_empty()))
            };
            if segment.index.is_some() {
                return Err(not_in_row(name, "it selects one of several objects"));
            }
            let is_meta = META.contains(&part);
            if part.starts_with('_') && !is_meta {
                return Err(unknown(along.kind(), part, nearest(part, META.into_iter())));
            }
            if let Some(lists) = listing {
                let is_last = Segments::new(name).nth(segment.position.saturating_add(1)).is_none();
                let is_listed = lists && is_last && LISTED.iter().any(|n| n.eq_ignore_ascii_case(part));
                return match is_meta || part == "Count" || is_listed {
                    true => above(),
                    false => Err(not_in_row(name, "it leads through a collection")),
                };
            }
            if is_meta || COMPUTED.contains(&part) {
                return above();
            }
            let kind = along.kind().map(str::to_owned);
            let found = along.step(part, false).ok().filter(|found| found.known);
            if let Some(found) = &found {
                listing = catalog.lists_members(&self.scope, kind.as_deref(), &found.name);
            }
            // A struct may stand for a value that is not an object of the server, as the two parts of a web link, and
            // every stub has its name.
            let is_stray = kind.is_none() && !part.starts_with("c_") || part.eq_ignore_ascii_case("Name");
            if segment.position > 0 && found.is_none() && is_stray {
                return above();
            }
        }
        Ok(Some(name.to_owned()))
    }
}
