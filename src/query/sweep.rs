//! Compares what a query has with what a caller knows, by ObjectIDs and versions.

use super::{MAX_PAGE, Query};
use crate::error::{Error, Result};
use crate::reference::Ref;
use std::collections::HashMap;

/// An object that a caller of [`Query::sweep`] knows: its ObjectID, and its version if that is to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    id: i64,
    version: Option<String>,
}

impl From<i64> for Known {
    fn from(id: i64) -> Known {
        Known { id, version: None }
    }
}

/// With the version: what a row has as `_objectVersion` or `VersionId`.
impl From<(i64, String)> for Known {
    fn from((id, version): (i64, String)) -> Known {
        Known { id, version: Some(version) }
    }
}

/// How a query differs from what its caller knows; see [`Query::sweep`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sweep {
    /// Known, but no longer found by the query: deleted, moved, or without a match.
    pub gone: Vec<i64>,
    /// Found, but not known.
    pub new: Vec<Ref>,
    /// Known in another version.
    pub stale: Vec<Ref>,
}

impl Query {
    /// Reads the ObjectIDs of all rows, up to 2000 with each request, and compares them with those that the caller
    /// knows. It finds what [`Query::changes_since`] cannot: objects deleted without a trace in the recycle bin, moved
    /// out of the scope, or changed while the server's clock was wrong.
    ///
    /// ```
    /// use rally_wsapi::Sweep;
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let defects = rally.query("Defect");
    /// let known: Vec<i64> = defects.iter().filter_map(|row| row.ok()?.object_id()).collect();
    /// rally.delete("Defect", "DE1")?;
    /// let found: Sweep = defects.sweep(known)?;
    /// assert_eq!((found.gone, found.new.len(), found.stale.len()), (vec![701], 0, 0));
    ///
    /// let known = [(702, "an older version".to_owned())];
    /// assert_eq!(defects.sweep(known)?.stale[0].to_string(), "/defect/702");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Input` for a query with a start or a limit; `Paging` for a type without ascending ObjectIDs; as
    /// [`Query::first`]. After an error nothing is known to be gone.
    pub fn sweep<K: Into<Known>>(&self, known: impl IntoIterator<Item = K>) -> Result<Sweep> {
        if self.limit.is_some() || self.start != 1 {
            return Err(Error::input("a sweep with a limit or a start")
                .remedy("leave them out: what is not read would seem to be gone"));
        }
        let bare = Query { fetch: None, fetch_all: false, order: None, with: Vec::new(), ..self.clone() };
        let mut known: HashMap<i64, Option<String>> =
            known.into_iter().map(Into::into).map(|Known { id, version }| (id, version)).collect();
        let mut found = Sweep::default();
        for row in bare.page_size(MAX_PAGE).stable().fetch("ObjectID") {
            let row = row?;
            let Some((id, reference)) = row.object_id().zip(row.reference().cloned()) else { continue };
            match known.remove(&id) {
                None => found.new.push(reference),
                Some(Some(version)) if row["_objectVersion"].as_str().is_some_and(|now| now != version) => {
                    found.stale.push(reference);
                }
                Some(_) => {}
            }
        }
        found.gone.extend(known.into_keys());
        found.gone.sort_unstable();
        Ok(found)
    }
}
