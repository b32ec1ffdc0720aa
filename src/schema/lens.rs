//! Reads JSON in which anything may be missing: an absent member, null and a value of another kind are all "not
//! said".

use crate::record::{Name, parse};
use crate::reference::Ref;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

/// Methods that return the flags of a definition.
macro_rules! flags {
    ($($(#[$doc:meta])* $name:ident $flag:ident;)*) => {$(
        $(#[$doc])*
        pub fn $name(&self) -> bool {
            self.$flag
        }
    )*};
}
pub(super) use flags;

/// A value of the schema. Its texts borrow from the answer if they contain no escapes.
#[derive(Debug, Default)]
pub(super) enum Lens<'a> {
    #[default]
    Nothing,
    Flag(bool),
    Number(i64),
    Text(Cow<'a, str>),
    List(Vec<Lens<'a>>),
    Object(Members<'a>),
}

pub(super) type Members<'a> = Vec<(Name<'a>, Lens<'a>)>;

impl<'a> Lens<'a> {
    pub(super) fn of(json: &'a Value) -> Lens<'a> {
        // Cannot exceed the limit: it was checked when the value was parsed.
        Limit::default().deserialize(json).unwrap_or_default()
    }

    pub(super) fn value(&self, name: &str) -> &Lens<'a> {
        let Lens::Object(members) = self else { return &Lens::Nothing };
        // Of repeated members the last one counts, as usual in JSON.
        members.iter().rev().find(|(own, _)| own.0 == name).map_or(&Lens::Nothing, |(_, value)| value)
    }

    pub(super) fn object(&self, name: &str) -> Option<&Lens<'a>> {
        Some(self.value(name)).filter(|value| matches!(value, Lens::Object(_)))
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        if let Lens::Text(text) = self { Some(text) } else { None }
    }

    /// Returns a non-empty text.
    pub(super) fn words(&self, name: &str) -> Option<&str> {
        self.value(name).as_str().filter(|text| !text.is_empty())
    }

    /// The same, owned.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.words(name).map(str::to_owned)
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.said(name).unwrap_or_default()
    }

    pub(super) fn said(&self, name: &str) -> Option<bool> {
        if let Lens::Flag(flag) = self.value(name) { Some(*flag) } else { None }
    }

    /// Built-in ids are negative and may need all 64 bits, so do not convert through a float.
    pub(super) fn number(&self, name: &str) -> Option<i64> {
        match self.value(name) {
            Lens::Number(number) => Some(*number),
            value => value.as_str()?.trim().parse().ok(),
        }
    }

    /// `_ref` may be the text `null`.
    pub(super) fn reference(&self) -> Option<Ref> {
        Ref::parse(self.value("_ref").as_str()?).ok()
    }

    /// The id at the end of `_ref`, in any form of reference.
    pub(super) fn id(&self) -> Option<i64> {
        self.reference().and_then(|r| r.object_id()).or_else(|| self.number("ObjectID"))
    }
}

/// What the schema says about another type.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Link {
    pub(super) id: Option<i64>,
    pub(super) name: Option<String>,
}

impl Link {
    pub(super) fn read(lens: &Lens<'_>) -> Link {
        let names = ["_refObjectName", "ElementName", "Name"];
        Link { id: lens.id(), name: names.into_iter().find_map(|name| lens.text(name)) }
    }
}

/// The number of values that may still be read.
pub(super) struct Limit(Cell<usize>);

impl Default for Limit {
    fn default() -> Limit {
        Limit(Cell::new(parse::MOST))
    }
}

impl<'de> DeserializeSeed<'de> for &Limit {
    type Value = Lens<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Lens<'de>, D::Error> {
        let left = self.0.get().checked_sub(1).ok_or_else(|| D::Error::custom(parse::TOO_MANY))?;
        self.0.set(left);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &Limit {
    type Value = Lens<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Lens<'de>, E> {
        Ok(Lens::Nothing)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Lens<'de>, E> {
        Ok(Lens::Flag(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Lens<'de>, E> {
        Ok(Lens::Number(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Lens<'de>, E> {
        Ok(i64::try_from(number).map_or(Lens::Nothing, Lens::Number))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Lens<'de>, E> {
        Ok(Lens::Nothing)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Lens<'de>, E> {
        Ok(Lens::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Lens<'de>, E> {
        Ok(Lens::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Lens<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Lens::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Lens<'de>, A::Error> {
        let mut all = Members::new();
        while let Some(name) = members.next_key::<Name<'de>>()? {
            if all.is_empty() && name.0 == parse::NUMBER {
                let digits: String = members.next_value()?;
                return Ok(digits.parse().map_or(Lens::Nothing, Lens::Number));
            }
            all.push((name, members.next_value_seed(self)?));
        }
        Ok(Lens::Object(all))
    }
}
