//! Members of collections: tags, milestones, children and so on.

use super::by_name::settle_items;
use super::forms::members;
use super::outcome::drop_cached;
use crate::call::Call;
use crate::catalog::Kind;
use crate::entity::Entity;
use crate::error::{Error, Result};
use crate::http::{Body, Method};
use crate::query::Query;
use crate::record::Record;
use crate::reference::Ref;
use crate::schema::standard::ValueKind;
use crate::session::Done;
use crate::wire::Written;
use serde::Serialize;
use serde_json::{Value, json};

impl Entity {
    /// Adds members to a collection and returns those the server added.
    ///
    /// Takes one item or many: entities, references, `{"_ref": ..}`, in any mix, and objects as `{"Name":
    /// "urgent"}`, which the server creates (an existing tag of that name is used).
    ///
    /// ```
    /// use serde_json::json;
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let defect = rally.find("DE1")?; // tagged `quick win`
    /// let security = rally.query("Tag").filter(("Name", "security")).one()?;
    /// assert_eq!(defect.add("Tags", &security)?.len(), 1);
    /// defect.add("Tags", json!([{"Name": "urgent"}, "/tag/403"]))?; // creates `urgent`
    /// assert!(defect.ensure("Tags", &security)?.is_empty()); // already there
    /// defect.remove("Tags", "/tag/403")?;
    /// let defect = defect.replace("Tags", [&security])?;
    /// assert_eq!(defect.get("Tags")?.to_string(), "security");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Input`, without a request, for items that are not objects and for fields that are not collections; as
    /// [`Entity::update`]. An empty list sends nothing.
    #[doc(alias = "addCollectionItems")]
    pub fn add(&self, collection: &str, items: impl Serialize) -> Result<Vec<Entity>> {
        let (collection, items) = self.edit_of(collection, items)?;
        if items.is_empty() {
            return Ok(Vec::new());
        }
        let entity = |fields| Entity::new(self.catalog().clone(), Record::new(fields, true), None);
        let added = self.edit_members(&collection, "add", &items)?;
        added.then(|written| Ok(written.results.into_iter().map(entity).collect()))
    }

    /// Removes members from a collection. The members themselves are not deleted.
    ///
    /// See [`Entity::add`] for an example.
    ///
    /// # Errors
    /// As [`Entity::add`]; also `Input` for items without a reference.
    #[doc(alias = "dropCollectionItems")]
    pub fn remove(&self, collection: &str, items: impl Serialize) -> Result<()> {
        let (collection, items) = self.edit_of(collection, items)?;
        if items.is_empty() {
            return Ok(());
        }
        refuse_new(&collection, &items)?;
        self.edit_members(&collection, "remove", &items).map(drop)
    }

    /// Makes these the only members of a collection (an empty list clears it) and returns the object as it is now.
    ///
    /// See [`Entity::add`] for an example.
    ///
    /// # Errors
    /// As [`Entity::remove`].
    pub fn replace(&self, collection: &str, items: impl Serialize) -> Result<Entity> {
        let (collection, items) = self.edit_of(collection, items)?;
        refuse_new(&collection, &items)?;
        self.update(json!({ collection: items }))
    }

    /// Adds the items that are not in the collection yet, and returns those added. Calling it again changes
    /// nothing.
    ///
    /// Items to be created are compared by `Name`. One request reads the members, a second one adds what is
    /// missing.
    ///
    /// See [`Entity::add`] for an example.
    ///
    /// # Errors
    /// As [`Entity::add`]; also `Input` for items to be created without a name.
    pub fn ensure(&self, collection: &str, items: impl Serialize) -> Result<Vec<Entity>> {
        let (collection, items) = self.edit_of(collection, items)?;
        if let Some(nameless) = items.iter().find(|i| i.get("_ref").is_none() && i.get("Name").is_none()) {
            return Err(Error::input(format!(
                "`{collection}` is to have {nameless}, which has no name to know it by"
            )));
        }
        if items.is_empty() {
            return Ok(Vec::new());
        }
        let reference = Ref::parse(&format!("{}/{collection}", self.required_reference()?))?;
        let members =
            Query::of_collection(self.catalog().clone(), reference).fetch("Name").page_size(2_000).all()?;
        let mut missing: Vec<Value> = Vec::new();
        for item in items {
            if !missing.contains(&item) && !members.iter().any(|member| is_member(&item, member)) {
                missing.push(item);
            }
        }
        if missing.is_empty() { Ok(Vec::new()) } else { self.add(&collection, missing) }
    }

    /// Returns the collection's element name, and the items in the server's form.
    fn edit_of(&self, collection: &str, items: impl Serialize) -> Result<(String, Vec<Value>)> {
        let target = Kind::of(self.required_reference()?);
        let items = serde_json::to_value(items)
            .map_err(|e| Error::input("the items do not serialize to JSON").because(e))?;
        // For an empty list, do not load the schema to resolve the name either.
        let is_nothing = items.is_null() || items.as_array().is_some_and(Vec::is_empty);
        let here = || self.catalog().known_attribute(&self.scope(), &target.name, collection);
        let name = match is_nothing {
            true => here().map_or_else(|| collection.to_owned(), |name| name.into_owned()),
            false => self.catalog().attribute(&self.scope(), &target.name, collection)?,
        };
        let known = target.attribute(&name);
        if known.is_some_and(|a| a.kind != ValueKind::Collection) {
            return Err(Error::input(format!("`{name}` of {} is not a collection", target.name))
                .remedy("`update` sets plain fields"));
        }
        let items = if is_nothing { items } else { settle_items(self, &name, items)? };
        let items = members(&name, known.and_then(|a| a.target), items)?;
        Ok((name, items))
    }

    fn edit_members(&self, collection: &str, verb: &str, items: &[Value]) -> Result<Done<Written>> {
        let reference = self.required_reference()?;
        let call = Call::new(format!("{reference}/{collection}/{verb}"));
        let body = json!({"CollectionItems": items}).to_string();
        let session = &self.catalog().session;
        let written = session.write(Method::Post, &call, Body::Json(body.as_bytes()), true);
        // Most collections are mirrored on the other object.
        drop_cached(session, reference);
        for member in items.iter().filter_map(|item| Ref::parse(item.get("_ref")?.as_str()?).ok()) {
            drop_cached(session, &member);
        }
        written
    }
}

fn refuse_new(collection: &str, items: &[Value]) -> Result<()> {
    match items.iter().find(|item| item.get("_ref").is_none()) {
        Some(item) => Err(Error::input(format!("`{collection}` takes existing objects here, not {item}"))
            .remedy("`add` makes new ones")),
        None => Ok(()),
    }
}

/// Compares ids, because families of types name one object in several ways; objects to be created by name.
fn is_member(item: &Value, member: &Entity) -> bool {
    match item.get("_ref").and_then(Value::as_str).map(Ref::parse) {
        Some(Ok(wanted)) => {
            member.reference().is_some_and(|r| r.id() == wanted.id())
                || member.uuid().is_some_and(|uuid| uuid.eq_ignore_ascii_case(wanted.id()))
        }
        _ => item.get("Name").and_then(Value::as_str).is_some_and(|name| member.name() == Some(name)),
    }
}
