//! The request of a query, once names and scope are resolved.

use super::{Query, Target, fetch, order};
use crate::call::Call;
use crate::catalog::type_path;
use crate::error::Result;
use crate::filter::Filter;
use crate::page::Owned;

impl Query {
    /// Returns the whole query except start and page size, with scope, types and attributes resolved.
    pub(crate) fn call(&self) -> Result<Call> {
        self.refuse_mistakes()?;
        // The scope first: names are those of its workspace.
        let scope = self.resolved_scope()?.params();
        self.call_in(scope)
    }

    pub(super) fn refuse_mistakes(&self) -> Result<()> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        self.order.as_ref().filter(|_| self.stable).map_or(Ok(()), |order| order::refuse_unless_by_id(order))
    }

    /// The same, for known scope parameters.
    pub(super) fn call_in(&self, scope: Vec<(String, String)>) -> Result<Call> {
        let (path, root) = self.resolved_target()?;
        let root = root.as_deref();
        let mut call = Call::new(path);
        if self.fetch_all {
            call.set("fetch", "true");
        } else if !self.brings_all() {
            let names = self.names_sent(root)?;
            if !names.is_empty() {
                call.set("fetch", names.join(","));
            }
        }
        let check = self.catalog.session.config.check_names();
        let mut rename = |name: &str| self.catalog.queried(&self.scope, root, name, check);
        if let Some(filter) = Filter::all_of(&self.filters) {
            let filter = filter.with_names(&mut rename)?;
            let mut filter = self.catalog.with_me(&self.scope, root, filter)?;
            if check {
                self.catalog.check_comparisons(&self.scope, root, &filter)?;
                filter = self.catalog.with_references(&self.scope, root, filter)?;
            }
            call.set("query", filter.to_query()?);
        }
        if let Some(order) = self.full_order(&mut rename)? {
            call.set("order", order);
        }
        if let Some(types) = &self.types {
            let paths = types.iter().map(|name| Ok(self.catalog.kind(&self.scope, name)?.path));
            call.set("types", paths.collect::<Result<Vec<_>>>()?.join(","));
        }
        call.params.extend(scope);
        for (name, value) in &self.params {
            call.set(name, value.as_str());
        }
        Ok(call)
    }

    /// Returns the names to fetch from rows of this type, those that `with` adds too.
    pub(super) fn names_sent(&self, root: Option<&str>) -> Result<Vec<String>> {
        let names: Vec<String> = self.fetch.iter().flatten().chain(&self.with).cloned().collect();
        fetch::resolved(&self.catalog, &self.scope, root, &names)
    }

    /// Returns the call of the first page.
    pub(super) fn first_page(&self, whole: Call) -> Call {
        placed(whole, (self.start, self.limit.map_or(self.page_size, |limit| limit.min(self.page_size))))
    }

    /// Returns the path, and the type of the rows if that is known.
    pub(crate) fn resolved_target(&self) -> Result<(String, Option<String>)> {
        match &self.target {
            Target::Collection(collection) => {
                let name = collection.collection().unwrap_or_default();
                // Only from what is known: a collection can be read without its type.
                let found = self.catalog.resolve(&self.scope, Some(collection.type_path()), name, false);
                Ok((collection.path().to_owned(), found.ok().and_then(|f| f.target)))
            }
            Target::Type(name) => {
                let found = self.catalog.kind(&self.scope, name)?;
                // `/user` and `/subscription` alone mean the caller's own.
                let plural = matches!(found.path.as_str(), "user" | "subscription");
                Ok((format!("/{}{}", found.path, if plural { "s" } else { "" }), Some(found.name)))
            }
        }
    }

    /// `true` if pages follow the ObjectIDs of the rows, provided that the rows have any.
    pub(crate) fn pages_by_id(&self) -> bool {
        self.stable || (self.order.is_none() && matches!(self.target, Target::Type(_)))
    }

    /// Pages of a type need a unique order; collections keep their own.
    fn full_order(&self, rename: &mut impl FnMut(&str) -> Result<String>) -> Result<Option<String>> {
        let Some(order) = &self.order else {
            return Ok(match &self.target {
                // The same order in which the collections of all rows of a page are requested.
                Target::Collection(collection) if !self.stable => Owned::of(collection).map(|o| o.sorted()),
                _ => Some("ObjectID".to_owned()),
            });
        };
        let mut name = |given: &str| match order::is_rank(given) {
            true => Ok("Rank".to_owned()),
            false => rename(given),
        };
        let named = order.iter().map(|part| Ok(order::Part { name: name(&part.name)?, way: part.way }));
        let named = named.collect::<Result<Vec<_>>>()?;
        let plain = self.plain_order.get_or_init(|| order::written(&named));
        Ok(Some(if order::names_object_id(&named) { plain.clone() } else { format!("{plain},ObjectID") }))
    }

    /// The order as the user gave it, in element names, for servers that cannot sort by ObjectID.
    pub(crate) fn plain_order(&self) -> Option<&str> {
        self.plain_order.get().map(String::as_str)
    }

    pub(super) fn path(&self) -> String {
        match &self.target {
            Target::Collection(collection) => collection.path().to_owned(),
            Target::Type(name) => format!("/{}", type_path(name).unwrap_or_default()),
        }
    }

    pub(super) fn asked(&self) -> String {
        self.call().map_or_else(|_| format!("GET {}", self.path()), |call| call.asked())
    }

    /// `true` if a row is whole, so that a field missing in it does not exist on the server.
    pub(crate) fn brings_all(&self) -> bool {
        let none = self.fetch.as_ref().is_none_or(Vec::is_empty);
        self.fetch_all || (none && matches!(self.target, Target::Collection(_)))
    }
}

/// Returns the call of the page with this start and size.
pub(super) fn placed(mut whole: Call, (start, size): (u64, u64)) -> Call {
    whole.set("start", start.to_string());
    whole.set("pagesize", size.to_string());
    whole
}
