//! The schema's JSON, read attribute by attribute: no more than one of them is at hand as JSON at a time.

use super::{Attribute, TypeDef};
use crate::record::parse;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Error, Map, Value};
use std::borrow::Cow;
use std::fmt;

/// A hundred times what a large subscription has. What these become takes far more memory than `{}`.
const MOST_TYPES: usize = 20_000;
const MOST_ATTRIBUTES: usize = 200_000;

/// The types of an answer; `None` where it holds no list of them.
pub(super) fn types(body: &[u8]) -> Result<Option<Vec<TypeDef>>, Error> {
    let mut reader = Types { types: Vec::new(), listed: false, attributes: 0 };
    let text = std::str::from_utf8(body).map_err(Error::custom)?;
    let mut json = serde_json::Deserializer::from_str(text);
    Within { reader: &mut reader, outer: true }.deserialize(&mut json)?;
    json.end()?;
    let Types { mut types, listed, .. } = reader;
    types.shrink_to_fit();
    Ok(listed.then_some(types))
}

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

struct Types {
    types: Vec<TypeDef>,
    listed: bool,
    attributes: usize,
}

/// The object in which `Results` stands: the answer, or what it holds as `QueryResult`.
struct Within<'t> {
    reader: &'t mut Types,
    outer: bool,
}

impl<'de> DeserializeSeed<'de> for Within<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Within<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(Name(name)) = members.next_key()? {
            match &*name {
                "QueryResult" if self.outer => {
                    *self.reader = Types { types: Vec::new(), listed: false, attributes: 0 };
                    members.next_value_seed(Within { reader: self.reader, outer: false })?;
                }
                "Results" => {
                    let list: &RawValue = members.next_value()?;
                    if list.get().starts_with('[') {
                        self.reader.types.clear();
                        self.reader.listed = true;
                        let mut json = serde_json::Deserializer::from_str(list.get());
                        json.deserialize_seq(&mut *self.reader).map_err(A::Error::custom)?;
                    }
                }
                _ => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

impl<'de> Visitor<'de> for &mut Types {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of types")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(one) = list.next_element::<&RawValue>()? {
            if self.types.len() >= MOST_TYPES {
                return Err(A::Error::custom(format_args!("more than {MOST_TYPES} types")));
            }
            if one.get().starts_with('{') {
                let read = self.one(one.get()).map_err(A::Error::custom)?;
                self.types.push(read);
            }
        }
        Ok(())
    }
}

impl Types {
    fn one(&mut self, text: &str) -> Result<TypeDef, Error> {
        let mut json = serde_json::Deserializer::from_str(text);
        json.deserialize_map(One(self))
    }
}

struct One<'t>(&'t mut Types);

impl<'de> Visitor<'de> for One<'_> {
    type Value = TypeDef;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a type")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<TypeDef, A::Error> {
        let (mut fields, mut attributes, mut tree) = (Map::new(), Vec::new(), parse::Reader::default());
        while let Some(Name(name)) = members.next_key()? {
            let text = members.next_value::<&RawValue>()?.get();
            if name != "Attributes" {
                fields.insert(name.into_owned(), tree.read(text).map_err(A::Error::custom)?);
            } else if text.starts_with('[') {
                let mut json = serde_json::Deserializer::from_str(text);
                let list = Attributes { read: &mut self.0.attributes };
                attributes = json.deserialize_seq(list).map_err(A::Error::custom)?;
            }
        }
        Ok(TypeDef::read(&Value::Object(fields), attributes))
    }
}

struct Attributes<'t> {
    read: &'t mut usize,
}

impl<'de> Visitor<'de> for Attributes<'_> {
    type Value = Vec<Attribute>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of attributes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Attribute>, A::Error> {
        let mut attributes = Vec::new();
        while let Some(one) = list.next_element::<&RawValue>()? {
            if *self.read >= MOST_ATTRIBUTES {
                return Err(A::Error::custom(format_args!("more than {MOST_ATTRIBUTES} attributes")));
            }
            if one.get().starts_with('{') {
                *self.read = self.read.saturating_add(1);
                let json = parse::Reader::default().read(one.get()).map_err(A::Error::custom)?;
                attributes.push(Attribute::read(&json));
            }
        }
        attributes.shrink_to_fit();
        Ok(attributes)
    }
}
