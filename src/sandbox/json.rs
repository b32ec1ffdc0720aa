//! Small pieces of the server's JSON.

use serde_json::{Map, Value};

/// The two keys that every object bears.
pub(super) fn api() -> Map<String, Value> {
    let pair = |name: &str, value: &str| (name.to_owned(), Value::from(value));
    [pair("_rallyAPIMajor", "2"), pair("_rallyAPIMinor", "0")].into_iter().collect()
}

pub(super) fn single(key: &str, value: Value) -> Value {
    Value::Object([(key.to_owned(), value)].into_iter().collect())
}
