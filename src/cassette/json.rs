//! JSON that keeps what `serde_json::Value` loses: the order of names, and the digits of numbers.

use crate::record::Name;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

pub(super) enum Json<'a> {
    Object(Vec<Member<'a>>),
    Array(Vec<Json<'a>>),
    Text(Cow<'a, str>),
    /// A number, `true`, `false` or `null`.
    Plain(Cow<'a, RawValue>),
}

pub(super) type Member<'a> = (Cow<'a, str>, Json<'a>);

/// How deep `serde_json` reads objects and arrays nested in each other.
const DEEPEST: usize = 127;

impl<'a> Json<'a> {
    pub(super) fn read(text: &'a str) -> serde_json::Result<Json<'a>> {
        Json::of(serde_json::from_str(text)?, 0)
    }

    fn of(raw: &'a RawValue, depth: usize) -> serde_json::Result<Json<'a>> {
        let text = raw.get();
        let inner = |raw| Json::of(raw, depth.saturating_add(1));
        match text.as_bytes().first() {
            Some(b'{' | b'[') if depth >= DEEPEST => Err(serde_json::Error::custom("nested too deeply")),
            Some(b'{') => {
                let Members(members) = serde_json::from_str(text)?;
                let members = members.into_iter().map(|(name, value)| Ok((name.0, inner(value)?)));
                Ok(Json::Object(members.collect::<serde_json::Result<_>>()?))
            }
            Some(b'[') => {
                let all: Vec<&RawValue> = serde_json::from_str(text)?;
                Ok(Json::Array(all.into_iter().map(inner).collect::<serde_json::Result<_>>()?))
            }
            Some(b'"') => Ok(Json::Text(serde_json::from_str::<Name>(text)?.0)),
            _ => Ok(Json::Plain(Cow::Borrowed(raw))),
        }
    }

    pub(super) fn as_count(&self) -> Option<u64> {
        if let Json::Plain(raw) = self { raw.get().parse().ok() } else { None }
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        if let Json::Text(text) = self { Some(text) } else { None }
    }
}

/// The member of this name; of several the last, as in every reader of JSON.
pub(super) fn get<'m, 'a>(members: &'m [Member<'a>], name: &str) -> Option<&'m Json<'a>> {
    members.iter().rev().find(|(own, _)| own == name).map(|(_, value)| value)
}

impl From<String> for Json<'_> {
    fn from(text: String) -> Self {
        Json::Text(text.into())
    }
}

impl From<u64> for Json<'_> {
    fn from(number: u64) -> Self {
        serde_json::value::to_raw_value(&number)
            .map_or_else(|_| number.to_string().into(), |raw| Json::Plain(Cow::Owned(raw)))
    }
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Json::Object(members) => {
                serializer.collect_map(members.iter().map(|(name, value)| (name, value)))
            }
            Json::Array(all) => all.serialize(serializer),
            Json::Text(text) => text.serialize(serializer),
            Json::Plain(raw) => raw.serialize(serializer),
        }
    }
}

struct Members<'a>(Vec<(Name<'a>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::{DEEPEST, Json};

    fn again(text: &str) -> String {
        serde_json::to_string(&Json::read(text).unwrap()).unwrap()
    }

    #[test]
    fn names_stay_in_order_and_numbers_keep_their_digits() {
        for text in [
            r#"{"b":1,"a":[{"z":null,"b":true},[]],"":{},"b":2}"#,
            r#"{"n":[12345678901234567890123,1.50,-0.0,1E5],"$serde_json::private::Number":"1"}"#,
            r#""a \"b\" \\ \n é""#,
            "7",
        ] {
            assert_eq!(again(text), text);
        }
        assert_eq!(again(" { \"a\" : [ 1 , \"\\u00e9\" ] } "), r#"{"a":[1,"é"]}"#);
    }

    #[test]
    fn what_serde_json_refuses_is_refused() {
        for text in ["", "{", "{} {}", "[1,]", r#"{"a" 1}"#, r#"{"a":"\ud800"}"#, "nul", "01"] {
            assert!(Json::read(text).is_err(), "{text}");
        }
        for depth in [DEEPEST - 1, DEEPEST, DEEPEST + 1, 100_000] {
            let text = format!("{}7{}", "[".repeat(depth), "]".repeat(depth));
            let value = serde_json::from_str::<serde_json::Value>(&text);
            assert_eq!(Json::read(&text).is_ok(), value.is_ok(), "{depth}");
        }
    }
}
