//! The values that an attribute accepts.

use super::lens::Lens;
use serde_json::Value;
use std::collections::HashSet;
use std::fmt;

/// What an attribute accepts: one of a list, any value of its kind, or objects of a type.
///
/// ```
/// use rally_wsapi::schema::AllowedValues;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let severity = rally.allowed_values("Defect", "Severity")?;
/// assert!(severity.allows("Cosmetic") && !severity.allows("Ugly"));
/// assert_eq!(severity.texts().count(), 5);
/// assert_eq!(severity.values().unwrap()[4].value(), "Cosmetic");
///
/// let name = rally.allowed_values("Defect", "Name")?;
/// assert_eq!(name, AllowedValues::Unrestricted);
/// assert!(name.allows("anything") && name.values().is_none());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AllowedValues {
    /// One of these, in the server's order.
    Values(Vec<AllowedValue>),
    /// Any value of the attribute's kind.
    Unrestricted,
    /// Objects of this type, as `User` or `PortfolioItem/Feature`.
    Objects(String),
}

/// One value of a list.
///
/// ```
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let colours = rally.allowed_values("Defect", "Colour of Money")?;
/// let values = colours.values().unwrap();
/// assert_eq!((values[1].value(), values[1].label(), values[1].index()), ("Green", "Green", Some(1)));
/// assert!(values[0].is_empty() && !values[0].is_hidden());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedValue {
    value: String,
    label: Option<String>,
    index: Option<i64>,
    hidden: bool,
}

impl AllowedValues {
    /// Returns the list, if there is one.
    pub fn values(&self) -> Option<&[AllowedValue]> {
        match self {
            AllowedValues::Values(values) => Some(values),
            _ => None,
        }
    }

    /// Iterates over the values as texts, in order; empty without a list.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.values().unwrap_or_default().iter().map(AllowedValue::value)
    }

    /// `true` if this text may be written. Only a list can exclude one.
    pub fn allows(&self, text: &str) -> bool {
        self.values().is_none_or(|values| values.iter().any(|v| v.value == text))
    }
}

impl AllowedValue {
    pub(crate) fn read(json: &Value) -> AllowedValue {
        AllowedValue::of(&Lens::of(json))
    }

    pub(super) fn of(lens: &Lens<'_>) -> AllowedValue {
        let plain = || lens.as_str().map(str::to_owned);
        let number = || lens.number("IntegerValue").map(|n| n.to_string());
        // The empty choice is an empty text, or null if the value is a number.
        let value = lens.text("StringValue").or_else(plain).or_else(number).unwrap_or_default();
        AllowedValue {
            label: lens.text("LocalizedStringValue").filter(|label| *label != value),
            value,
            index: lens.number("ValueIndex"),
            hidden: lens.flag("Hidden"),
        }
    }

    /// Sorts a list by `ValueIndex`, if the server sends it, and keeps each value once.
    pub(crate) fn list(items: impl IntoIterator<Item = AllowedValue>) -> Vec<AllowedValue> {
        let mut seen = HashSet::new();
        let mut values: Vec<AllowedValue> =
            items.into_iter().filter(|item| seen.insert(item.value.clone())).collect();
        values.shrink_to_fit();
        if values.iter().all(|v| v.index.is_some()) {
            values.sort_by_key(|v| v.index);
        }
        values
    }

    /// Returns the value as it is read and written; empty for the empty choice.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Returns what people see in the caller's language, if it differs.
    pub fn label(&self) -> &str {
        self.label.as_deref().unwrap_or(&self.value)
    }

    /// `true` for the empty choice.
    pub fn is_empty(&self) -> bool {
        self.value.is_empty()
    }

    /// Returns the position in the list from 0, if the server sends it.
    pub fn index(&self) -> Option<i64> {
        self.index
    }

    /// `true` if the server does not offer the value as a choice.
    pub fn is_hidden(&self) -> bool {
        self.hidden
    }
}

impl fmt::Display for AllowedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.value)
    }
}

/// Writes `Open, Closed`, `anything` or `objects of type User`; the empty choice shows as `(empty)`.
impl fmt::Display for AllowedValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AllowedValues::Unrestricted => f.pad("anything"),
            AllowedValues::Objects(type_name) => f.pad(&format!("objects of type {type_name}")),
            AllowedValues::Values(values) => {
                let show = |v: &AllowedValue| match (v.is_empty(), v.hidden) {
                    (true, _) => "(empty)".to_owned(),
                    (false, true) => format!("{} (hidden)", v.value),
                    (false, false) => v.value.clone(),
                };
                f.pad(&values.iter().map(show).collect::<Vec<_>>().join(", "))
            }
        }
    }
}
