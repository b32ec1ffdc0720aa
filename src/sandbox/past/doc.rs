//! JSON that keeps the order of its members: the order of a sort, and that of an answer.

use super::super::write_json as json;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::collections::HashMap;
use std::fmt;

#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Doc {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Box<str>),
    List(Vec<Doc>),
    Map(Vec<(Box<str>, Doc)>),
}

impl Doc {
    pub(in super::super) fn text(text: impl Into<Box<str>>) -> Doc {
        Doc::Text(text.into())
    }

    pub(in super::super) fn ints(all: impl IntoIterator<Item = i64>) -> Doc {
        Doc::List(all.into_iter().map(Doc::Int).collect())
    }

    /// The error says what is wrong, and where.
    pub(in super::super) fn read(text: &[u8]) -> Result<Doc, String> {
        serde_json::from_slice(text).map_err(|e| e.to_string())
    }

    pub(in super::super) fn get(&self, name: &str) -> Option<&Doc> {
        match self {
            Doc::Map(members) => members.iter().find(|(n, _)| **n == *name).map(|(_, d)| d),
            _ => None,
        }
    }

    pub(in super::super) fn as_text(&self) -> Option<&str> {
        match self {
            Doc::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A number; whole ones have no fraction, as on the server.
    pub(in super::super) fn number(number: f64) -> Doc {
        let whole = number.fract() == 0.0 && number.abs() < 9e15;
        if whole { Doc::Int(number as i64) } else { Doc::Float(number) }
    }

    pub(in super::super) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Doc::Null => out.extend_from_slice(b"null"),
            Doc::Bool(b) => out.extend_from_slice(if *b { b"true" } else { b"false" }),
            Doc::Int(n) => out.extend_from_slice(n.to_string().as_bytes()),
            Doc::Float(n) => out.extend_from_slice(serde_json::Value::from(*n).to_string().as_bytes()),
            Doc::Text(text) => json::text(out, text),
            Doc::List(all) => {
                out.push(b'[');
                for (i, one) in all.iter().enumerate() {
                    if i > 0 {
                        out.push(b',');
                    }
                    one.write(out);
                }
                out.push(b']');
            }
            Doc::Map(members) => {
                out.push(b'{');
                for (i, (name, value)) in members.iter().enumerate() {
                    if i > 0 {
                        out.push(b',');
                    }
                    json::text(out, name);
                    out.push(b':');
                    value.write(out);
                }
                out.push(b'}');
            }
        }
    }
}

impl<'de> Deserialize<'de> for Doc {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Doc, D::Error> {
        from.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Doc;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Doc, E> {
        Ok(Doc::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Doc, E> {
        Ok(Doc::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Doc, E> {
        Ok(Doc::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Doc, E> {
        Ok(i64::try_from(value).map_or(Doc::Float(value as f64), Doc::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Doc, E> {
        Ok(Doc::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Doc, E> {
        Ok(Doc::text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Doc, A::Error> {
        let mut all = Vec::new();
        while let Some(one) = from.next_element()? {
            all.push(one);
        }
        Ok(Doc::List(all))
    }

    /// Of members with one name the last counts.
    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Doc, A::Error> {
        let mut members: Vec<(Box<str>, Doc)> = Vec::new();
        let mut places: HashMap<Box<str>, usize> = HashMap::new();
        while let Some((name, value)) = from.next_entry::<Box<str>, Doc>()? {
            match places.get(&name).and_then(|at| members.get_mut(*at)) {
                Some(member) => member.1 = value,
                None => {
                    places.insert(name.clone(), members.len());
                    members.push((name, value));
                }
            }
        }
        // With the feature `arbitrary_precision` of serde_json, which any crate of a build may ask for, a number with a
        // fraction or an exponent comes as its text in a map of this name.
        if let [(name, Doc::Text(digits))] = members.as_slice() {
            if **name == *"$serde_json::private::Number" {
                return digits.parse().map(Doc::Float).map_err(serde::de::Error::custom);
            }
        }
        Ok(Doc::Map(members))
    }
}
