//! Parses the schema's JSON attribute by attribute: only one at a time is in memory as JSON.

use super::lens::{Lens, Limit, Members};
use super::{Attribute, TypeDef};
use crate::record::{Known, Name, Read};
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess};
use serde_json::Error;

/// A hundred times the number in a large subscription. Bounds the memory for a broken answer: each type takes far
/// more than its `{}`.
const MOST_TYPES: usize = 20_000;
const MOST_ATTRIBUTES: usize = 200_000;

/// Parses the types of an answer; `None` if it contains no list of them.
pub(super) fn types(body: &[u8]) -> Result<Option<Vec<TypeDef>>, Error> {
    let text = std::str::from_utf8(body).map_err(Error::custom)?;
    let mut json = serde_json::Deserializer::from_str(text);
    let mut reader = Reader { types: None, attributes: 0 };
    json.deserialize_map(Known(Answer { reader: &mut reader, outer: true }))?;
    json.end()?;
    Ok(reader.types)
}

struct Reader {
    types: Option<Vec<TypeDef>>,
    attributes: usize,
}

/// The object that contains `Results`: the answer, or its `QueryResult`.
struct Answer<'r> {
    reader: &'r mut Reader,
    outer: bool,
}

impl<'de> Read<'de> for Answer<'_> {
    type Read = ();

    fn object<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(Name(name)) = members.next_key()? {
            match &*name {
                "QueryResult" if self.outer => {
                    *self.reader = Reader { types: None, attributes: 0 };
                    members.next_value_seed(Known(Answer { reader: self.reader, outer: false }))?;
                }
                "Results" => {
                    let list = members.next_value_seed(Known(Types(&mut self.reader.attributes)))?;
                    self.reader.types = list.or(self.reader.types.take());
                }
                _ => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// The list of types, and the number of attributes so far.
struct Types<'r>(&'r mut usize);

impl<'de> Read<'de> for Types<'_> {
    type Read = Option<Vec<TypeDef>>;

    fn list<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Read, A::Error> {
        let mut types = Vec::new();
        while let Some(one) = items.next_element_seed(Known(OneType(self.0)))? {
            types.extend(one);
            if types.len() > MOST_TYPES {
                return Err(A::Error::custom(format_args!("more than {MOST_TYPES} types")));
            }
        }
        types.shrink_to_fit();
        Ok(Some(types))
    }
}

struct OneType<'r>(&'r mut usize);

impl<'de> Read<'de> for OneType<'_> {
    type Read = Option<TypeDef>;

    fn object<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Read, A::Error> {
        let (mut fields, mut attributes, limit) = (Members::new(), Vec::new(), Limit::default());
        while let Some(name) = members.next_key::<Name<'de>>()? {
            if name.0 == "Attributes" {
                let list = members.next_value_seed(Known(Attributes(self.0)))?;
                attributes = list.unwrap_or(attributes);
            } else {
                fields.push((name, members.next_value_seed(&limit)?));
            }
        }
        Ok(Some(TypeDef::read(&Lens::Object(fields), attributes)))
    }
}

struct Attributes<'r>(&'r mut usize);

impl<'de> Read<'de> for Attributes<'_> {
    type Read = Option<Vec<Attribute>>;

    fn list<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Read, A::Error> {
        let mut attributes = Vec::new();
        while let Some(one) = items.next_element_seed(&Limit::default())? {
            if let Lens::Object(_) = one {
                *self.0 = self.0.saturating_add(1);
                attributes.push(Attribute::read(&one));
            }
            if *self.0 > MOST_ATTRIBUTES {
                return Err(A::Error::custom(format_args!("more than {MOST_ATTRIBUTES} attributes")));
            }
        }
        attributes.shrink_to_fit();
        Ok(Some(attributes))
    }
}
