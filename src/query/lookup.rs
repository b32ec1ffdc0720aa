//! Objects by their ids, one or a range, with the requested fields.

use super::{Query, Target};
use crate::call::Call;
use crate::catalog::{Kind, Scope, type_path};
use crate::entity::Entity;
use crate::error::{Error, ErrorKind, Result};
use crate::filter::attr;
use crate::reference::{Id, IdRange, IntoId, Ref};
use crate::schema::names::Names;
use crate::schema::standard;
use std::collections::HashMap;

/// The types that all others extend.
const ROOTS: [&str; 3] = ["workspacedomainobject", "domainobject", "persistableobject"];

/// Ids per request. Longer conditions nest deeper than a server may accept.
const AT_ONCE: usize = 200;

/// Rows by their FormattedIDs.
type Found = HashMap<String, Vec<Entity>>;

impl Query {
    /// Returns one object by its id, wherever in the workspace it is, with the fields of [`Query::fetch`], or all
    /// fields without a fetch list. [`Rally::get`](crate::Rally::get) and [`Rally::find`](crate::Rally::find) are
    /// the short forms.
    ///
    /// A query of `Artifact` also finds other types by their FormattedIDs and references. A reference or a browser
    /// URL names its own type, which must be that of the query or below it.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let story = rally.query("Story").fetch("Name,Owner").get("US1")?;
    /// let same = rally.query("Story").fetch("Name").get(601)?;
    /// assert_eq!(story["Name"], same["Name"]);
    /// assert!(story["Description"].is_null()); // not fetched
    /// assert_eq!(rally.query("Artifact").fetch("Name").get("MI1")?.type_name(), "Milestone");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `NotFound` if it does not exist; `Ambiguous` if several objects have the id; `Input`, without a request, for
    /// a malformed id, a reference to an object of another type, and a query with a filter; any transport or server
    /// error.
    pub fn get(&self, id: impl IntoId) -> Result<Entity> {
        let id = id.into_id()?;
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        if !self.filters.is_empty() || self.types.is_some() {
            return Err(Error::input("a query with a filter or types finds rows, not one object by its id")
                .remedy("leave the filter out, or take `one()`"));
        }
        let Target::Type(type_name) = &self.target else {
            return Err(Error::input("a collection is not asked for one object by its id")
                .remedy("use `get` of the client"));
        };
        match id {
            Id::FormattedId(id) if is_artifact(type_name) => self.of_any_type(&id),
            Id::FormattedId(id) => self.by_formatted_id(type_name, &id),
            Id::Ref(reference) => {
                let (asked, given) = (type_path(type_name)?, Kind::of(&reference).path);
                // Most references need no look-up of the type, and what everything extends is not in a schema.
                let fits = asked.eq_ignore_ascii_case(&given) || ROOTS.contains(&asked.as_str());
                if reference.collection().is_some() || !fits {
                    self.catalog.kind(&self.scope, type_name)?.check(&reference)?;
                }
                self.item(&reference)
            }
            id => self.item(&Ref::new(&self.catalog.kind(&self.scope, type_name)?.path, id)?),
        }
    }

