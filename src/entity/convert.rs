//! From JSON to Rust values. A conversion knows no place; `Field::to` adds it to the error.

use super::{Date, Timestamp};
use serde_json::Value;

/// A type that a field can be read as.
///
/// Strings, numbers, booleans, dates, any JSON and `Option` of them are; so are types of your own:
///
/// ```
/// use rally_wsapi::FromField;
/// use serde_json::Value;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// struct Cents(i64);
///
/// impl FromField for Cents {
///     const EXPECTED: &'static str = "an amount of money";
///
///     fn from_json(value: &Value) -> Option<Cents> {
///         Some(Cents((value.as_f64()? * 100.0).round() as i64))
///     }
/// }
///
/// # let story = rally.find("US1")?;
/// assert_eq!(story.get("PlanEstimate")?.to::<Cents>()?.0, 300);
/// # Ok(())
/// # }
/// ```
pub trait FromField: Sized {
    /// What is wanted, for messages: "a whole number".
    const EXPECTED: &'static str;

    /// The value, or `None` where the JSON is of another kind.
    fn from_json(value: &Value) -> Option<Self>;
}

impl FromField for String {
    const EXPECTED: &'static str = "a text";

    fn from_json(value: &Value) -> Option<String> {
        value.as_str().map(str::to_owned)
    }
}

impl FromField for bool {
    const EXPECTED: &'static str = "true or false";

    fn from_json(value: &Value) -> Option<bool> {
        value.as_bool()
    }
}

impl FromField for f64 {
    const EXPECTED: &'static str = "a number";

    fn from_json(value: &Value) -> Option<f64> {
        value.as_f64()
    }
}

impl FromField for i64 {
    const EXPECTED: &'static str = "a whole number";

    /// The server writes some whole numbers as `3.0`.
    fn from_json(value: &Value) -> Option<i64> {
        let whole = |f: f64| (f.fract() == 0.0 && f.abs() < 9e15).then_some(f as i64);
        value.as_i64().or_else(|| whole(value.as_f64()?))
    }
}

impl FromField for u64 {
    const EXPECTED: &'static str = "a whole number of 0 or more";

    fn from_json(value: &Value) -> Option<u64> {
        i64::from_json(value).and_then(|n| u64::try_from(n).ok())
    }
}

impl FromField for Value {
    const EXPECTED: &'static str = "JSON";

    fn from_json(value: &Value) -> Option<Value> {
        Some(value.clone())
    }
}

impl FromField for Date {
    const EXPECTED: &'static str = "a date";

    fn from_json(value: &Value) -> Option<Date> {
        value.as_str()?.parse().ok()
    }
}

impl FromField for Timestamp {
    const EXPECTED: &'static str = "a point in time";

    fn from_json(value: &Value) -> Option<Timestamp> {
        value.as_str()?.parse().ok()
    }
}

/// The values of a path through a collection, or of a list.
impl<T: FromField> FromField for Vec<T> {
    const EXPECTED: &'static str = "a list whose values are all of the type asked for";

    fn from_json(value: &Value) -> Option<Vec<T>> {
        value.as_array()?.iter().map(T::from_json).collect()
    }
}

impl<T: FromField> FromField for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn from_json(value: &Value) -> Option<Option<T>> {
        if value.is_null() { Some(None) } else { T::from_json(value).map(Some) }
    }
}
