//! What happened to an object: its revisions, and the changes their texts tell of.

mod parse;

use crate::entity::Entity;
use crate::error::Result;
use crate::ops::place_of::{lacks, own};
use crate::query::Query;
use crate::reference::Ref;
use jiff::Timestamp;
use std::fmt;

/// One revision of an object. Prints as `3 2026-05-18T03:59:59.000Z Ann: STATE changed from [Open] to [Closed]`.
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
    /// Its number; the first of an object is 0.
    pub fn number(&self) -> i64 {
        self.entity["RevisionNumber"].as_i64().unwrap_or_default()
    }

    /// When it was made, if the server said so.
    #[doc(alias = "when")]
    pub fn created(&self) -> Option<Timestamp> {
        self.entity["CreationDate"].as_str()?.parse().ok()
    }

    /// Who made it; empty where the server did not say.
    pub fn who(&self) -> &str {
        let user = &self.entity["User"];
        ["_refObjectName", "DisplayName"].iter().find_map(|key| user[*key].as_str()).unwrap_or_default()
    }

    /// What the server says was done.
    pub fn text(&self) -> &str {
        self.entity["Description"].as_str().unwrap_or_default()
    }

    /// The changes the text tells of, in its order; what cannot be read as a change is one of text alone.
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

    /// The revision as an object, with its other fields.
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

/// One change of one field, as the text of a revision tells it.
///
/// The server writes no escapes: a value that itself reads like the end of one change and the beginning of the next
/// is taken for that. The words of the server stay in [`FieldChange::text`].
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
    /// The revision it is of.
    pub fn revision(&self) -> &Revision {
        &self.revision
    }

    /// The server's words, as `STATE changed from [Open] to [Closed]`.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The field as the server writes it, as `SCHEDULE STATE`; `None` where the words are of another form.
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// Whether it is a change of this field: `ScheduleState`, `Schedule State` and `c_SeverityScore` will do.
    pub fn is_of(&self, field: &str) -> bool {
        let plain = |text: &str| -> String {
            text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
        };
        let wanted = plain(field.strip_prefix("c_").unwrap_or(field));
        self.field.as_deref().is_some_and(|field| plain(field) == wanted)
    }

    /// The value before; `None` where one was added.
    pub fn before(&self) -> Option<&str> {
        self.old.as_deref()
    }

    /// The value after; `None` where one was removed.
    pub fn after(&self) -> Option<&str> {
        self.new.as_deref()
    }
}

/// The server's words.
impl fmt::Display for FieldChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl Entity {
    /// The revisions, the oldest first. One request where the revision history is known, else two.
    ///
    /// See [`Revision`] for an example.
    ///
    /// # Errors
    /// `Input` where objects of this type have no history; else what stands in the way of the requests.
    pub fn revisions(&self) -> Result<Vec<Revision>> {
        let history = own(self, "RevisionHistory")?.and_then(|history| history.reference());
        let history = history.ok_or_else(|| lacks(self, "RevisionHistory"))?;
        let collection = Ref::parse(&format!("{}/Revisions", history.path()))?;
        let query = Query::of_collection(self.catalog().clone(), collection);
        let rows = query.fetch("RevisionNumber,CreationDate,User,Description");
        let mut revisions =
            rows.into_iter().map(|row| row.map(|entity| Revision { entity })).collect::<Result<Vec<_>>>()?;
        // Neither way round is certain on the wire.
        revisions.sort_by_key(|revision| (revision.number(), revision.entity.object_id()));
        Ok(revisions)
    }

    /// All changes of all revisions, the oldest first.
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