    /// Returns the rows with these ids that match the query, in the order of the range. Sends one request per 200
    /// ids.
    ///
    /// A query of `Artifact` also finds other types by their prefix, as [`Query::get`] does, with one more request
    /// for each such type. Its filter then must name attributes that those types have.
    ///
    /// ```
    /// use rally_wsapi::IdRange;
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let ids = IdRange::parse("DE1-DE3,US1,US4711")?;
    /// let found = rally.query("Artifact").fetch("Name,Owner").all_projects().ids(&ids)?;
    /// assert_eq!(found.len(), 4); // US4711 does not exist
    /// assert_eq!(rally.query("Artifact").ids(&"TF1-TF3".parse()?)?[0].type_name(), "TestFolder");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Input` for a query with a `start`; as [`Query::first`](crate::Query::first).
    pub fn ids(&self, range: &IdRange) -> Result<Vec<Entity>> {
        if self.start != 1 {
            return Err(Error::input("a query by ids begins at its first row")
                .remedy("leave `start` out, or cut the range"));
        }
        let ids: Vec<String> = range.iter().map(|id: Id| id.to_string()).collect();
        let mut found = Found::new();
        let is_of_any_type = self.types.is_none() && self.type_name().is_some_and(is_artifact);
        let mut asked: Vec<&str> = Vec::new();
        if is_of_any_type {
            for prefix in ids.iter().map(|id| prefix_of(id)) {
                if !asked.contains(&prefix) {
                    self.ids_of(&self.types_here(prefix).0, prefix, &ids, &mut found)?;
                    asked.push(prefix);
                }
            }
        }
        self.add_ids(&self.target, &left(&ids, &found), &mut found)?;
        // What no artifact has may belong to types that only the server knows.
        asked.retain(|prefix| !found.keys().any(|id| prefix_of(id) == *prefix) && !self.types_here(prefix).1);
        for prefix in asked.iter().filter(|_| self.catalog.checks_names()) {
            self.ids_of(&self.types_asked(prefix)?, prefix, &ids, &mut found)?;
        }
        let rows = ids.iter().filter_map(|id| found.remove(id)).flatten();
        Ok(rows.take(self.limit.and_then(|l| usize::try_from(l).ok()).unwrap_or(usize::MAX)).collect())
    }

    /// Adds the objects of these types that have one of the ids with a prefix.
    fn ids_of(&self, types: &[String], prefix: &str, ids: &[String], found: &mut Found) -> Result<()> {
        for type_name in types {
            let mut wanted = left(ids, found);
            wanted.retain(|id| prefix_of(id) == prefix);
            self.add_ids(&Target::Type(type_name.clone()), &wanted, found)?;
        }
        Ok(())
    }

    fn add_ids(&self, target: &Target, ids: &[&str], found: &mut Found) -> Result<()> {
        for chunk in ids.chunks(AT_ONCE) {
            let chunk = chunk.iter().copied();
            let mut query = self.clone().fetch("FormattedID").filter(attr("FormattedID").is_in(chunk));
            (query.target, query.limit) = (target.clone(), None);
            for row in query {
                let row = row?;
                // On some types the server compares only the number: keep exact matches.
                if let Some(id) = row.formatted_id().map(str::to_ascii_uppercase) {
                    found.entry(id).or_default().push(row);
                }
            }
        }
        Ok(())
    }

    fn item(&self, reference: &Ref) -> Result<Entity> {
        let mut call = Call::new(reference.path());
        let kind = Some(reference.type_path());
        let mut names = if self.fetch_all { Vec::new() } else { self.names_sent(kind)? };
        if !names.is_empty() {
            // Names in later writes are those of the object's workspace, which only this records.
            if self.scope.workspace.as_deref() != self.catalog.session.config.workspace() {
                names.push("Workspace".to_owned());
            }
            call.set("fetch", names.join(","));
        }
        let mut record = self.catalog.session.item(&call)?;
        record.whole = names.is_empty();
        Ok(Entity::new(self.catalog.clone(), record, None))
    }

    /// Looks through artifacts, then through the other types with FormattedIDs: by the prefix, according to the
    /// built-in table, the loaded schema, or a query of the type definitions.
    fn of_any_type(&self, id: &str) -> Result<Entity> {
        let prefix = prefix_of(id);
        let (types, is_known) = self.types_here(prefix);
        if let Some(found) = self.first_of(&types, id)? {
            return Ok(found);
        }
        let missing = match self.by_formatted_id("Artifact", id) {
            Err(error) if error.is_not_found() => error,
            other => return other,
        };
        if is_known || !self.catalog.checks_names() {
            return Err(missing);
        }
        self.first_of(&self.types_asked(prefix)?, id)?.ok_or(missing)
    }

    /// Returns the non-artifact types with the prefix, as far as known without a request, and whether that is
    /// complete.
    fn types_here(&self, prefix: &str) -> (Vec<String>, bool) {
        let schema = self.catalog.schema_here(&self.scope);
        let types = Names { schema: schema.as_deref() }.prefixed(prefix);
        let is_known = schema.is_some() || !types.is_empty() || standard::is_artifact_prefix(prefix);
        (types, is_known)
    }

