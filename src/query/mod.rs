//! A query: what to ask, built step by step; nothing is sent until it is iterated.

mod entities;
mod fetch;
mod field_items;
mod ids;
mod order;
mod pages;
mod prefetch;

pub use self::entities::Entities;
pub use self::fetch::IntoFetch;
pub use self::field_items::Items;
pub use self::pages::{Page, Pages};

use crate::catalog::{Catalog, ProjectScope, Scope, type_path};
use crate::entity::Entity;
use crate::error::{Error, ErrorKind, Result};
use crate::filter::{Filter, IntoFilter};
use crate::plan::Plan;
use crate::reference::Ref;
use std::sync::Arc;

/// The largest page the server gives.
const MAX_PAGE: u64 = 2_000;

/// A query of a type or a collection.
///
/// A mistake in an option is kept and comes out as the first item, before anything is sent.
#[derive(Clone, Debug)]
#[must_use = "a query sends nothing until it is iterated"]
pub struct Query {
    catalog: Arc<Catalog>,
    scope: Scope,
    target: Target,
    fetch: Option<Vec<String>>,
    fetch_all: bool,
    filters: Vec<Filter>,
    order: Option<String>,
    types: Option<String>,
    limit: Option<u64>,
    start: u64,
    page_size: u64,
    prefetch: usize,
    fault: Option<Error>,
}

#[derive(Clone, Debug)]
enum Target {
    Type { name: String, path: String },
    Collection(Ref),
}

impl Query {
    pub(crate) fn of_type(catalog: Arc<Catalog>, scope: Scope, name: &str) -> Query {
        let path = type_path(name);
        let fault = path.as_ref().err().cloned();
        let target = Target::Type { name: name.to_owned(), path: path.unwrap_or_default() };
        Query { fault, ..Query::new(catalog, scope, target) }
    }

    pub(crate) fn of_collection(catalog: Arc<Catalog>, collection: Ref) -> Query {
        Query::new(catalog, Scope::default(), Target::Collection(collection))
    }

    fn new(catalog: Arc<Catalog>, scope: Scope, target: Target) -> Query {
        let page_size = u64::from(catalog.session.config.page_size());
        Query {
            catalog,
            scope,
            target,
            fetch: None,
            fetch_all: false,
            filters: Vec::new(),
            order: None,
            types: None,
            limit: None,
            start: 1,
            page_size,
            prefetch: 0,
            fault: None,
        }
    }

    /// Keeps the first mistake.
    fn refuse(mut self, error: Error) -> Query {
        self.fault.get_or_insert(error);
        self
    }

    /// The fields to bring: `"Name,Owner.EmailAddress"` or `["Name", "Owner.EmailAddress"]`. Several calls
    /// add up. Without one the server sends references and names, and the rest is loaded when it is read.
    pub fn fetch(mut self, fields: impl IntoFetch) -> Query {
        let root = match &self.target {
            Target::Type { name, .. } => Some(name.clone()),
            Target::Collection(_) => None,
        };
        match fetch::split(fields, root.as_deref()) {
            Ok(names) => {
                let known = self.fetch.get_or_insert_with(Vec::new);
                for name in names {
                    if !known.contains(&name) {
                        known.push(name);
                    }
                }
                self
            }
            Err(error) => self.refuse(error),
        }
    }

    /// Brings all fields of each object.
    pub fn fetch_all(mut self) -> Query {
        self.fetch_all = true;
        self
    }

    /// Only what meets this too: text in the query language, a [`Filter`], a pair of name and value, or a list.
    pub fn filter(mut self, filter: impl IntoFilter) -> Query {
        match filter.into_filter() {
            Ok(filter) => {
                self.filters.push(filter);
                self
            }
            Err(error) => self.refuse(error),
        }
    }

    /// The order, as `"Priority DESC,Name"`. A last `ObjectID` is added, so that pages do not overlap.
    pub fn order(mut self, order: impl AsRef<str>) -> Query {
        match order::canonical(order.as_ref()) {
            Ok(order) => {
                self.order = Some(order);
                self
            }
            Err(error) => self.refuse(error),
        }
    }

    /// At most so many rows, exactly.
    pub fn limit(mut self, limit: u64) -> Query {
        if limit == 0 {
            return self.refuse(
                Error::input("a limit of 0 asks for nothing")
                    .remedy("use `count()`, or a limit of 1 or more"),
            );
        }
        self.limit = Some(limit);
        self
    }

    /// Begins at this row; the first is 1.
    pub fn start(mut self, start: u64) -> Query {
        if start == 0 {
            return self.refuse(Error::input("start is 0").remedy("rows count from 1"));
        }
        self.start = start;
        self
    }

    /// Rows a page, 1 to 2000. Defaults to the client's, 200.
    pub fn page_size(mut self, size: u64) -> Query {
        if !(1..=MAX_PAGE).contains(&size) {
            return self
                .refuse(Error::input(format!("a page size of {size}")).remedy("the server takes 1 to 2000"));
        }
        self.page_size = size;
        self
    }

    /// Keeps up to so many pages in flight ahead of the reader; 0 asks for each page when it is needed.
    pub fn prefetch(mut self, pages: usize) -> Query {
        const MOST: usize = 12;
        if pages > MOST {
            log::warn!("prefetch({pages}) is more than a server serves at once; {MOST} is used");
        }
        self.prefetch = pages.min(MOST);
        self
    }

    /// Looks in this workspace: a name, an ObjectID or a ref.
    pub fn workspace(mut self, workspace: impl Into<String>) -> Query {
        self.scope.workspace = Some(workspace.into());
        self
    }

