//! Conversions from JSON to Rust values. They know nothing of the field; `Field::to` adds it to the error.

use jiff::{Timestamp, civil::Date};
use serde::de::{Deserialize, Deserializer, Error as _};
use serde_json::Value;

/// A type that a field can be read as.
///
/// Implemented for strings, numbers, booleans, dates, any JSON and `Option`s of them; implement it for your own
/// types:
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
    /// The expected value, for messages: "a whole number".
    const EXPECTED: &'static str;

    /// Converts the value; `None` if the JSON is of another kind.
    fn from_json(value: &Value) -> Option<Self>;
}

macro_rules! from_field {
    ($($(#[$doc:meta])* $kind:ty: $expected:literal, $value:ident => $read:expr;)*) => {$(
        impl FromField for $kind {
            const EXPECTED: &'static str = $expected;

            $(#[$doc])*
            fn from_json($value: &Value) -> Option<$kind> {
                $read
            }
        }
    )*};
}

from_field! {
    String: "a text", value => value.as_str().map(str::to_owned);
    bool: "true or false", value => value.as_bool();
    f64: "a number", value => value.as_f64();
    /// The server writes some whole numbers as `3.0`.
    i64: "a whole number", value => whole(value);
    u64: "a whole number of 0 or more", value => whole(value);
    i32: "a whole number of 32 bits", value => whole(value);
    u32: "a whole number of 0 or more, of 32 bits", value => whole(value);
    u16: "a whole number from 0 to 65,535", value => whole(value);
    u8: "a whole number from 0 to 255", value => whole(value);
    usize: "a whole number of 0 or more", value => whole(value);
    Value: "JSON", value => Some(value.clone());
    /// A day, or the day of a timestamp as written: the server writes UTC.
    Date: "a date", value => day(value.as_str()?);
    Timestamp: "a point in time", value => value.as_str()?.parse().ok();
}

fn whole<T: TryFrom<i64>>(value: &Value) -> Option<T> {
    let whole = |f: f64| (f.fract() == 0.0 && f.abs() < 9e15).then_some(f as i64);
    T::try_from(value.as_i64().or_else(|| whole(value.as_f64()?))?).ok()
}

fn day(text: &str) -> Option<Date> {
    let day = text.split_once('T').map_or(text, |(day, _)| day);
    // The `jiff` library accepts more forms than the server sends, as `20260518`.
    (day.len() == 10 && day.get(4..5) == Some("-")).then(|| day.parse().ok())?
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

/// Deserializes a field of a typed row as [`Field::to`](crate::Field::to) does: a [`Date`] from a timestamp, or a
/// type of your own.
///
/// A [`Timestamp`] does not need it. A field that may be missing needs `default` as well, even an `Option`.
///
/// ```
/// use rally_wsapi::{Date, Timestamp};
///
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// #[derive(serde::Deserialize)]
/// #[serde(rename_all = "PascalCase")]
/// struct Story {
///     creation_date: Timestamp,
///     #[serde(deserialize_with = "rally_wsapi::as_field")]
///     accepted_date: Option<Date>, // the day in UTC
/// }
/// let story: Story = rally.find("US1")?.deserialize()?;
/// assert_eq!(story.accepted_date, Some("2026-04-10".parse()?));
/// assert!(story.creation_date < "2026-04-10T15:00:00Z".parse()?);
/// # Ok(())
/// # }
/// ```
///
/// The deserializer's own error if the value is of another kind.
/// The deserializer's own where the value is of another kind.
pub fn as_field<'de, T: FromField, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    T::from_json(&value).ok_or_else(|| D::Error::custom(format_args!("{value} is not {}", T::EXPECTED)))
}