    /// The same, asking the server once per client and workspace.
    fn types_asked(&self, prefix: &str) -> Result<Vec<String>> {
        self.catalog.prefixes(&self.scope, prefix, || self.types_with(prefix))
    }

    fn first_of(&self, types: &[String], id: &str) -> Result<Option<Entity>> {
        for type_name in types {
            match self.by_formatted_id(type_name, id) {
                Err(error) if error.is_not_found() => {}
                other => return other.map(Some),
            }
        }
        Ok(None)
    }

    /// Returns the types of the workspace with this prefix. A server that refuses the question has none.
    fn types_with(&self, prefix: &str) -> Result<Vec<String>> {
        let scope = Scope { workspace: self.scope.workspace.clone(), ..Scope::default() };
        let query =
            Query::of_type(self.catalog.clone(), scope, "TypeDefinition").all_projects().into_lookup();
        let query = query.filter(attr("IDPrefix").eq(prefix)).fetch("TypePath,IDPrefix,Abstract");
        let rows = match query.all() {
            Ok(rows) => rows,
            Err(error) if is_refusal(&error) => {
                log::warn!("the types with the prefix {prefix} cannot be listed: {error}");
                return Ok(Vec::new());
            }
            Err(error) => return Err(error),
        };
        let has_prefix =
            |row: &&Entity| row["IDPrefix"].as_str().is_some_and(|p| p.eq_ignore_ascii_case(prefix));
        // Every type has two letters, even without FormattedIDs; artifacts have been searched already.
        let is_candidate = |path: &&str| {
            standard::find(path)
                .is_none_or(|t| t.attribute("FormattedID").is_some() && !standard::is_artifact(t))
        };
        let real = rows.iter().filter(|row| row["Abstract"] != true).filter(has_prefix);
        let paths = real.filter_map(|row| row["TypePath"].as_str()).filter(is_candidate);
        Ok(paths.map(str::to_owned).collect())
    }

    /// On some types the server compares only the number: keep exact matches.
    fn by_formatted_id(&self, type_name: &str, id: &str) -> Result<Entity> {
        let target = Target::Type(type_name.to_owned());
        let query = Query { target, limit: None, start: 1, order: None, ..self.clone() };
        let query = query.all_projects().filter(attr("FormattedID").eq(id)).page_size(50).into_lookup();
        let query = if query.fetch.is_some() { query.fetch("FormattedID") } else { query.fetch_all() };
        let is_it = |row: &Entity| row.formatted_id().is_some_and(|found| found.eq_ignore_ascii_case(id));
        let hits = query.into_iter().filter(|row| row.as_ref().map_or(true, is_it));
        let mut hits = hits.collect::<Result<Vec<_>>>()?;
        if hits.len() > 1 {
            let all = hits.iter().map(|e| format!("{} {e}", e.type_name())).collect();
            return Err(Error::ambiguous(format!("several objects are {id}"), all).remedy("give the type"));
        }
        hits.pop().ok_or_else(|| {
            let place = self.scope.workspace.as_deref().unwrap_or("the user's own");
            let what = if type_name == "Artifact" { "artifact" } else { type_name };
            let message = format!("no {what} is {id} in any project of the workspace ({place})");
            Error::new(ErrorKind::NotFound, message).remedy("check the id and the workspace")
        })
    }
}

/// Returns the ids that are not found yet.
fn left<'i>(ids: &'i [String], found: &Found) -> Vec<&'i str> {
    ids.iter().map(String::as_str).filter(|id| !found.contains_key(*id)).collect()
}

/// `true` if a query of the type covers objects of any type by their FormattedIDs.
fn is_artifact(type_name: &str) -> bool {
    type_name.trim().eq_ignore_ascii_case("Artifact")
}

/// The letters of a FormattedID.
fn prefix_of(id: &str) -> &str {
    id.trim_end_matches(|c: char| c.is_ascii_digit())
}

/// `true` if the server understood the request and refused it.
fn is_refusal(error: &Error) -> bool {
    use ErrorKind as K;
    matches!(error.kind(), K::Server | K::UnknownName(_) | K::Permission | K::NotFound)
}
