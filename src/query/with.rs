//! What rows refer to, brought along whole with each page.

use super::{IntoFetch, Query, fetch};
use crate::catalog::Catalog;
use crate::error::Result;
use crate::filter::{Filter, attr};
use crate::plan::Plan;
use crate::record::reference_of;
use crate::reference::Ref;
use crate::wire::RawPage;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashSet};

/// So many objects are asked for at a time.
const AT_ONCE: usize = 200;

impl Query {
    /// Brings along what the rows refer to, whole, before the first of them is used: `["Owner",
    /// "Iteration.Project"]`. The objects go to the client's cache, each once, by one request a page for each
    /// path and type; what all rows share costs one request in all. Where that fails, they are loaded as they
    /// are read. The first step of each path is added to the fetch list.
    ///
    /// Without it, nothing is brought ahead of time: the second row that lacks something asks for all rows.
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
    pub fn with(mut self, paths: impl IntoFetch) -> Query {
        match fetch::checked(paths) {
            Ok(paths) => {
                self.with.extend(paths);
                self
            }
            Err(error) => self.refuse(error),
        }
    }

    /// Fills the cache with what the paths lead to.
    pub(super) fn bring_along(&self, page: &RawPage, asked: &Plan) {
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

    fn bring(&self, rows: &[Map<String, Value>], path: &str, asked: &Plan) -> Result<()> {
        let names: Vec<&str> = path.split('.').map(str::trim).collect();
        let mut here: Vec<Map<String, Value>> = rows.to_vec();
        for (place, name) in names.iter().enumerate() {
            let objects: Vec<_> = here.iter().filter_map(|object| self.member(object, name)).collect();
            let next = names.get(place + 1);
            let is_enough = |object: &Map<String, Value>| next.is_some_and(|next| object.contains_key(*next));
            let (enough, part): (Vec<_>, Vec<_>) = objects.into_iter().cloned().partition(is_enough);
            let refs: Vec<Ref> = part.iter().filter_map(reference_of).collect();
            load_all(&self.catalog, &refs, asked)?;
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

/// Loads all that is not in the cache: those of a type together.
fn load_all(catalog: &Catalog, refs: &[Ref], asked: &Plan) -> Result<()> {
    let session = &catalog.session;
    let mut kinds: BTreeMap<&str, Vec<(&Ref, i64)>> = BTreeMap::new();
    let mut seen = HashSet::new();
    for reference in refs.iter().filter(|r| seen.insert(r.key().to_owned())) {
        if let Some(id) = reference.object_id().filter(|_| session.cache.peek(reference.key()).is_none()) {
            kinds.entry(reference.type_path()).or_default().push((reference, id));
        }
    }
    for (kind, objects) in kinds {
        for objects in objects.chunks(AT_ONCE) {
            if let [(only, _)] = objects {
                session.load(only)?;
                continue;
            }
            let ids: Vec<Filter> = objects.iter().map(|(_, id)| attr("ObjectID").eq(*id)).collect();
            let Some(filter) = Filter::any_of(&ids) else { continue };
            // Alone, `/user` and `/subscription` are the caller's own.
            let plural = if matches!(kind, "user" | "subscription") { "s" } else { "" };
            let mut plan = Plan::new(format!("/{kind}{plural}"))
                .param("fetch", "true")
                .param("query", filter.to_query()?)
                .param("start", "1")
                .param("pagesize", objects.len().to_string());
            // What rows refer to may lie in any project.
            plan.set("project", "null");
            if let Some(workspace) = asked.get("workspace") {
                plan.set("workspace", workspace);
            }
            let page = session.chase(&plan)?;
            for index in 0..page.len() {
                let record = page.record(index, None, true)?;
                if let Some(key) = record.reference().map(|r| r.key().to_owned()) {
                    session.cache.get_or_load(&key, || Ok(record))?;
                }
            }
        }
    }
    Ok(())
}
