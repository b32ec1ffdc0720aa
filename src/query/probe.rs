//! Reads the field names of a struct from its own `Deserialize`: what to fetch for typed rows.
//!
//! A struct passes its field names to the deserializer. So it is deserialized from nothing, once for each field,
//! and each attempt fails once it has learned what it can. No values are made up.

use serde::de::value::{Error, MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error as _, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use std::cell::Cell;
use std::iter::once;

/// No useful fetch list nests deeper than this; it also bounds recursive types.
const DEEPEST: usize = 5;

/// The fields of a struct by name, each with the fields of the struct in it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) fields: Vec<(&'static str, Option<Shape>)>,
}

impl Shape {
    /// `None` if the type does not list its names: a map, JSON, an enum, or a struct with a flattened field.
    pub(crate) fn of<T: DeserializeOwned>() -> Option<Shape> {
        let fields = look::<T>(&[])?;
        Some(explore::<T>(&mut Vec::new(), &mut vec![fields], fields))
    }

    /// `true` if a field is named by a path.
    pub(super) fn has_dots(&self) -> bool {
        self.fields
            .iter()
            .any(|(name, inner)| name.contains('.') || inner.as_ref().is_some_and(Shape::has_dots))
    }

    /// Returns the dotted names of all fields, `Owner.EmailAddress` after `Owner`.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for (name, inner) in &self.fields {
            names.push((*name).to_owned());
            names.extend(inner.iter().flat_map(Shape::names).map(|below| format!("{name}.{below}")));
        }
        names
    }
}

fn explore<T: DeserializeOwned>(
    place: &mut Vec<usize>,
    above: &mut Vec<&'static [&'static str]>,
    fields: &'static [&'static str],
) -> Shape {
    let mut shape = Shape { fields: Vec::new() };
    for (index, name) in fields.iter().enumerate() {
        place.push(index);
        // A recursive type has no end.
        let inner = look::<T>(place).filter(|inner| place.len() < DEEPEST && !above.contains(inner));
        let inner = inner.map(|inner| {
            above.push(inner);
            let shape = explore::<T>(place, above, inner);
            above.pop();
            shape
        });
        shape.fields.push((name, inner));
        place.pop();
    }
    shape
}

/// Returns the field names of the struct at a place, which is a list of field indices by depth.
fn look<T: DeserializeOwned>(place: &[usize]) -> Option<&'static [&'static str]> {
    let seen = Cell::new(None);
    // The result does not matter: the probe has recorded what it saw.
    let _ = T::deserialize(Probe { place, seen: &seen });
    seen.get()
}

#[derive(Clone, Copy)]
struct Probe<'p> {
    place: &'p [usize],
    seen: &'p Cell<Option<&'static [&'static str]>>,
}

impl IntoDeserializer<'_> for Probe<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("there is nothing to read"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let Some((index, place)) = self.place.split_first() else {
            self.seen.set(Some(fields));
            return self.deserialize_any(visitor);
        };
        // One member is enough to see the type of it.
        let name = fields.get(*index).copied();
        visitor.visit_map(MapDeserializer::new(name.map(|name| (name, Probe { place, ..self })).into_iter()))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(SeqDeserializer::new(once(self)))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::{Map, Value};
    use std::collections::HashMap;

    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    #[allow(dead_code)]
    struct User {
        email_address: String,
        #[serde(rename = "c_CostCentre", default)]
        cost: Option<Choice>,
    }

    #[derive(Deserialize)]
    #[allow(dead_code)]
    enum Choice {
        High,
        Low { by: u8 },
    }

    #[derive(Deserialize)]
    #[allow(dead_code)]
    struct Wrapped(Box<User>);

    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    #[allow(dead_code)]
    struct Row {
        #[serde(rename = "_ref")]
        reference: String,
        name: Option<String>,
        #[serde(skip)]
        mine: u8,
        owner: Option<Wrapped>,
        #[serde(deserialize_with = "odd")]
        odd: u8,
        list: Vec<User>,
        map: HashMap<String, User>,
        parent: Option<Box<Row>>,
        last: (i64, f64),
    }

    fn odd<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
        Ok(String::deserialize(deserializer).map_or(0, |text| text.len() as u8))
    }

    #[test]
    fn names_come_from_the_struct_and_from_those_in_it() {
        let names = Shape::of::<Row>().unwrap().names();
        assert_eq!(
            names,
            [
                "_ref",
                "Name",
                "Owner",
                "Owner.EmailAddress",
                "Owner.c_CostCentre",
                "Odd",
                "List",
                "List.EmailAddress",
                "List.c_CostCentre",
                "Map",
                "Parent",
                "Last"
            ]
        );
        assert_eq!(Shape::of::<Option<Wrapped>>().unwrap().names(), ["EmailAddress", "c_CostCentre"]);
    }

    #[derive(Deserialize)]
    #[allow(dead_code)]
    struct Flat {
        #[serde(rename = "Name")]
        name: String,
        #[serde(flatten)]
        rest: User,
    }

    #[derive(Deserialize)]
    #[serde(untagged)]
    #[allow(dead_code)]
    enum Either {
        One(User),
        Two(Flat),
    }

    #[test]
    fn what_does_not_tell_its_names_gives_none() {
        assert!(Shape::of::<Flat>().is_none() && Shape::of::<Either>().is_none());
        assert!(Shape::of::<Value>().is_none() && Shape::of::<Map<String, Value>>().is_none());
        assert!(Shape::of::<String>().is_none() && Shape::of::<(User,)>().is_none());
    }
}
