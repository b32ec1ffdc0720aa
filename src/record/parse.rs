//! Parses a row of a page, without what the server repeats in every object.
//!
//! `_rallyAPIMajor` and `_rallyAPIMinor` are in every object at every depth. Skipping them while parsing saves a
//! sixth of all allocations.

use super::Name;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Error, Map, Number, Value};
use std::cell::Cell;
use std::fmt;

/// Parses an object without the members of these names, at any depth.
pub(crate) fn object(text: &str, hidden: &[String]) -> Result<Map<String, Value>, Error> {
    let left = Cell::new(MOST);
    match tree(text, Row { hidden, keys: Keys::Lean, left: &left })? {
        Value::Object(fields) => Ok(fields),
        _ => Err(Error::custom("not an object")),
    }
}

/// Parses the value that a text begins with, whatever follows it, as a member of an object.
pub(crate) fn member(text: &str, hidden: &[String]) -> Result<Value, Error> {
    let left = Cell::new(MOST);
    let row = Row { hidden, keys: Keys::Lean, left: &left };
    row.deserialize(&mut serde_json::Deserializer::from_str(text))
}

/// `true` if rows are parsed without the members of this name.
pub(crate) fn is_left_out(name: &str, hidden: &[String]) -> bool {
    name.starts_with("_rallyAPI") || hidden.iter().any(|hidden| hidden.eq_ignore_ascii_case(name))
}

/// Parses all members of an envelope except its `Errors` and `Warnings`.
pub(crate) fn envelope(text: &str) -> Result<Value, Error> {
    let left = Cell::new(MOST);
    tree(text, Row { hidden: &[], keys: Keys::Inside, left: &left })
}

/// Parses JSON values in sequence, up to a limit on all of them together: a value takes ten times the memory of its
/// text, or more.
pub(crate) struct Reader(Cell<usize>);

impl Default for Reader {
    fn default() -> Reader {
        Reader(Cell::new(MOST))
    }
}

impl Reader {
    /// For answers with many objects.
    pub(crate) fn of_anything() -> Reader {
        Reader(Cell::new(MOST.saturating_mul(8)))
    }

    pub(crate) fn read(&mut self, text: &str) -> Result<Value, Error> {
        tree(text, Row { hidden: &[], keys: Keys::All, left: &self.0 }.nested()?)
    }
}

fn tree(text: &str, row: Row<'_>) -> Result<Value, Error> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = row.deserialize(&mut reader)?;
    reader.end().map(|()| value)
}

/// The most values in an object with everything nested in it: a hundred times what the largest real ones have.
pub(crate) const MOST: usize = 250_000;
/// How the error for more values begins.
pub(crate) const TOO_MANY: &str = "more values than are read";

/// A value at any depth.
#[derive(Clone, Copy)]
struct Row<'h> {
    hidden: &'h [String],
    keys: Keys,
    left: &'h Cell<usize>,
}

/// Which keys are parsed.
#[derive(Clone, Copy)]
enum Keys {
    All,
    /// All but what the server repeats in every object.
    Lean,
    /// All but `Errors` and `Warnings` at this level, everything below.
    Inside,
}

impl<'h> Row<'h> {
    fn is_left_out(self, name: &str) -> bool {
        match self.keys {
            Keys::All => false,
            Keys::Lean => is_left_out(name, self.hidden),
            Keys::Inside => matches!(name, "Errors" | "Warnings"),
        }
    }

    /// The rule for what is in a list or under a key.
    fn nested<E: serde::de::Error>(self) -> Result<Row<'h>, E> {
        let Some(left) = self.left.get().checked_sub(1) else { return Err(E::custom(TOO_MANY)) };
        self.left.set(left);
        Ok(Row { keys: if let Keys::Inside = self.keys { Keys::All } else { self.keys }, ..self })
    }
}

/// `serde_json` represents a number by this key if a program enables its `arbitrary_precision`.
pub(crate) const NUMBER: &str = "$serde_json::private::Number";

impl<'de> DeserializeSeed<'de> for Row<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Row<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        let mut nested = self.nested()?;
        while let Some(item) = items.next_element_seed(nested)? {
            list.push(item);
            nested = self.nested()?;
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(Name(name)) = members.next_key()? {
            if self.is_left_out(&name) {
                members.next_value::<IgnoredAny>()?;
            } else if fields.is_empty() && name == NUMBER {
                let digits: String = members.next_value()?;
                return digits.parse::<Number>().map(Value::Number).map_err(A::Error::custom);
            } else {
                let value = members.next_value_seed(self.nested()?)?;
                fields.insert(name.into_owned(), value);
            }
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The same by `serde_json` itself, with the keys removed afterwards.
    fn plain(text: &str) -> Option<Map<String, Value>> {
        fn without(value: &mut Value) {
            match value {
                Value::Array(items) => items.iter_mut().for_each(without),
                Value::Object(fields) => {
                    fields.retain(|name, _| !name.starts_with("_rallyAPI"));
                    fields.values_mut().for_each(without);
                }
                _ => {}
            }
        }
        let mut value: Value = serde_json::from_str(text).ok()?;
        without(&mut value);
        value.as_object().cloned()
    }

    fn json() -> impl Strategy<Value = Value> {
        let text = prop_oneof!["\\PC{0,12}", Just("_rallyAPIMajor".to_owned()), Just("_ref".to_owned())];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            text.prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            let name = prop_oneof!["[a-zA-Z_\"\\\\\u{e9}]{0,8}", Just("_rallyAPIMinor".to_owned())];
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::vec((name, inner), 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    #[test]
    fn what_the_server_repeats_is_left_out_at_every_depth() {
        let text = r#"{"_rallyAPIMajor": "2", "Owner": {"_rallyAPIMinor": {"a": [1]}, "_ref": "/user/1"}, "n": [{"_rallyAPIMajor": 1}]}"#;
        let read = Value::Object(object(text, &[]).unwrap()).to_string();
        assert_eq!(read, r#"{"Owner":{"_ref":"/user/1"},"n":[{}]}"#);
        let read = Value::Object(super::object(text, &["_REF".to_owned()]).unwrap()).to_string();
        assert_eq!(read, r#"{"Owner":{},"n":[{}]}"#);
    }

    #[test]
    fn what_is_no_object_is_an_error() {
        for text in ["", "null", "3", "[{}]", "{", "{} {}", r#"{"a": }"#, r#"{"_rallyAPIMajor": }"#] {
            assert!(object(text, &[]).is_err(), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn all_else_is_read_as_the_library_reads_it(value in json(), cut in any::<prop::sample::Index>()) {
            let text = value.to_string();
            prop_assert_eq!(object(&text, &[]).ok(), plain(&text));
            let part: String = text.chars().take(cut.index(text.len() + 1)).collect();
            prop_assert_eq!(object(&part, &[]).ok(), plain(&part));
        }
    }
}
