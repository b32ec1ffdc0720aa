//! The ids that people use, recognised by their form.

use super::forms::{is_formatted_id, is_uuid, number};
use super::parse::SHOWN;
use super::{Ref, browser};
use crate::error::{Error, Result};
use crate::text::shorten;
use std::fmt;
use std::str::FromStr;

/// Any id of an object: ObjectID, FormattedID, UUID or reference.
///
/// Of a browser URL or a reference only the path matters, not the host: requests go to the client's own server.
///
/// ```
/// use rally_wsapi::Id;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// assert_eq!("de12".parse::<Id>()?, Id::FormattedId("DE12".to_owned()));
/// assert_eq!("701".parse::<Id>()?, Id::ObjectId(701));
/// assert!(matches!("/defect/701".parse::<Id>()?, Id::Ref(_)));
/// let copied: Id = "https://rally1.rallydev.com/#/101d/detail/defect/701".parse()?; // from the browser
/// assert_eq!(copied, "/defect/701".parse()?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Id {
    /// The number in its reference.
    ObjectId(i64),
    /// What Rally's pages show, as `DE12`, in upper case.
    FormattedId(String),
    /// A UUID, with or without dashes, in lower case.
    Uuid(String),
    /// A full reference.
    Ref(Ref),
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Id::ObjectId(number) => fmt::Display::fmt(number, f),
            Id::FormattedId(text) | Id::Uuid(text) => f.pad(text),
            Id::Ref(reference) => fmt::Display::fmt(reference, f),
        }
    }
}

impl FromStr for Id {
    type Err = Error;

    fn from_str(text: &str) -> Result<Id> {
        let id = text.trim();
        if let Some(number) = number(id) {
            return Ok(Id::ObjectId(number));
        }
        // Before FormattedIDs: a UUID without dashes may look like one.
        if is_uuid(id) {
            return Ok(Id::Uuid(id.to_ascii_lowercase()));
        }
        if is_formatted_id(id) {
            return Ok(Id::FormattedId(id.to_ascii_uppercase()));
        }
        if let Some(reference) = Ref::read(id) {
            return Ok(Id::Ref(reference));
        }
        browser::read(id).unwrap_or_else(|| {
            Err(Error::input(format!("`{}` is not an id", shorten(text, SHOWN))).remedy(
                "accepted are an ObjectID (`12`), a FormattedID (`DE12`), a UUID, a reference (`/defect/12`) and the \
                 address of the object's page (`https://host/#/detail/defect/12`)",
            ))
        })
    }
}

/// Types that can be passed as an id: numbers, text, references and entities.
///
/// ```
/// use rally_wsapi::IntoId;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// # let project = rally.find("DE1")?.get("Project")?.entity()?;
/// rally.get("Defect", 701)?; // an ObjectID
/// rally.get("Defect", "DE1")?; // text: a FormattedID, an ObjectID, a UUID, a reference or a browser URL
/// rally.get("Project", &project)?; // an entity
/// assert_eq!(701.into_id()?, "701".into_id()?);
/// # Ok(())
/// # }
/// ```
pub trait IntoId: crate::sealed::Sealed {
    /// Converts it to an id.
    ///
    /// # Errors
    /// `Input` for a text that is not an id.
    fn into_id(self) -> Result<Id>;
}

impl crate::sealed::Sealed for Ref {}
impl crate::sealed::Sealed for &Ref {}
impl crate::sealed::Sealed for Id {}
impl crate::sealed::Sealed for &Id {}

macro_rules! into_id {
    ($($(#[$doc:meta])* $self:ident: $kind:ty => $id:expr),* $(,)?) => {$(
        $(#[$doc])*
        impl IntoId for $kind {
            fn into_id($self) -> Result<Id> {
                $id
            }
        }
    )*};
}

into_id! {
    self: i64 => Ok(Id::ObjectId(self)),
    self: i32 => Ok(Id::ObjectId(self.into())),
    self: u32 => Ok(Id::ObjectId(self.into())),
    self: u64 => match i64::try_from(self) {
        Ok(number) => Ok(Id::ObjectId(number)),
        Err(e) => Err(Error::input(format!("`{self}` is too large for an ObjectID")).because(e)),
    },
    self: &str => self.parse(),
    /// For loops over a list of ids.
    self: &&str => self.parse(),
    self: String => self.parse(),
    self: &String => self.parse(),
    self: Ref => Ok(Id::Ref(self)),
    self: &Ref => Ok(Id::Ref(self.clone())),
    self: Id => Ok(self),
    self: &Id => Ok(self.clone()),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_told_apart() {
        let id = |text: &str| text.into_id().unwrap();
        assert_eq!(id("12"), Id::ObjectId(12));
        assert_eq!(id("-51038"), Id::ObjectId(-51_038));
        assert_eq!(id(" de12 "), Id::FormattedId("DE12".into()));
        assert_eq!(
            id("A1234567890123456789012345678901"),
            Id::Uuid("a1234567890123456789012345678901".into())
        );
        assert_eq!(
            id("76DE2093-5f8d-403d-a2db-fcec9c5c7079"),
            Id::Uuid("76de2093-5f8d-403d-a2db-fcec9c5c7079".into())
        );
        assert_eq!(id("/defect/12"), Id::Ref(Ref::new("defect", 12).unwrap()));
        assert_eq!(5_u64.into_id().unwrap(), 5_i32.into_id().unwrap());
        assert!(u64::MAX.into_id().is_err());
        for text in ["", "DE", "DE 12", "ABCDEF12", "null", "1.5", "DE12x"] {
            let message = text.into_id().unwrap_err().to_string();
            assert!(message.contains("FormattedID"), "{message}");
        }
    }
}
