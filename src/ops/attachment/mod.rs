//! Attachments of artifacts and test case results: create, list, read, delete.

mod attach;
mod download;
mod encode;
mod file_name;
mod new;
mod scan;

pub use self::new::NewAttachment;

use crate::call::Call;
use crate::catalog::Kind;
use crate::entity::Entity;
use crate::error::{Error, Result};
use crate::http::{Body, Method};
use crate::ops::place_of::members_of;
use crate::query::Query;
use crate::record::reference_of;
use crate::reference::Ref;
use crate::text::with_article;
use crate::write::answered;
use jiff::Timestamp;
use std::fmt;

/// An attachment of an artifact or a test case result. Its content is loaded on demand.
///
/// Two attachments are equal if they are the same object on the server; a common name does not make them equal.
///
/// # Examples
///
/// ```
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let defect = rally.find("DE1")?;
/// let attachments = defect.attachments()?;
/// let total = &attachments[0];
/// assert_eq!((total.name(), total.size(), total.content_type()), ("total.txt", Some(27), Some("text/plain")));
/// assert_eq!(total.bytes()?.len(), 27);
/// let mut copy = Vec::new();
/// assert_eq!(total.write_to(&mut copy)?, 27); // or save("a/path"), save_in("a/folder")
/// println!("{:?} {:?} {}", total.description(), total.created(), total.entity().get("User.Name")?);
///
/// total.delete()?;
/// assert!(defect.attachments()?.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Attachment {
    entity: Entity,
}

impl Attachment {
    /// Returns the file name, as `screen.png`. Several attachments may have the same name.
    pub fn name(&self) -> &str {
        self.entity.name().unwrap_or_default()
    }

    /// Returns the size in bytes that was given when the file was attached.
    pub fn size(&self) -> Option<u64> {
        self.entity["Size"].as_u64()
    }

    /// Returns the content type, as `image/png`.
    pub fn content_type(&self) -> Option<&str> {
        self.entity["ContentType"].as_str()
    }

    /// Returns the description; empty if there is none.
    pub fn description(&self) -> &str {
        self.entity["Description"].as_str().unwrap_or_default()
    }

    /// Returns when it was attached, if the server said so.
    pub fn created(&self) -> Option<Timestamp> {
        self.entity["CreationDate"].as_str()?.parse().ok()
    }

    /// Returns the attachment as an entity, with its other fields.
    pub fn entity(&self) -> &Entity {
        &self.entity
    }

    /// Deletes the attachment and its content.
    ///
    /// # Errors
    /// `NotFound` if it does not exist any more; any transport or server error. If the attachment was deleted and
    /// its content was not, the message says so and names the content.
    pub fn delete(&self) -> Result<()> {
        let reference = self.reference()?;
        let content = self.content()?;
        let session = &self.entity.catalog().session;
        let deleted = session.write(Method::Delete, &Call::new(reference.path()), Body::None, false)?;
        session.cache.drop_key(reference.key());
        let holders = ["Artifact", "TestCaseResult"].into_iter();
        for holder in holders.filter_map(|name| reference_of(self.entity[name].as_object()?)) {
            session.cache.drop_key(holder.key());
        }
        let Some(content) = content else { return Ok(()) };
        session.cache.drop_key(content.key());
        // The server may have deleted the content with the attachment, which is fine.
        deleted.then(|_| match session.write(Method::Delete, &Call::new(content.path()), Body::None, false) {
            Err(error) if !error.is_not_found() => Err(Error::new(
                error.kind().clone(),
                format!("the attachment `{self}` was deleted, its content {content} was not: {error}"),
            )
            .server(error.server_errors().to_vec())
            .after(error.attempts())),
            _ => Ok(()),
        })
    }

    fn reference(&self) -> Result<&Ref> {
        let missing = || Error::input(format!("the attachment `{self}` has no reference"));
        let reference = self.entity.reference().ok_or_else(missing)?;
        self.check(reference, "attachment").map(|()| reference)
    }

    /// Refuses a reference of another type: an answer must not make us delete something else or read it as a
    /// content.
    fn check(&self, reference: &Ref, type_path: &str) -> Result<()> {
        let asked = format!("the attachment `{self}`");
        answered::of_type(reference, &Kind::at(type_path)).map_err(|error| error.asked(asked))
    }

    fn content(&self) -> Result<Option<Ref>> {
        let content = self.entity.get("Content")?.reference();
        content.iter().try_for_each(|content| self.check(content, "attachmentcontent"))?;
        Ok(content)
    }
}

/// Writes the name.
impl fmt::Display for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Converts an `Attachment` entity that a query or an ObjectID gave.
impl TryFrom<Entity> for Attachment {
    type Error = Error;

    fn try_from(entity: Entity) -> Result<Attachment> {
        match entity.type_name().eq_ignore_ascii_case("Attachment") {
            true => Ok(Attachment { entity }),
            false => Err(Error::input(format!(
                "`{entity}` is {}, not an Attachment",
                with_article(entity.type_name())
            ))),
        }
    }
}

impl Entity {
    /// Returns the attachments. Several may have the same name.
    ///
    /// Sends no request where the row says that there are none. The rows of a page share one request, from the second
    /// row that asks on.
    ///
    /// See [`Attachment`](Attachment#examples) for an example.
    ///
    /// # Errors
    /// `Input` if objects of this type have no attachments; any transport or server error.
    #[doc(alias = "getAttachments")]
    pub fn attachments(&self) -> Result<Vec<Attachment>> {
        // No list of field names: it would hold at every depth, and `Content` would bring all the files.
        let rows = members_of(self, "Attachments", Query::fetch_all)?;
        Ok(rows.into_iter().map(|entity| Attachment { entity }).collect())
    }
}
