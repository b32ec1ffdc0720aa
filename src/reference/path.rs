//! A reference: its parts, how it prints and compares, and how it stands in JSON.

use super::forms::number;
use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// A reference to an object or to one of its collections: `/defect/12`, `/defect/12/Tags`.
///
/// Two references are equal if they name the same object or collection, whatever their host, version, letter case
/// or `.js`.
///
/// ```
/// use rally_wsapi::Ref;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// let long = Ref::parse("https://rally1.rallydev.com/slm/webservice/v2.0/Defect/12.js?fetch=Name")?;
/// assert_eq!(long, Ref::new("Defect", 12)?);
/// assert_eq!(long.to_string(), "/defect/12");
///
/// let tags = Ref::parse("/PortfolioItem/Feature/501/Tags")?;
/// assert_eq!((tags.type_path(), tags.id(), tags.object_id()), ("portfolioitem/feature", "501", Some(501)));
/// assert_eq!((tags.collection(), tags.path()), (Some("Tags"), "/portfolioitem/feature/501/Tags"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Ref {
    /// `/type/id` or `/type/id/Collection`; all but the collection is in lower case.
    pub(super) path: Box<str>,
    /// Where the id starts and ends in it.
    pub(super) id: (u16, u16),
}

impl Ref {
    fn part(&self, from: usize, to: usize) -> &str {
        self.path.get(from..to).unwrap_or_default()
    }

    /// Returns the type as in a URL: `defect`, `portfolioitem/feature`.
    pub fn type_path(&self) -> &str {
        self.part(1, usize::from(self.id.0).saturating_sub(1))
    }

    /// Returns the id as text: a number, a UUID or the compound id of a permission.
    pub fn id(&self) -> &str {
        self.part(self.id.0.into(), self.id.1.into())
    }

    /// Returns the id as a number; `None` for UUIDs and permissions.
    pub fn object_id(&self) -> Option<i64> {
        number(self.id())
    }

    /// Returns the collection as written; `None` for a reference to an object.
    pub fn collection(&self) -> Option<&str> {
        self.path.get(usize::from(self.id.1) + 1..)
    }

    /// Returns the path below the service: `/defect/12` or `/defect/12/Tags`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The cache key of the object, `defect/12`; for a collection, of the object that has it.
    pub(crate) fn key(&self) -> &str {
        self.part(1, self.id.1.into())
    }

    /// The characters that matter in comparisons.
    fn folded(&self) -> impl Iterator<Item = u8> + '_ {
        self.path.bytes().map(|b| b.to_ascii_lowercase())
    }
}

impl fmt::Display for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.path)
    }
}

impl fmt::Debug for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ref").field(&self.path).finish()
    }
}

impl PartialEq for Ref {
    fn eq(&self, other: &Ref) -> bool {
        self.path.eq_ignore_ascii_case(&other.path)
    }
}

impl Eq for Ref {}

impl Hash for Ref {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Type and id are in lower case and distinguish nearly all references; the collection may differ in case.
        self.key().hash(state);
    }
}

impl PartialOrd for Ref {
    fn partial_cmp(&self, other: &Ref) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ref {
    fn cmp(&self, other: &Ref) -> Ordering {
        self.folded().cmp(other.folded())
    }
}

/// Serializes as WSAPI expects references in fields: the relative path.
impl Serialize for Ref {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.path)
    }
}

/// Deserializes a reference from a text, or from an object of an answer by its `_ref`, as for an owner in a typed
/// row.
impl<'de> Deserialize<'de> for Ref {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Ref, D::Error> {
        deserializer.deserialize_any(RefVisitor)
    }
}

struct RefVisitor;

impl<'de> Visitor<'de> for RefVisitor {
    type Value = Ref;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a reference, or an object with one")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> std::result::Result<Ref, E> {
        Ref::parse(text).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Ref, A::Error> {
        let mut found = None;
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            match &*name {
                "_ref" => found = Some(map.next_value()?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        found.ok_or_else(|| A::Error::missing_field("_ref"))
    }
}
