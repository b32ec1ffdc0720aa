//! Reads JSON piece by piece, where a value of another kind than expected counts as missing.

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// Makes something of a list or an object. Any other value, and by default these two, count as missing.
pub(crate) trait Read<'de>: Sized {
    type Read: Default;

    fn list<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Read, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Self::Read::default())
    }

    fn object<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Read, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Self::Read::default())
    }
}

/// Reads a value by the rule.
pub(crate) struct Known<R>(pub(crate) R);

impl<'de, R: Read<'de>> DeserializeSeed<'de> for Known<R> {
    type Value = R::Read;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<R::Read, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, R: Read<'de>> Visitor<'de> for Known<R> {
    type Value = R::Read;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E>(self) -> Result<R::Read, E> {
        Ok(R::Read::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<R::Read, E> {
        Ok(R::Read::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<R::Read, E> {
        Ok(R::Read::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<R::Read, E> {
        Ok(R::Read::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<R::Read, E> {
        Ok(R::Read::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<R::Read, E> {
        Ok(R::Read::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<R::Read, A::Error> {
        self.0.list(items)
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<R::Read, A::Error> {
        self.0.object(members)
    }
}

/// The name of a member, copied only where it has escapes.
#[derive(Debug, serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct Name<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);
