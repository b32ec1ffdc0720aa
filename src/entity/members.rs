//! The members of a collection that a path ends at or leads through.

use super::Entity;
use super::links::{For, Linked};
use super::loading::below;
use crate::call::Call;
use crate::error::{Error, ErrorKind, Result};
use crate::page::{Asked, Member, Owned, PageOrigin, Wanted, all_pages, load_all, names_on};
use crate::record::{Fields, Record, reference_of};
use crate::reference::Ref;
use serde_json::{Map, Value};
use std::sync::Arc;

/// The page size for members, the largest the server serves.
const PAGE: &str = "2000";

/// A collection that a path has reached.
pub(super) struct Collection<'a> {
    reference: Ref,
    fields: &'a Map<String, Value>,
    /// The names that lead from the row to its owner.
    names: String,
    /// `true` if it is loaded for all rows of a page together.
    shared: bool,
    /// `true` if the owner's `Count` is reliable: on an object nested in another one it is not.
    counted: bool,
}

impl<'a> Collection<'a> {
    /// `None` if the object is not a collection. `names` lead from the entity to it.
    pub(super) fn at(
        entity: &Entity,
        fields: &'a Map<String, Value>,
        names: &[&str],
        shared: bool,
        holder: Fields<'a>,
    ) -> Option<Collection<'a>> {
        let reference = reference_of(fields).filter(|r| r.collection().is_some())?;
        let above = entity.row().map(|(_, names)| names).unwrap_or_default();
        let owner = names.split_last().map(|(_, owner)| owner.join(".")).unwrap_or_default();
        let names = below(above, &owner);
        Some(Collection { reference, fields, names, shared, counted: holder.record().is_some() })
    }

    fn count(&self) -> u64 {
        self.fields.get("Count").and_then(Value::as_u64).unwrap_or_default()
    }

    fn asked<'s>(&'s self, fetch: Option<&'s str>) -> Asked<'s> {
        Asked { names: &self.names, collection: &self.reference, fetch, count: self.count() }
    }

    /// The JSON of the members, if it lists all of them, as for tags and milestones.
    fn listed(&self) -> Option<&'a [Value]> {
        let listed = self.fields.get("_tagsNameArray")?.as_array()?;
        let are_objects =
            || listed.iter().all(|item| item.as_object().is_some_and(|o| reference_of(o).is_some()));
        (listed.len() as u64 >= self.count() && are_objects()).then_some(listed)
    }
}

impl Entity {
    /// Returns the members, with what a path from each of them needs.
    pub(super) fn members(&self, of: &Collection<'_>, rest: &str) -> Result<&[Entity]> {
        let fetch = self.fetch_of(of, rest);
        let key = For::Members(of.reference.path(), fetch.as_deref().unwrap_or_default());
        let linked = self.0.links.get_or_load(key, || {
            let here = self.members_here(of, rest)?;
            here.map_or_else(|| self.members_asked(of, fetch.as_deref()), Ok).map(Linked::Members)
        })?;
        Ok(linked.as_members())
    }

    /// Returns one member; `None` if the collection is empty. The error is for an index out of range.
    pub(super) fn member(
        &self,
        of: &Collection<'_>,
        index: usize,
        rest: &str,
        missing: impl Fn() -> Error,
    ) -> Result<Option<&Entity>> {
        let is_together = of.shared && self.page_of(of).is_some() && Owned::of(&of.reference).is_some();
        if is_together || of.listed().is_some() || self.is_empty(of) {
            let members = self.members(of, rest)?;
            return match members.get(index) {
                None if !members.is_empty() => Err(missing()),
                member => Ok(member),
            };
        }
        // A page of one: the collection may be long.
        let linked = self.0.links.get_or_load(For::Member(of.reference.path(), index), || {
            let call =
                self.plan_of(of).param("start", index.saturating_add(1).to_string()).param("pagesize", "1");
            let page = self.catalog().session.page(&call)?;
            match page.len() {
                0 if page.total == Some(0) || index == 0 => Ok(Linked::Members(Vec::new())),
                0 => Err(missing()),
                // Without a fetch list a collection gives whole objects.
                _ => Ok(Linked::Members(vec![self.member_of(page.text(0), true, None)?])),
            }
        })?;
        Ok(linked.as_members().first())
    }

    fn is_empty(&self, of: &Collection<'_>) -> bool {
        of.counted && self.says_empty(of.fields, &of.reference)
    }

    /// `true` if a collection is known to be empty: its owner said so with a row, and this client has not written
    /// to the owner since.
    pub(crate) fn says_empty(&self, fields: &Map<String, Value>, collection: &Ref) -> bool {
        // Names beside it are better evidence than a count.
        let named =
            fields.get("_tagsNameArray").and_then(Value::as_array).is_some_and(|names| !names.is_empty());
        let says_so = !named && fields.get("Count").is_some_and(|count| *count == 0);
        says_so && self.0.origin.is_some() && !self.was_written(collection)
    }

