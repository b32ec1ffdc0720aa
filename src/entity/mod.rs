//! An object of the server, backed by its JSON, that loads what it refers to.

mod broken;
mod chase;
mod convert;
mod field;
mod links;
mod literal;
mod loading;
mod members;
mod printed;
mod step;

pub use self::convert::{FromField, as_field};
pub use self::field::Field;
pub(crate) use self::step::{Found, META, look};

use self::links::Links;
use crate::catalog::Catalog;
use crate::error::{Error, Result};
use crate::page::{PageOrigin, Unshown};
use crate::record::{Lender, Record};
use crate::reference::Ref;
use serde_json::{Map, Value};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Index;
use std::sync::Arc;

/// An object of Rally: its JSON, its reference, and access to what it refers to.
///
/// Equality, order and hash use the reference. `entity["Name"]` reads only what is here, [`Entity::get`] loads what
/// is not.
///
/// # Examples
///
/// ```
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let story = rally.find("US1")?;
/// assert_eq!(story.to_string(), "US1: Store a card");
/// assert_eq!(story["Name"], "Store a card"); // what is here, as JSON
/// assert_eq!(story.get("Project.Owner.Phone")?, "+1 555 0100"); // loads what is not
///
/// assert_eq!((story.type_name(), story.name()), ("HierarchicalRequirement", Some("Store a card")));
/// assert_eq!((story.object_id(), story.formatted_id()), (Some(601), Some("US1")));
/// println!("{:?} {:?}", story.reference(), story.uuid());
/// # Ok(())
/// # }
/// ```
///
/// The fields that are here, as data:
///
/// ```
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// # let story = rally.query("Story").fetch("Name,PlanEstimate").filter(("FormattedID", "US1")).one()?;
/// for name in story.attributes() {
///     println!("{name} = {}", story[name]);
/// }
/// assert_eq!(story.as_map()["PlanEstimate"], 3.0);
/// let fields = story.refresh()?.into_map(); // all fields, as they are now
/// assert!(fields.contains_key("Description"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Entity(Arc<Inner>);

struct Inner {
    catalog: Arc<Catalog>,
    record: Record,
    links: Links,
    origin: Option<Arc<PageOrigin>>,
    /// What its page brought and the row does not show.
    unshown: Option<Box<Unshown>>,
    /// The row that contains this object, and the names that lead to it: what all such objects of a page lack is
    /// requested together.
    within: Option<Arc<Within>>,
}

struct Within {
    row: Entity,
    names: String,
}

impl Lender for Within {
    fn lent(&self) -> &Value {
        let mut names = self.names.split('.');
        let first = names.next().and_then(|name| self.row.record().get(name));
        let object =
            first.and_then(|first| names.try_fold(first, |value, name| value.as_object()?.get(name)));
        object.unwrap_or(&Value::Null)
    }
}

/// A dropped row frees what its page keeps for it.
impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(page) = &self.origin {
            page.release(|| self.record.reference().map(Ref::key));
        }
    }
}

impl Entity {
    pub(crate) fn new(catalog: Arc<Catalog>, record: Record, origin: Option<Arc<PageOrigin>>) -> Entity {
        let links = Links::default();
        Entity(Arc::new(Inner { catalog, record, links, origin, unshown: None, within: None }))
    }

