//! The value at the end of a path: what it is, as a Rust value.

use super::broken::unusable;
use super::loading::below;
use super::{Entity, FromField};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Fields, Record, reference_of};
use crate::reference::Ref;
use crate::text::shorten;
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil::Date};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// A value of an entity. Borrows from the entity; null prints as nothing.
///
/// # Examples
///
/// ```
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let story = rally.find("US1")?;
/// let points = story.get("PlanEstimate")?;
/// assert_eq!(points, 3.0);
/// assert_eq!((points.as_f64(), points.as_i64(), points.as_str()), (Some(3.0), Some(3), None));
/// assert_eq!(points.to::<Option<u64>>()?, Some(3)); // `Option` takes null
/// assert_eq!(story.get("Ready")?.as_bool(), Some(false));
/// assert_eq!(format!("{:>8.5}|", story.get("Name")?), "   Store|"); // pads and cuts like text
///
/// let blocker = story.get("Blocker")?;
/// assert!(blocker.is_null() && !blocker.is_absent() && blocker.to_string().is_empty());
/// # Ok(())
/// # }
/// ```
///
/// Dates and objects:
///
/// ```
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// # let story = rally.find("US1")?;
/// assert_eq!(story.get("AcceptedDate")?.date()?.to_string(), "2026-04-10");
/// assert_eq!(story.get("AcceptedDate")?.timestamp()?.to_string(), "2026-04-10T15:00:00Z");
/// let owner = story.get("Owner")?;
/// assert_eq!(owner.reference().unwrap().to_string(), "/user/21");
/// assert_eq!(owner.entity()?.get("UserName")?, "ann@sandbox.example");
/// assert_eq!(owner.as_json()["_type"], "User");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Field<'a> {
    entity: &'a Entity,
    pub(super) name: &'a str,
    /// `None` if the type has the attribute but the server left it out.
    pub(super) value: Option<Cow<'a, Value>>,
    how: How,
    /// For a collection of an object in the row: the names that lead to the object.
    holder: Option<Box<str>>,
}

/// Where a value was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// On a whole object or a row, whose collections have a reliable `Count`.
    Own,
    /// On an object nested in one.
    Nested,
    /// At the end of a path through a collection: the values of all members.
    OfMembers,
}

static NULL: Value = Value::Null;

impl<'a> Field<'a> {
    pub(crate) fn new(entity: &'a Entity, name: &'a str, value: Cow<'a, Value>) -> Field<'a> {
        Field { entity, name, value: Some(value), how: How::Nested, holder: None }
    }

    pub(crate) fn absent(entity: &'a Entity) -> Field<'a> {
        Field { entity, name: "", value: None, how: How::Nested, holder: None }
    }

    /// All values at the end of a path through a collection.
    pub(crate) fn of_members(entity: &'a Entity, values: &'a Value) -> Field<'a> {
        Field { entity, name: "", value: Some(Cow::Borrowed(values)), how: How::OfMembers, holder: None }
    }

    pub(super) fn held_by(self, fields: Fields<'_>) -> Field<'a> {
        let how = if fields.record().is_some() { How::Own } else { How::Nested };
        Field { how, ..self }
    }

    /// Records the names that lead to the object in the row that owns this collection.
    pub(super) fn under(self, names: &[&str]) -> Field<'a> {
        Field { holder: Some(names.join(".").into()), ..self }
    }

    pub(crate) fn holder(&self) -> Option<&str> {
        self.holder.as_deref()
    }

    pub(super) fn is_of_members(&self) -> bool {
        self.how == How::OfMembers
    }

    /// `true` if the value is a collection known to be empty.
    pub(crate) fn says_empty(&self) -> bool {
        let collection = self.reference().filter(|r| self.how == How::Own && r.collection().is_some());
        let fields = self.as_json().as_object();
        collection.zip(fields).is_some_and(|(collection, fields)| self.entity.says_empty(fields, &collection))
    }

    pub(crate) fn owner(&self) -> &'a Entity {
        self.entity
    }

    /// `true` for JSON null and for an absent field.
    pub fn is_null(&self) -> bool {
        self.as_json().is_null()
    }

    /// `true` if the server left the field out though its type has it, as for fields that are not visible in a
    /// project.
    pub fn is_absent(&self) -> bool {
        self.value.is_none()
    }

    /// Returns the text, if it is a string.
    pub fn as_str(&self) -> Option<&str> {
        self.as_json().as_str()
    }

    /// Returns the whole number, if it is one; `3.0` counts as one.
    pub fn as_i64(&self) -> Option<i64> {
        i64::from_json(self.as_json())
    }

    /// Returns the number, if it is one.
    pub fn as_f64(&self) -> Option<f64> {
        self.as_json().as_f64()
    }

