//! The field names of a struct: which to fetch for them, those whose value no row has, and objects under them. A field
//! gets its value by any name of the attribute.

use super::Query;
use super::fetch::may_hold_dots;
use super::probe::Shape;
use crate::catalog::path::Segments;
use crate::catalog::{Catalog, Scope, unknown};
use crate::entity::{Entity, Found, META, look};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Fields, reference_of};
use crate::schema::spelling::is_custom;
use crate::text::nearest;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// What each member of a collection has in the row, where the row lists the members: tags, milestones, and custom
/// fields with several values.
const LISTED: [&str; 6] = ["Name", "DisplayColor", "TargetDate", "_ref", "ref", "oid"];

/// What `get` computes for every object.
const COMPUTED: [&str; 3] = ["oid", "ref", "uuid"];

impl Query {
    /// Returns what to fetch for the names, without what every row has. Sends nothing.
    pub(super) fn fetched(&self, shape: &Shape) -> Result<Vec<String>> {
        shape.names().iter().filter_map(|name| self.in_row(name).transpose()).collect()
    }

    /// Refuses the names whose value no row has.
    pub(super) fn has_all(&self, shape: &Shape) -> Result<()> {
        let refused = shape.names().into_iter().filter_map(|name| self.in_row(&name).err());
        // Names that match nothing are left to serde.
        refused.filter(|error| error.kind() == &ErrorKind::Input).try_for_each(Err)
    }

    /// The part of a name that has to be fetched.
    fn in_row(&self, name: &str) -> Result<Option<String>> {
        let (catalog, root) = (&self.catalog, self.type_name());
        let is_known = || catalog.resolve(&self.scope, root, name, false).is_ok_and(|whole| whole.known);
        if may_hold_dots(name) && is_known() {
            return Ok(Some(name.to_owned()));
        }
        let mut along = catalog.along(&self.scope, root);
        // In a collection: whether the row lists its members.
        let mut listing = None;
        for segment in Segments::new(name) {
            // The form of a lone name is checked with the fetch list.
            let Ok(segment) = segment else { return Ok(Some(name.to_owned())) };
            let part = segment.name;
            let above = || {
                Ok(name.get(..segment.offset.saturating_sub(1)).map(str::to_owned).filter(|f| !f.is_empty()))
            };
            if segment.index.is_some() {
                return Err(not_in_row(name, "it selects one of several objects"));
            }
            let is_meta = META.contains(&part);
            if part.starts_with('_') && !is_meta {
                return Err(unknown(along.kind(), part, nearest(part, META.into_iter())));
            }
            if let Some(lists) = listing {
                let is_last = Segments::new(name).nth(segment.position.saturating_add(1)).is_none();
                let is_listed = lists && is_last && LISTED.iter().any(|n| n.eq_ignore_ascii_case(part));
                return match is_meta || part == "Count" || is_listed {
                    true => above(),
                    false => Err(not_in_row(name, "it leads through a collection")),
                };
            }
            if is_meta || COMPUTED.contains(&part) {
                return above();
            }
            let kind = along.kind().map(str::to_owned);
            let found = along.step(part, false).ok().filter(|found| found.known);
            if let Some(found) = &found {
                listing = catalog.lists_members(&self.scope, kind.as_deref(), &found.name);
            }
            // A struct may stand for a value that is not an object of the server, as the two parts of a web link, and
            // every stub has its name.
            let is_stray = kind.is_none() && !part.starts_with("c_") || part.eq_ignore_ascii_case("Name");
            if segment.position > 0 && found.is_none() && is_stray {
                return above();
            }
        }
        Ok(Some(name.to_owned()))
    }
}

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
                    Ok(Found::Here(key, Cow::Owned(self.listed(inner, rest, whole)?)))
                }
                _ => self.along(Fields::Nested(inner), rest, whole),
            },
            _ => Ok(Found::Unknown),
        }
    }

    /// The values of a name of all members; an error unless the collection lists them with it.
    fn listed(self, collection: &Map<String, Value>, name: &str, whole: &str) -> Result<Value> {
        let refused = || not_in_row(whole, "it leads through a collection");
        let listed = collection.get("_tagsNameArray").and_then(Value::as_array);
        let count = collection.get("Count").and_then(Value::as_u64).unwrap_or_default();
        let value = |item: &Value| {
            let item = item.as_object().ok_or_else(refused)?;
            match self.along(Fields::Nested(item), name, whole)? {
                Found::Here(_, value) => Ok(value.into_owned()),
                _ => Err(refused()),
            }
        };
        listed.filter(|listed| listed.len() as u64 >= count).ok_or_else(refused)?.iter().map(value).collect()
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

/// Refuses a path to what a row does not have.
fn not_in_row(name: &str, why: &str) -> Error {
    Error::input(format!("`{name}` is not in a row: {why}"))
        .remedy(format!("iterate over the query itself, and call `get(\"{name}\")` of each row"))
}
