//! Loads what rows refer to, whole, with each page.

use super::{IntoFetch, Query, fetch};
use crate::call::Call;
use crate::error::Result;
use crate::page::load_all;
use crate::record::reference_of;
use crate::reference::Ref;
use crate::wire::RawPage;
use serde_json::{Map, Value};
use std::collections::HashSet;

impl Query {
    /// Loads what the rows refer to, whole, before the first row of a page is returned: `["Owner",
    /// "Iteration.Project"]`.
    ///
    /// The objects go to the client's cache, each once, by one request per page for each path and type; what all
    /// rows share costs one request in total. If that fails, they are loaded as they are read. The first step of
    /// each path is added to the fetch list.
    ///
    /// Without it nothing is loaded ahead: the second row that lacks something loads it for all rows.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// for defect in rally.query("Defect").fetch("Name").with(["Owner", "Project.Owner"]) {
    ///     let defect = defect?;
    ///     println!("{} {}", defect.get("Owner.EmailAddress")?, defect.get("Project.Owner.UserName")?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn with(self, paths: impl IntoFetch) -> Query {
        self.accept(fetch::checked(paths), |mut query, paths| {
            query.with.extend(paths);
            query
        })
    }

    /// The caller's own fetch list, if `with` added to it.
    pub(super) fn fetched_without_with(&self) -> Option<String> {
        let names = self.fetch.as_deref().unwrap_or_default();
        let (_, root) = self.resolved_target().ok().filter(|_| !self.with.is_empty())?;
        let names = fetch::resolved(&self.catalog, &self.scope, root.as_deref(), names).ok()?;
        Some(names.join(","))
    }

    /// Fills the cache with what the paths lead to.
    pub(super) fn bring_along(&self, page: &RawPage, asked: &Call) {
        if self.with.is_empty() {
            return;
        }
        let rows: Vec<Map<String, Value>> = (0..page.len()).filter_map(|i| page.row(i).ok()).collect();
        for path in &self.with {
            if let Err(error) = self.bring(&rows, path, asked) {
                log::info!("`{path}` could not be brought along and is loaded as it is read: {error}");
            }
        }
    }

    fn bring(&self, rows: &[Map<String, Value>], path: &str, asked: &Call) -> Result<()> {
        let names: Vec<&str> = path.split('.').map(str::trim).collect();
        let mut here: Vec<Map<String, Value>> = rows.to_vec();
        for (place, name) in names.iter().enumerate() {
            let objects = here.iter().filter_map(|object| self.member(object, name)).cloned();
            let next = names.get(place + 1);
            let is_enough = |object: &Map<String, Value>| next.is_some_and(|next| object.contains_key(*next));
            let (enough, part): (Vec<_>, Vec<_>) = objects.partition(is_enough);
            let refs: Vec<Ref> = part.iter().filter_map(reference_of).collect();
            load_all(&self.catalog.session, &refs, asked.get("workspace"))?;
            here = enough;
            if next.is_some() {
                let whole = |reference: &Ref| self.catalog.session.cache.peek(reference.key());
                let mut seen = HashSet::new();
                let each = refs.iter().filter(|reference| seen.insert(reference.key()));
                here.extend(each.filter_map(whole).map(|record| record.fields().clone()));
            }
        }
        Ok(())
    }

    fn member<'a>(&self, object: &'a Map<String, Value>, name: &str) -> Option<&'a Map<String, Value>> {
        let kind = object.get("_type").and_then(Value::as_str).unwrap_or_default();
        let known = || self.catalog.known_attribute(&self.scope, kind, name);
        let value = object.get(name).or_else(|| object.get(&*known()?))?.as_object()?;
        reference_of(value).is_some_and(|r| r.collection().is_none()).then_some(value)
    }
}