    /// `true` if this client has written to the owner of a collection, or referred to it in a write, since this row
    /// was loaded.
    pub(crate) fn was_written(&self, collection: &Ref) -> bool {
        let cache = &self.catalog().session.cache;
        self.0.origin.as_ref().is_some_and(|origin| cache.is_touched(collection.id(), origin.drops))
    }

    /// Returns the members of a collection of an object in this row, if they are loaded for all rows.
    pub(crate) fn members_for_all(&self, names: &str, collection: &Ref) -> Option<Vec<Entity>> {
        let (row, above) = self.row()?;
        let asked = Asked { names: &below(above, names), collection, fetch: None, count: 0 };
        let members = row.page()?.members(asked, &self.catalog().session)?;
        members.iter().map(|m| self.member_of(&m.text, true, Some(m.origin.clone())).ok()).collect()
    }

    /// What to fetch of the members for a path from each of them; `None` means everything.
    fn fetch_of(&self, of: &Collection<'_>, rest: &str) -> Option<String> {
        if rest.is_empty() {
            return None;
        }
        let names = names_on(self.catalog(), &self.scope(), rest, &self.type_of_members(of));
        Some(if names.is_empty() { "ObjectID".to_owned() } else { names.join(",") })
    }

    /// The page whose rows all have such a collection.
    fn page_of(&self, of: &Collection<'_>) -> Option<&PageOrigin> {
        let (row, _) = self.row().filter(|_| of.shared)?;
        row.page()
    }

    /// The members that the JSON lists, loaded whole if the path needs more of them.
    fn members_here(&self, of: &Collection<'_>, rest: &str) -> Result<Option<Vec<Entity>>> {
        if self.is_empty(of) {
            return Ok(Some(Vec::new()));
        }
        let Some(listed) = of.listed().filter(|_| !self.was_written(&of.reference)) else { return Ok(None) };
        let stubs = self.objects(listed);
        if !stubs.iter().all(|stub| stub.has_first_of(rest)) {
            let session = &self.catalog().session;
            let of_all = self.page_of(of).and_then(|page| page.tagged(of.asked(None), session));
            let own = stubs.iter().filter_map(Entity::reference).cloned();
            let refs: Vec<Ref> = of_all.into_iter().flatten().chain(own).collect();
            let workspace = self.row().and_then(|(row, _)| row.0.origin.as_ref()?.call.get("workspace"));
            load_all(session, &refs, workspace)?;
        }
        Ok(Some(stubs))
    }

    fn members_asked(&self, of: &Collection<'_>, fetch: Option<&str>) -> Result<Vec<Entity>> {
        let session = &self.catalog().session;
        let read = || {
            let wanted = match &self.0.origin {
                Some(origin) => origin.wanted_of(of.asked(fetch)),
                None => session.config.page_chase().then(Arc::<Wanted>::default),
            };
            let mut call = self.plan_of(of).param("pagesize", PAGE);
            if let Some(fetch) = fetch {
                call.set("fetch", fetch);
            }
            let mut members = Vec::new();
            all_pages(call, session, wanted.as_ref(), |index, page, origin| {
                members.push(Member { text: page.text(index).into(), origin: origin.clone() });
            })?;
            Ok(members)
        };
        let page = self.page_of(of);
        let members = match page.and_then(|page| page.members(of.asked(fetch), session)) {
            Some(members) => members,
            None => match page.filter(|_| !of.names.is_empty()) {
                Some(page) => page.listed(of.asked(fetch), session, read)?,
                None => read()?,
            },
        };
        let entity = |m: &Member| self.member_of(&m.text, fetch.is_none(), Some(m.origin.clone()));
        members.iter().map(entity).collect()
    }

    fn member_of(&self, text: &str, whole: bool, origin: Option<Arc<PageOrigin>>) -> Result<Entity> {
        let odd = |e| {
            Error::new(ErrorKind::Value, format!("a member of a collection of {self} is not an object"))
                .because(e)
        };
        let record = Record::read(text, whole).map_err(odd)?;
        Ok(Entity::new(self.catalog().clone(), record, origin))
    }

    /// In the same order as when the collections of all rows are requested.
    fn plan_of(&self, of: &Collection<'_>) -> Call {
        let call = Call::new(of.reference.path());
        match Owned::of(&of.reference) {
            Some(owned) => call.param("order", owned.sorted()),
            None => call,
        }
    }

    fn type_of_members(&self, of: &Collection<'_>) -> String {
        let said = of.fields.get("_type").and_then(Value::as_str).map(str::to_owned);
        let owned = || Owned::of(&of.reference).map(|owned| owned.child.to_owned());
        said.or_else(owned).unwrap_or_default()
    }
}
