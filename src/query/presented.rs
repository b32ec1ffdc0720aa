//! Objects under the field names of a struct: a field gets its value by any name of the attribute.

use super::named::{COMPUTED, not_in_row};
use super::probe::Shape;
use crate::catalog::{Catalog, Scope};
use crate::entity::{Entity, Found, META, look};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Fields, reference_of};
use crate::schema::spelling::is_custom;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::borrow::Cow;

impl Entity {
    /// Deserializes the object into a struct, whose fields may have any name that [`Entity::get`] accepts.
    ///
    /// A name takes what is here, without a request. A dotted name, as `Tags.Name` or `Owner.EmailAddress`, and a
    /// name that the built-in table lacks are read as by [`Entity::get`], which may load what is missing.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// #[derive(serde::Deserialize)]
    /// #[serde(rename_all = "PascalCase")]
    /// struct Story {
    ///     name: String,
    ///     plan_estimate: Option<f64>,
    /// }
    /// let story: Story = rally.find("US1")?.deserialize()?;
    /// assert_eq!((story.name.as_str(), story.plan_estimate), ("Store a card", Some(3.0)));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Value` if the fields do not fit the struct; `UnknownName` or `Path` for a name that matches no attribute; any
    /// error of [`Entity::get`].
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T> {
        let made = match Shape::of::<T>() {
            Some(shape) => {
                let scope = self.scope();
                let names = Presenting { catalog: self.catalog(), scope: &scope, strict: true };
                T::deserialize(names.members(Fields::Record(self.record()), &shape, Some(self))?)
            }
            None => T::deserialize(self.record().json()),
        };
        made.map_err(|e| Error::new(ErrorKind::Value, format!("{self} does not fit the type: {e}")))
    }
}

/// Presents objects under the names of a struct.
#[derive(Clone, Copy)]
pub(super) struct Presenting<'c> {
    pub(super) catalog: &'c Catalog,
    pub(super) scope: &'c Scope,
    /// `true` if a name in a nested object that matches no attribute is an error, not left to serde.
    pub(super) strict: bool,
}

impl Presenting<'_> {
    /// Returns the members that the struct lists, under its names; of several names for one attribute the first
    /// wins. What an entity does not have at hand is read as by `get`.
    pub(super) fn members(self, fields: Fields<'_>, shape: &Shape, entity: Option<&Entity>) -> Result<Value> {
        let mut given: Vec<&str> = Vec::new();
        let mut out = Map::new();
        for (name, inner) in &shape.fields {
            let is_path = name.contains(['.', '[']);
            let found = match entity.filter(|_| is_path) {
                Some(_) => Found::Unknown,
                None => self.along(fields, name, name)?,
            };
            let inner = inner.as_ref();
            match (found, entity) {
                // The last part of a dotted name belongs to another object.
                (Found::Here(key, value), _) if is_path || !given.contains(&key) => {
                    given.push(key);
                    out.insert((*name).to_owned(), self.inside(&value, inner)?);
                }
                (Found::Unknown | Found::Unsure, Some(entity)) if !is_custom(name) => {
                    let field = entity.get(name)?;
                    if !field.is_absent() {
                        out.insert((*name).to_owned(), self.inside(field.as_json(), inner)?);
                    }
                }
                _ => {}
            }
        }
        Ok(out.into())
    }

    /// Resolves a name, or the parts of a dotted one from object to object.
    fn along<'a>(self, fields: Fields<'a>, name: &str, whole: &str) -> Result<Found<'a>> {
        let found = match self.look(fields, name) {
            // Every stub has the name of the object it refers to.
            Found::Known(_) | Found::Unknown if name.eq_ignore_ascii_case("Name") => {
                self.look(fields, "_refObjectName")
            }
            found => found,
        };
        let Some((first, rest)) = name.split_once('.').filter(|_| !matches!(found, Found::Here(..))) else {
            return self.checked(fields, name, whole, found);
        };
        match self.look(fields, first) {
            Found::Here(key, Cow::Borrowed(Value::Object(inner))) => match reference_of(inner) {
                Some(r) if r.collection().is_some() && !inner.contains_key(rest) => {
                    let values = self.listed(inner, rest, whole)?;
                    let values = values.ok_or_else(|| not_in_row(whole, "it leads through a collection"))?;
                    Ok(Found::Here(key, Cow::Owned(values)))
                }
                _ => self.along(Fields::Nested(inner), rest, whole),
            },
            _ => Ok(Found::Unknown),
        }
    }

    /// The values of a name of all members, if the collection lists them with it.
    fn listed(self, collection: &Map<String, Value>, name: &str, whole: &str) -> Result<Option<Value>> {
        let listed = collection.get("_tagsNameArray").and_then(Value::as_array);
        let count = collection.get("Count").and_then(Value::as_u64).unwrap_or_default();
        let Some(listed) = listed.filter(|listed| listed.len() as u64 >= count) else { return Ok(None) };
        let mut values = Vec::new();
        for item in listed {
            let Some(item) = item.as_object() else { return Ok(None) };
            let Found::Here(_, value) = self.along(Fields::Nested(item), name, whole)? else {
                return Ok(None);
            };
            values.push(value.into_owned());
        }
        Ok(Some(values.into()))
    }

    /// Refuses a name that an object in a row cannot have.
    fn checked<'a>(self, fields: Fields<'a>, name: &str, whole: &str, found: Found<'a>) -> Result<Found<'a>> {
        let is_open = matches!(found, Found::Unknown | Found::Unsure) && !is_custom(name);
        let is_nested = fields.record().is_none() && fields.has("_ref") && !COMPUTED.contains(&name);
        if is_open && is_nested && !META.contains(&name) {
            if fields.reference().is_some_and(|r| r.collection().is_some()) {
                return Err(not_in_row(whole, "it belongs to the members of a collection"));
            }
            if self.strict {
                // An object of another type may have it.
                self.catalog.resolve(self.scope, None, name, true)?;
            }
        }
        Ok(found)
    }

    fn look<'a>(self, fields: Fields<'a>, name: &str) -> Found<'a> {
        look(self.catalog, self.scope, fields, name)
    }

    fn inside(self, value: &Value, shape: Option<&Shape>) -> Result<Value> {
        match (value, shape) {
            (Value::Object(fields), Some(shape)) => self.members(Fields::Nested(fields), shape, None),
            (Value::Array(items), Some(_)) => items.iter().map(|item| self.inside(item, shape)).collect(),
            _ => Ok(value.clone()),
        }
    }
}
