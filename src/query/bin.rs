//! Deleted objects, as the recycle bin lists them.

use super::Query;
use super::dated::Dated;
use super::watermark::Mark;
use crate::catalog::ProjectScope;
use crate::entity::Entity;
use crate::error::Result;
use crate::reference::Ref;
use crate::schema::standard;
use serde_json::Value;
use std::time::Duration;

/// Reads the entries of the types of a query.
#[derive(Debug)]
pub(super) struct Bin {
    pub(super) dated: Dated,
    /// The type of the query, and those below it.
    types: Vec<String>,
}

impl Bin {
    /// The bin has no projects: the entries are those of the workspace.
    pub(super) fn new(query: &Query, overlap: Duration, mark: Mark) -> Result<Bin> {
        let (path, name) = query.resolved_target()?;
        let mut scope = query.scope.clone();
        (scope.project, scope.up, scope.down) = (ProjectScope::All, None, None);
        let mut entries = Query::of_type(query.catalog.clone(), scope, "RecycleBinEntry").into_lookup();
        entries = entries.fetch("ItemOID,Type.TypePath,Type.ElementName").page_size(query.page_size);
        let types = match &query.types {
            Some(types) => {
                let named = types.iter().map(|name| Ok(query.catalog.kind(&query.scope, name)?.name));
                named.collect::<Result<Vec<_>>>()?
            }
            None => query.with_those_below(&name.unwrap_or_else(|| path.trim_matches('/').to_owned())),
        };
        Ok(Bin { dated: Dated::new(entries, "DeletionDate", overlap, mark, false), types })
    }

    pub(super) fn next_deleted(&mut self) -> Result<Option<Ref>> {
        while let Some(entry) = self.dated.next_row()? {
            if let Some(deleted) = self.deleted(&entry) {
                return Ok(Some(deleted));
            }
        }
        Ok(None)
    }

    /// The object of an entry, if its type is one of ours.
    fn deleted(&self, entry: &Entity) -> Option<Ref> {
        let id = entry["ItemOID"].as_i64()?;
        let is_ours = |name: &Value| {
            let name = name.as_str()?;
            let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
            self.types.iter().find(|path| path.eq_ignore_ascii_case(name) || last(path) == last(name))
        };
        let kind = &entry["Type"];
        let names = [kind.get("TypePath"), kind.get("ElementName"), Some(kind)];
        let known: Vec<&Value> = names.into_iter().flatten().filter(|name| name.is_string()).collect();
        let found = match known.is_empty() {
            // ObjectIDs are unique among all types, so that a reader by ObjectID is right in any case.
            true => self.types.first(),
            false => known.into_iter().find_map(is_ours),
        };
        Ref::new(found?, id).ok()
    }
}

impl Query {
    /// The type, and the known types below it.
    fn with_those_below(&self, name: &str) -> Vec<String> {
        let mut paths = vec![name.to_owned()];
        if let Some(above) = standard::find(name) {
            paths.extend(standard::below(above).map(|below| below.type_path.to_owned()));
        }
        if let Some(schema) = self.catalog.schema_here(&self.scope) {
            paths.extend(schema.below(name).map(|below| below.type_path().to_owned()));
        }
        paths
    }
}
