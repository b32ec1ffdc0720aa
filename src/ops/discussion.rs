//! The discussion of an artifact: reads its posts and writes new ones.

use super::place_of::{call_in, members_of, workspace_of};
use crate::entity::Entity;
use crate::error::{Error, Result};
use crate::http::{Body, Method};
use crate::write::answered;
use jiff::Timestamp;
use serde_json::json;
use std::fmt;

/// A post of a discussion. Prints as its text.
///
/// ```
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let defect = rally.find("DE1")?;
/// defect.post("Fixed in <b>1.2</b>")?;
/// let posts = defect.discussion()?;
/// let (first, last) = (&posts[0], &posts[2]);
/// assert_eq!((first.number(), first.who()), (Some(0), "Bo Åström"));
/// assert_eq!(first.text(), "<p>Seen on <b>two</b> tills.</p>");
/// assert_eq!(first.created().unwrap().to_string(), "2026-04-02T09:05:00Z");
/// assert_eq!(last.entity().get("User.EmailAddress")?, "ann@sandbox.example");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Post {
    entity: Entity,
}

impl Post {
    /// Returns the text, as HTML.
    pub fn text(&self) -> &str {
        self.entity["Text"].as_str().unwrap_or_default()
    }

    /// Returns its number in the discussion, if the server said so.
    pub fn number(&self) -> Option<i64> {
        self.entity["PostNumber"].as_i64()
    }

    /// Returns the author's name; empty if the server did not give one.
    pub fn who(&self) -> &str {
        let user = &self.entity["User"];
        ["_refObjectName", "DisplayName"].iter().find_map(|key| user[*key].as_str()).unwrap_or_default()
    }

    /// Returns when it was written, if the server said so.
    #[doc(alias = "when")]
    pub fn created(&self) -> Option<Timestamp> {
        self.entity["CreationDate"].as_str()?.parse().ok()
    }

    /// Returns the post as an entity, with its other fields.
    pub fn entity(&self) -> &Entity {
        &self.entity
    }
}

impl fmt::Display for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text())
    }
}

impl Entity {
    /// Returns the posts of the discussion, oldest first.
    ///
    /// Sends no request where the row says that there are none. The rows of a page share one request, from the second
    /// row that asks on.
    ///
    /// See [`Post`] for an example.
    ///
    /// # Errors
    /// `Input` if objects of this type have no discussion; any transport or server error.
    pub fn discussion(&self) -> Result<Vec<Post>> {
        let rows = members_of(self, "Discussion", |query| query.fetch("Text,PostNumber,CreationDate,User"))?;
        let mut posts: Vec<Post> = rows.into_iter().map(|entity| Post { entity }).collect();
        posts.sort_by_key(|post| (post.number(), post.created(), post.entity.object_id()));
        Ok(posts)
    }

    /// Writes a post to the discussion. The text is HTML: escape literal `<`, `>` and `&`.
    ///
    /// Sends one request if the object's workspace is known.
    ///
    /// See [`Post`] for an example.
    ///
    /// # Errors
    /// `Input` for an empty text or a type without discussion; any transport or server error.
    pub fn post(&self, text: impl AsRef<str>) -> Result<Post> {
        let text = text.as_ref();
        if text.trim().is_empty() {
            return Err(Error::input(format!("an empty post to {self}")));
        }
        let missing = || Error::input(format!("`{self}` has no reference to write a post to"));
        let artifact = self.reference().ok_or_else(missing)?;
        let call = call_in(workspace_of(self)?.as_ref(), "/conversationpost/create");
        let body = json!({"ConversationPost": {"Artifact": artifact.path(), "Text": text}}).to_string();
        let session = &self.catalog().session;
        let written = session.write(Method::Post, &call, Body::Json(body.as_bytes()), true)?;
        session.cache.drop_key(artifact.key());
        written.then(|written| {
            let missing = "the answer does not hold the post";
            let record = answered::made(written.object, "conversationpost", missing)?;
            Ok(Post { entity: Entity::new(self.catalog().clone(), record, None) })
        })
    }
}
