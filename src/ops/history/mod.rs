//! The history of an object: its revisions, and the changes that their texts describe.

mod parse;

use crate::entity::Entity;
use crate::error::Result;
use crate::ops::place_of::{lacks, members_of, own};
use jiff::Timestamp;
use std::fmt;

/// A revision of an object. Prints as `3 2026-05-18T03:59:59.000Z Ann: STATE changed from [Open] to [Closed]`.
///
/// ```
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let revisions = rally.find("DE1")?.revisions()?;
/// let opened = &revisions[1];
/// assert_eq!((opened.number(), opened.who()), (1, "Ann Keeper"));
/// assert_eq!(opened.text(), "STATE changed from [Submitted] to [Open], OWNER added [Ann Keeper]");
/// assert_eq!((opened.changes().len(), opened.created().unwrap().to_string()), (2, "2026-04-02T11:30:00Z".to_owned()));
/// println!("{}", opened.entity().get("User.EmailAddress")?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Revision {
    entity: Entity,
}

impl Revision {
    /// Returns its number; the first revision of an object is 0.
    pub fn number(&self) -> i64 {
        self.entity["RevisionNumber"].as_i64().unwrap_or_default()
    }

    /// Returns when it was made, if the server said so.
    #[doc(alias = "when")]
    pub fn created(&self) -> Option<Timestamp> {
        self.entity["CreationDate"].as_str()?.parse().ok()
    }

    /// Returns the name of the user who made it; empty if the server did not give one.
    pub fn who(&self) -> &str {
        let user = &self.entity["User"];
        ["_refObjectName", "DisplayName"].iter().find_map(|key| user[*key].as_str()).unwrap_or_default()
    }

    /// Returns the server's description of what was done.
    pub fn text(&self) -> &str {
        self.entity["Description"].as_str().unwrap_or_default()
    }

    /// Returns the changes that the text describes, in order; a part in an unknown form becomes a change with text
    /// only.
    pub fn changes(&self) -> Vec<FieldChange> {
        let own = |text: Option<&str>| text.map(str::to_owned);
        let told = parse::parse(self.text()).into_iter();
        told.map(|part| FieldChange {
            revision: self.clone(),
            text: part.text.to_owned(),
            field: own(part.field),
            old: own(part.old),
            new: own(part.new),
        })
        .collect()
    }

    /// Returns the revision as an entity, with its other fields.
    pub fn entity(&self) -> &Entity {
        &self.entity
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let when = self.created().map(|when| format!(" {when:.3}")).unwrap_or_default();
        write!(f, "{}{when} {}: {}", self.number(), self.who(), self.text())
    }
}

/// A change of one field, parsed from the text of a revision.
///
/// The server does not escape values: one that looks like the end of a change and the start of the next is read as
/// such. [`FieldChange::text`] has the original words.
///
/// ```
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let history = rally.find("DE1")?.history()?;
/// let opened = history.iter().find(|change| change.is_of("State")).unwrap();
/// assert_eq!((opened.before(), opened.after()), (Some("Submitted"), Some("Open")));
/// assert_eq!((opened.field(), opened.revision().who()), (Some("STATE"), "Ann Keeper"));
/// assert_eq!(opened.text(), "STATE changed from [Submitted] to [Open]");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    revision: Revision,
    text: String,
    field: Option<String>,
    old: Option<String>,
    new: Option<String>,
}

impl FieldChange {
    /// Returns the revision it belongs to.
    pub fn revision(&self) -> &Revision {
        &self.revision
    }

    /// Returns the server's words, as `STATE changed from [Open] to [Closed]`.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the field as the server writes it, as `SCHEDULE STATE`; `None` if the text has an unknown form.
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// `true` if it changes this field, in any spelling: `ScheduleState`, `Schedule State`, `c_SeverityScore`.
    pub fn is_of(&self, field: &str) -> bool {
        let plain = |text: &str| -> String {
            text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
        };
        let wanted = plain(field.strip_prefix("c_").unwrap_or(field));
        self.field.as_deref().is_some_and(|field| plain(field) == wanted)
    }

    /// Returns the old value; `None` if a value was added.
    pub fn before(&self) -> Option<&str> {
        self.old.as_deref()
    }

    /// Returns the new value; `None` if a value was removed.
    pub fn after(&self) -> Option<&str> {
        self.new.as_deref()
    }
}

/// Writes the server's words.
impl fmt::Display for FieldChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl Entity {
    /// Returns the revisions, oldest first.
    ///
    /// Sends one request if the revision history is known, otherwise two. The rows of a page share one request, from
    /// the second row that asks on.
    ///
    /// See [`Revision`] for an example.
    ///
    /// # Errors
    /// `Input` if objects of this type have no history; any transport or server error.
    pub fn revisions(&self) -> Result<Vec<Revision>> {
        let history = own(self, "RevisionHistory")?.filter(|history| !history.is_null());
        let history = history.ok_or_else(|| lacks(self, "RevisionHistory"))?.entity()?;
        let fetch = "RevisionNumber,CreationDate,User,Description";
        let rows = members_of(&history, "Revisions", |query| query.fetch(fetch))?;
        let mut revisions: Vec<Revision> = rows.into_iter().map(|entity| Revision { entity }).collect();
        // The server guarantees no order.
        revisions.sort_by_key(|revision| (revision.number(), revision.entity.object_id()));
        Ok(revisions)
    }

    /// Returns all changes of all revisions, oldest first.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// for change in rally.find("DE1")?.history()?.iter().filter(|change| change.is_of("State")) {
    ///     println!("{:?} -> {:?}", change.before(), change.after());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Entity::revisions`].
    #[doc(alias = "Revisions")]
    pub fn history(&self) -> Result<Vec<FieldChange>> {
        Ok(self.revisions()?.iter().flat_map(Revision::changes).collect())
    }
}