    /// Becomes a row of a page, unless it is shared already.
    pub(crate) fn join(&mut self, page: &Arc<PageOrigin>) {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            inner.origin = Some(page.clone());
        }
    }

    /// Makes an object nested in a row, as long as it is found there under its names.
    fn nested(row: Entity, names: String, object: &Value, reference: Ref) -> Entity {
        let (catalog, within) = (row.catalog().clone(), Arc::new(Within { row, names }));
        let record = match object {
            Value::Object(fields) if !std::ptr::eq(within.lent(), object) => {
                Record::new(fields.clone(), false)
            }
            _ => Record::lent(within.clone(), reference),
        };
        let (links, within) = (Links::default(), Some(within));
        Entity(Arc::new(Inner { catalog, record, links, origin: None, unshown: None, within }))
    }

    /// Makes a row of a page that brought more than the row shows.
    pub(crate) fn tuned(
        catalog: Arc<Catalog>,
        record: Record,
        origin: Arc<PageOrigin>,
        unshown: Unshown,
    ) -> Entity {
        let (origin, unshown) = (Some(origin), Some(Box::new(unshown)));
        Entity(Arc::new(Inner { catalog, record, links: Links::default(), origin, unshown, within: None }))
    }

    pub(crate) fn catalog(&self) -> &Arc<Catalog> {
        &self.0.catalog
    }

    pub(crate) fn record(&self) -> &Record {
        &self.0.record
    }

    /// Returns the type as the server names it: `Defect`, `PortfolioItem/Feature`.
    pub fn type_name(&self) -> &str {
        self.record().type_name()
    }

    /// Returns the reference, if the object has one.
    pub fn reference(&self) -> Option<&Ref> {
        self.record().reference()
    }

    /// Returns the ObjectID; permissions have none.
    pub fn object_id(&self) -> Option<i64> {
        self.record().get("ObjectID").and_then(Value::as_i64).or_else(|| self.reference()?.object_id())
    }

    /// Returns the UUID, if the server sent it.
    pub fn uuid(&self) -> Option<&str> {
        self.text("_refObjectUUID").or_else(|| self.text("ObjectUUID"))
    }

    /// Returns the name, or what the server sends for it (a user's display name).
    pub fn name(&self) -> Option<&str> {
        self.text("Name").or_else(|| self.text("_refObjectName"))
    }

    /// Returns the FormattedID, if it was fetched.
    pub fn formatted_id(&self) -> Option<&str> {
        self.text("FormattedID")
    }

    /// Iterates over the names of the fields that are here, without the server's own (`_ref` and the like).
    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        self.as_map().keys().map(String::as_str).filter(|name| !name.starts_with('_'))
    }

    /// Returns the fields that are here, as the server sent them, without `_rallyAPIMajor` and `_rallyAPIMinor` in
    /// rows of a query.
    ///
    /// This parses the whole row; [`Entity::get`] and `entity["Name"]` parse one field.
    pub fn as_map(&self) -> &Map<String, Value> {
        self.record().fields()
    }

    /// Consumes the entity and returns the fields that are here.
    pub fn into_map(self) -> Map<String, Value> {
        match Arc::try_unwrap(self.0) {
            Ok(mut inner) => inner.record.take_fields(),
            Err(shared) => shared.record.fields().clone(),
        }
    }

    /// Loads the whole object as it is now; borrows from the old one stay valid.
    ///
    /// ```
    /// use serde_json::json;
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let defect = rally.find("DE1")?;
    /// rally.update("Defect", "DE1", json!({"State": "Fixed"}))?;
    /// assert_eq!(defect.get("State")?, "Open");
    /// assert_eq!(defect.refresh()?.get("State")?, "Fixed");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `NotFound` if it does not exist any more; any transport or server error.
    pub fn refresh(&self) -> Result<Entity> {
        let Some(reference) = self.reference() else {
            return Err(Error::input("an object without a reference cannot be read again"));
        };
        let session = &self.catalog().session;
        session.cache.drop_key(reference.key());
        let record = session.load(reference)?;
        Ok(Entity::new(self.catalog().clone(), (*record).clone(), None))
    }

    /// The page whose rows are loaded together, if this is one of its rows.
    pub(crate) fn page(&self) -> Option<&PageOrigin> {
        self.0.origin.as_deref().filter(|page| page.is_shared())
    }

    /// The row that this is or is part of, and the names that lead to it.
    pub(crate) fn row(&self) -> Option<(&Entity, &str)> {
        match self.0.within.as_deref() {
            Some(Within { row, names }) => Some((row, names)),
            None => (self.0.unshown.is_some() || self.page().is_some()).then_some((self, "")),
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.record().text(name)
    }

    /// The objects in a list, as far as they are here.
    fn objects(&self, list: &[Value]) -> Vec<Entity> {
        let object = |fields: &Map<_, _>| {
            Entity::new(self.catalog().clone(), Record::new(fields.clone(), false), None)
        };
        list.iter().filter_map(Value::as_object).map(object).collect()
    }
}

/// Writes `DE12: Name`, or as much of it as is here.
impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        let text = match (self.formatted_id(), name, self.reference()) {
            (Some(id), Some(name), _) => format!("{id}: {name}"),
            (Some(id), None, _) => id.to_owned(),
            (None, Some(name), _) => name.to_owned(),
            (None, None, Some(reference)) => reference.to_string(),
            (None, None, None) => self.type_name().to_owned(),
        };
        f.pad(&text)
    }
}

impl fmt::Debug for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Entity");
        if let Some(origin) = &self.0.origin {
            out.field("page", &(&origin.call.path, origin.start, origin.len));
        }
        out.field("ref", &self.reference().map(Ref::to_string)).field("fields", self.as_map()).finish()
    }
}

impl PartialEq for Entity {
    fn eq(&self, other: &Entity) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entity {}

impl PartialOrd for Entity {
    fn partial_cmp(&self, other: &Entity) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// By reference. An object without one is equal only to itself.
impl Ord for Entity {
    fn cmp(&self, other: &Entity) -> Ordering {
        let nameless = || Arc::as_ptr(&self.0).cmp(&Arc::as_ptr(&other.0));
        match (self.reference(), other.reference()) {
            (None, None) => nameless(),
            (mine, theirs) => mine.cmp(&theirs),
        }
    }
}

impl Hash for Entity {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self.reference() {
            Some(reference) => reference.hash(state),
            None => Arc::as_ptr(&self.0).hash(state),
        }
    }
}

impl serde::Serialize for Entity {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.record().json().serialize(serializer)
    }
}

/// Returns the JSON of the field with exactly this name, or null if it is not here. Never sends a request.
///
/// For comparisons and for code that works on JSON; a text prints in quotes. Use [`Entity::get`] to print and to
/// load what is missing.
impl Index<&str> for Entity {
    type Output = Value;

    fn index(&self, name: &str) -> &Value {
        self.record().get(name).unwrap_or(&Value::Null)
    }
}
