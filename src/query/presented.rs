//! Objects under the field names of a struct: a field gets its value by any name of the attribute.

use super::probe::Shape;
use crate::catalog::{Catalog, Scope};
use crate::entity::{Entity, Found, look};
use crate::error::{Error, ErrorKind, Result};
use crate::record::Fields;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::borrow::Cow;

impl Entity {
    /// Deserializes the fields that are here into a struct, whose fields may have any name that [`Entity::get`]
    /// accepts. Sends no request.
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
    /// `Value` if the fields do not fit the struct.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T> {
        let made = match Shape::of::<T>() {
            Some(shape) => {
                let named = presented(self.catalog(), &self.scope(), Fields::Record(self.record()), &shape);
                T::deserialize(named)
            }
            None => T::deserialize(self.record().json()),
        };
        made.map_err(|e| Error::new(ErrorKind::Value, format!("{self} does not fit the type: {e}")))
    }
}

/// Returns the members that the struct lists, under its names; of several names for one attribute the first wins.
pub(super) fn presented(catalog: &Catalog, scope: &Scope, fields: Fields<'_>, shape: &Shape) -> Value {
    let mut given: Vec<&str> = Vec::new();
    let mut out = Map::new();
    for (name, inner) in &shape.fields {
        let found = match along(catalog, scope, fields, name) {
            // Every stub has the name of the object it refers to.
            Found::Known(_) | Found::Unknown if name.eq_ignore_ascii_case("Name") => {
                look(catalog, scope, fields, "_refObjectName")
            }
            found => found,
        };
        if let Found::Here(key, value) = found {
            // The last part of a dotted name belongs to another object.
            if name.contains('.') || !given.contains(&key) {
                given.push(key);
                out.insert((*name).to_owned(), inside(catalog, scope, &value, inner.as_ref()));
            }
        }
    }
    out.into()
}

/// Resolves a name, or the parts of a dotted one from object to object.
fn along<'a>(catalog: &Catalog, scope: &Scope, fields: Fields<'a>, name: &str) -> Found<'a> {
    match (look(catalog, scope, fields, name), name.split_once('.')) {
        (Found::Here(key, value), _) => Found::Here(key, value),
        (_, Some((first, rest))) => match look(catalog, scope, fields, first) {
            Found::Here(_, Cow::Borrowed(Value::Object(inner))) => {
                along(catalog, scope, Fields::Nested(inner), rest)
            }
            _ => Found::Unknown,
        },
        (found, None) => found,
    }
}

fn inside(catalog: &Catalog, scope: &Scope, value: &Value, shape: Option<&Shape>) -> Value {
    match (value, shape) {
        (Value::Object(fields), Some(shape)) => presented(catalog, scope, Fields::Nested(fields), shape),
        (Value::Array(items), Some(_)) => {
            items.iter().map(|item| inside(catalog, scope, item, shape)).collect()
        }
        _ => value.clone(),
    }
}
