//! Dates and times of the jiff crate: fields are read as them and compared with them. As values to write they need nothing
//! here: they serialize as the server takes them, and a zoned time is reckoned to UTC on the way.

use super::FromField;
use crate::filter::Literal;
use ::jiff::{Timestamp, Zoned, civil};
use serde_json::Value;

impl FromField for Timestamp {
    const EXPECTED: &'static str = "a point in time";

    fn from_json(value: &Value) -> Option<Timestamp> {
        value.as_str()?.parse().ok()
    }
}

impl FromField for civil::Date {
    const EXPECTED: &'static str = "a date";

    /// The day in UTC, as the server writes it.
    fn from_json(value: &Value) -> Option<civil::Date> {
        let date: super::Date = value.as_str()?.parse().ok()?;
        let (month, day) = (i8::try_from(date.month()).ok()?, i8::try_from(date.day()).ok()?);
        civil::Date::new(i16::try_from(date.year()).ok()?, month, day).ok()
    }
}

impl From<civil::Date> for Literal {
    fn from(date: civil::Date) -> Literal {
        Literal::from(date.to_string())
    }
}

impl From<Timestamp> for Literal {
    fn from(time: Timestamp) -> Literal {
        Literal::from(time.to_string())
    }
}

impl From<&Zoned> for Literal {
    fn from(time: &Zoned) -> Literal {
        Literal::from(time.timestamp())
    }
}