    /// Looks in this project: a name, a path `A // B // C`, an ObjectID or a ref.
    pub fn project(mut self, project: impl Into<String>) -> Query {
        self.scope.project = ProjectScope::Named(project.into());
        self
    }

    /// Looks in all projects of the workspace.
    pub fn all_projects(mut self) -> Query {
        self.scope.project = ProjectScope::All;
        self
    }

    /// Whether the projects above count too.
    pub fn scope_up(mut self, yes: bool) -> Query {
        self.scope.up = Some(yes);
        self
    }

    /// Whether the projects below count too.
    pub fn scope_down(mut self, yes: bool) -> Query {
        self.scope.down = Some(yes);
        self
    }

    /// On `Artifact`: only these types.
    pub fn types<T: AsRef<str>>(mut self, types: impl IntoIterator<Item = T>) -> Query {
        let mut names = Vec::new();
        for name in types {
            match type_path(name.as_ref()) {
                Ok(path) => names.push(path),
                Err(error) => return self.refuse(error),
            }
        }
        if names.is_empty() {
            return self.refuse(Error::input("an empty list of types"));
        }
        self.types = Some(names.join(","));
        self
    }

    /// Begins to iterate; like `into_iter`, but the query stays.
    pub fn iter(&self) -> Entities {
        Entities::new(self.clone())
    }

    /// The rows page by page.
    pub fn pages(&self) -> Pages {
        Pages::new(self.clone())
    }

    /// The first row, if there is any. Asks for one.
    ///
    /// # Errors
    /// A mistake in the query, or what stands in the way of the request.
    pub fn first(&self) -> Result<Option<Entity>> {
        self.clone().limit(1).into_iter().next().transpose()
    }

    /// The one row there is. Asks for two.
    ///
    /// # Errors
    /// `NotFound` where there is none, `Ambiguous` where there are several; else as [`Query::first`].
    pub fn one(&self) -> Result<Entity> {
        let mut rows = self.clone().limit(2).into_iter();
        let total = rows.total()?;
        let first = rows.next().transpose()?;
        match (first, rows.next().transpose()?) {
            (Some(only), None) => Ok(only),
            (None, _) => {
                Err(Error::new(ErrorKind::NotFound, "nothing matches the query").asked(self.asked()))
            }
            (Some(one), Some(other)) => {
                let both = vec![one.to_string(), other.to_string()];
                Err(Error::ambiguous(format!("{total} match the query, among them"), both)
                    .asked(self.asked()))
            }
        }
    }

    /// How many rows match, whatever the limit. One request, one row.
    ///
    /// # Errors
    /// As [`Query::first`].
    pub fn count(&self) -> Result<u64> {
        let mut query = self.clone().limit(1).start(1);
        query.fetch = None;
        query.fetch_all = false;
        query.into_iter().total()
    }

    /// All rows.
    ///
    /// # Errors
    /// The first that comes up; the rows before it are gone then.
    pub fn all(&self) -> Result<Vec<Entity>> {
        self.iter().collect()
    }

    /// The whole query but start and page size, names of scopes resolved.
    pub(crate) fn plan(&self) -> Result<Plan> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        let mut plan = Plan::new(self.path());
        if self.fetch_all {
            plan.set("fetch", "true");
        } else if let Some(fetch) = self.fetch.as_ref().filter(|f| !f.is_empty()) {
            plan.set("fetch", fetch.join(","));
        }
        if let Some(filter) = Filter::all_of(&self.filters) {
            plan.set("query", filter.to_query(self.catalog.session.config.backslash_escapes())?);
        }
        if let Some(order) = self.full_order() {
            plan.set("order", order);
        }
        if let Some(types) = &self.types {
            plan.set("types", types.as_str());
        }
        self.catalog.scoped(&self.scope, plan)
    }

    fn path(&self) -> String {
        match &self.target {
            Target::Collection(collection) => collection.path().to_string(),
            // Alone, `/user` and `/subscription` are the caller's own.
            Target::Type { path, .. } if path == "user" || path == "subscription" => format!("/{path}s"),
            Target::Type { path, .. } => format!("/{path}"),
        }
    }

    /// Pages of a type need a unique order; collections keep their own.
    fn full_order(&self) -> Option<String> {
        match (&self.order, &self.target) {
            (None, Target::Collection(_)) => None,
            (None, Target::Type { .. }) => Some("ObjectID".to_owned()),
            (Some(order), _) if order::names_object_id(order) => Some(order.clone()),
            (Some(order), _) => Some(format!("{order},ObjectID")),
        }
    }

    /// The order as the user gave it, for servers that cannot sort by ObjectID.
    pub(crate) fn plain_order(&self) -> Option<&str> {
        self.order.as_deref()
    }

    fn asked(&self) -> String {
        self.plan().map_or_else(|_| format!("GET {}", self.path()), |plan| plan.asked())
    }

    /// Whether a row without a field may still have it on the server.
    pub(crate) fn brings_all(&self) -> bool {
        let none = self.fetch.as_ref().is_none_or(Vec::is_empty);
        self.fetch_all || (none && matches!(self.target, Target::Collection(_)))
    }
}

impl IntoIterator for Query {
    type Item = Result<Entity>;
    type IntoIter = Entities;

    fn into_iter(self) -> Entities {
        Entities::new(self)
    }
}

impl IntoIterator for &Query {
    type Item = Result<Entity>;
    type IntoIter = Entities;

    fn into_iter(self) -> Entities {
        self.iter()
    }
}