    /// Returns the boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        self.as_json().as_bool()
    }

    /// Returns the value as the server sent it.
    pub fn as_json(&self) -> &Value {
        self.value.as_deref().unwrap_or(&NULL)
    }

    /// Returns the values of a path through a collection, in the order of its members, or the items of a list, or
    /// the value itself as a slice of one. Empty for null; null in a list is an item.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let story = rally.find("US1")?;
    /// let ids = story.get("Tasks.FormattedID")?;
    /// assert_eq!(ids.values()[0], "TA1");
    /// assert_eq!(ids.to_string(), "TA1, TA2");
    /// assert_eq!(ids.to::<Vec<String>>()?, ["TA1", "TA2"]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn values(&self) -> &[Value] {
        match self.as_json() {
            Value::Null => &[],
            Value::Array(values) => values,
            value => std::slice::from_ref(value),
        }
    }

    /// Returns the reference, if the value is an object or a collection.
    pub fn reference(&self) -> Option<Ref> {
        reference_of(self.as_json().as_object()?)
    }

    /// Returns the day in UTC: the part before the `T`, which pyral scripts get by `split('T')`.
    ///
    /// The workspace may be in another time zone: a sprint that ends on 13 April in Denver ends on 14 April in UTC.
    /// [`Field::date_in`] returns the workspace's day.
    ///
    /// # Errors
    /// `Value` if it is null (use `to::<Option<Date>>()`) or not a date.
    pub fn date(&self) -> Result<Date> {
        self.to()
    }

    /// Returns the day in a time zone, with [`Rally::time_zone`](crate::Rally::time_zone) that of the workspace. A
    /// date without a time is the same day in every zone.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let zone = rally.time_zone()?;
    /// let iteration = rally.query("Iteration").fetch("Name,EndDate").first()?.unwrap();
    /// println!("{} ends on {}", iteration.get("Name")?, iteration.get("EndDate")?.date_in(&zone)?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Value` if it is null or not a date.
    pub fn date_in(&self, zone: &TimeZone) -> Result<Date> {
        match self.to::<Timestamp>() {
            Ok(time) => Ok(zone.to_datetime(time).date()),
            Err(_) if self.as_str().is_some_and(|text| !text.contains('T')) => self.date(),
            Err(error) => Err(error),
        }
    }

    /// Returns the point in time. `{:.3}` prints it in the server's form, with milliseconds.
    ///
    /// # Errors
    /// `Value` if it is null, not a timestamp, or later than 9999-12-30T22:00:00Z, the last one that a `Timestamp`
    /// can hold.
    pub fn timestamp(&self) -> Result<Timestamp> {
        self.to()
    }

    /// Returns the object as an entity of its own; what it lacks is loaded when it is read.
    ///
    /// # Errors
    /// `Value` if it is not an object with a reference, `Input` if its reference cannot be used.
    pub fn entity(&self) -> Result<Entity> {
        let referenced = |fields| Some((fields, reference_of(fields).filter(|r| r.collection().is_none())?));
        let object = self.as_json().as_object().and_then(referenced);
        let Some((fields, reference)) = object else { return Err(self.unlike("an object")) };
        if self.entity.record().is(self.as_json()) {
            return Ok(self.entity.clone());
        }
        let lies_in = self.entity.row().and_then(|(row, above)| {
            let mut touched = self.entity.record().touched();
            let names = touched.find_map(|(name, value)| names_to(name, value, fields, 8))?;
            Some((row.clone(), below(above, &names)))
        });
        Ok(match lies_in {
            Some((row, names)) => Entity::nested(row, names, self.as_json(), reference),
            None => Entity::new(self.entity.catalog().clone(), Record::new(fields.clone(), false), None),
        })
    }

    /// Converts the value to a type of the caller's choice. `Option<T>` accepts null.
    ///
    /// # Errors
    /// `Value` if the value is of another kind.
    pub fn to<T: FromField>(&self) -> Result<T> {
        T::from_json(self.as_json()).ok_or_else(|| self.wrong(T::EXPECTED))
    }

    /// The error where an object or a collection is needed.
    pub(crate) fn unlike(&self, wanted: &str) -> Error {
        let reading = || format!("cannot read `{}` of {}", self.name, self.entity);
        let why = self.as_json().as_object().and_then(unusable);
        why.map_or_else(|| self.wrong(wanted), |why| why.within(reading()))
    }

    pub(crate) fn wrong(&self, wanted: &str) -> Error {
        let json = self.as_json();
        let found = match json {
            Value::Null => "null".to_owned(),
            Value::Object(_) if self.reference().is_some_and(|r| r.collection().is_some()) => {
                "a collection".to_owned()
            }
            Value::Object(_) => format!("the object `{self}`"),
            other => shorten(&other.to_string(), 60),
        };
        let message = format!("`{}` of {} is {found}, not {wanted}", self.name, self.entity);
        let error = Error::new(ErrorKind::Value, message);
        if json.is_null() { error.remedy("ask for an `Option` where it may be empty") } else { error }
    }
}

/// Finds the names under which this very object lies in a value.
fn names_to(name: &str, value: &Value, object: &Map<String, Value>, deepest: usize) -> Option<String> {
    let inner = value.as_object()?;
    if std::ptr::eq(inner, object) {
        return Some(name.to_owned());
    }
    let deepest = deepest.checked_sub(1)?;
    let rest = inner.iter().find_map(|(name, value)| names_to(name, value, object, deepest))?;
    Some(format!("{name}.{rest}"))
}
