//! Create, update, delete, copy and rank, one object at a time.

use super::answered;
use super::mutation::Mutation;
use super::outcome::{Outcome, drop_cached, outcome};
use super::prepare::prepare;
use crate::call::Call;
use crate::entity::Entity;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Body, Method};
use crate::rally::Rally;
use crate::record::Record;
use crate::reference::{IntoId, Ref};
use serde::Serialize;
use serde_json::{Value, json};

impl Rally {
    /// Creates an object and returns it whole, with its FormattedID.
    ///
    /// Sends one request if all field names are standard.
    ///
    /// Fields that refer to objects take a reference, ObjectID, FormattedID, e-mail address or name: one query per
    /// type resolves all of a call before anything is written. If several objects match, the one in the item's
    /// project is taken, otherwise the one in the nearest project above it.
    ///
    /// The fields are anything that serializes to a JSON object, as for [`Mutation::create`]. Whether a required
    /// field is missing is for the server to decide, which alone knows its defaults; its message comes complete,
    /// line by line in [`Error::server_errors`]. [`Rally::preview`] lists beforehand what the type requires
    /// ([`Preview::missing`](crate::Preview::missing)).
    ///
    /// ```
    /// use serde_json::json;
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let defect = rally.create("Defect", json!({"Name": "Total is wrong", "Severity": "Cosmetic"}))?;
    /// assert_eq!(defect.get("State")?, "Submitted"); // set by the server
    /// let task = rally.create("Task", json!({"Name": "Compute it again", "WorkProduct": defect}))?;
    /// assert_eq!(task.get("WorkProduct.Name")?, "Total is wrong");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Input` or `UnknownName` for invalid fields; `NotFound` or `Ambiguous` for names of objects; `Server` with
    /// all its lines if the server refuses; any transport or server error. If [`Error::may_have_acted`], look
    /// before you repeat it.
    pub fn create(&self, type_name: &str, fields: impl Serialize) -> Result<Entity> {
        self.apply(Mutation::create(type_name, fields))?.into_entity()
    }

    /// Changes the given fields of an object and returns it whole.
    ///
    /// Sends one request, two by FormattedID.
    ///
    /// A FormattedID is looked up in all projects of the handle's workspace.
    ///
    /// ```
    /// use serde_json::json;
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let owner = rally.find_user("bo@sandbox.example")?;
    /// let defect = rally.update("Defect", "DE1", json!({"Owner": owner, "Risk / Reward %": 9}))?;
    /// assert_eq!((defect["c_RiskReward"].as_i64(), defect.get("Owner.FirstName")?.as_str()), (Some(9), Some("Bo")));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `NotFound` if the object does not exist; as [`Rally::create`].
    pub fn update(&self, type_name: &str, id: impl IntoId, fields: impl Serialize) -> Result<Entity> {
        self.apply(Mutation::update(type_name, id, fields))?.into_entity()
    }

    /// Deletes an object. If its type can be restored, it goes to the recycle bin.
    ///
    /// The server may still be working when this returns: a read shortly after may find the object.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// rally.delete("Task", "TA1")?;
    /// assert!(rally.find("TA1").unwrap_err().is_not_found());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `NotFound` if the object does not exist; as [`Rally::create`].
    pub fn delete(&self, type_name: &str, id: impl IntoId) -> Result<()> {
        self.apply(Mutation::delete(type_name, id)).map(drop)
    }

    /// Sends a write with its options.
    ///
    /// ```
    /// use rally_wsapi::Mutation;
    /// use serde_json::json;
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let write = Mutation::update("Defect", "DE1", json!({"State": "Fixed"})).fetch("State");
    /// let outcome = rally.apply(write)?;
    /// assert_eq!(outcome.entity().unwrap()["State"], "Fixed");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Rally::create`] and [`Rally::update`].
    pub fn apply(&self, mutation: Mutation) -> Result<Outcome> {
        let prepared = prepare(self, &mutation)?;
        let session = &self.catalog.session;
        let bytes = prepared.body.as_ref().map(|body| body.to_string().into_bytes());
        let body = bytes.as_deref().map_or(Body::None, Body::Json);
        let written = session.write(prepared.method, &prepared.call(), body, prepared.fetch.is_none());
        if let Some(reference) = &prepared.reference {
            drop_cached(session, reference);
        }
        // The answer does not contain the object, so read it.
        let unshown = |written: &Ref| session.item(&Call::new(written.path()));
        written?.then(|written| outcome(self, &prepared, written, unshown))
    }
}

impl Entity {
    /// Changes the given fields of this object and returns it as it is now; this entity stays unchanged.
    ///
    /// ```
    /// use serde_json::json;
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let defect = rally.find("DE1")?;
    /// let fixed = defect.update(json!({"State": "Fixed"}))?;
    /// assert_eq!((defect.get("State")?.as_str(), fixed.get("State")?.as_str()), (Some("Open"), Some("Fixed")));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Rally::update`].
    pub fn update(&self, fields: impl Serialize) -> Result<Entity> {
        self.apply(|type_name, reference| Mutation::update(type_name, reference, fields))?.into_entity()
    }

    /// Changes the given fields only if nothing else has written the object since this entity was read. Sends two
    /// requests.
    ///
    /// The server has no conditional write: versions are compared first, and a write by others in the short time
    /// between is noticed only if the server itself notices it.
    ///
    /// ```
    /// use rally_wsapi::ErrorKind;
    /// use serde_json::json;
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let mine = rally.find("DE1")?;
    /// rally.update("Defect", "DE1", json!({"Name": "What others wrote"}))?;
    /// let error = mine.update_if_unchanged(json!({"Name": "Mine"})).unwrap_err();
    /// assert!(matches!(error.kind(), ErrorKind::Conflict { .. }));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Conflict` with both versions if the object has changed; `Input` if this entity was read without its version
    /// (fetched names and whole objects include it); as [`Rally::update`].
    pub fn update_if_unchanged(&self, fields: impl Serialize) -> Result<Entity> {
        let reference = self.required_reference()?;
        let Some(held) = version(self.record()) else {
            return Err(Error::input(format!("`{self}` was read without its version"))
                .remedy("fetch `VersionId` with it, or `refresh` it first"));
        };
        let call = Call::new(reference.path()).param("fetch", "VersionId");
        let now = self.catalog().session.item(&call)?;
        let current = version(&now).ok_or_else(|| {
            Error::new(ErrorKind::Value, format!("the server does not send the version of {reference}"))
        })?;
        match held == current {
            true => self.update(fields),
            false => {
                let message = format!("{self} was read as version {held}, and is version {current} by now");
                let kind = ErrorKind::Conflict { held: Some(held), current: Some(current) };
                Err(Error::new(kind, message).remedy("`refresh` it and decide again"))
            }
        }
    }

    /// Deletes this object, like [`Rally::delete`].
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let task = rally.find("TA1")?;
    /// task.delete()?;
    /// assert!(task.refresh().unwrap_err().is_not_found());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Rally::delete`].
    pub fn delete(&self) -> Result<()> {
        self.apply(|type_name, reference| Mutation::delete(type_name, reference)).map(drop)
    }

    /// Makes the server copy this object, and returns the copy.
    ///
    /// Servers offer it for stories, defects, tasks, test cases, test sets, test folders, risks and portfolio
    /// items. They decide what is copied along (children, tasks, attachments).
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let copy = rally.find("DE1")?.copy()?;
    /// assert_eq!(copy.get("Name")?, "(Copy of) Total is off by one cent"); // named by the server
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Server` if the server cannot copy objects of the type; as [`Entity::update`].
    pub fn copy(&self) -> Result<Entity> {
        let reference = self.required_reference()?;
        let call = Call::new(format!("{}/copy", reference.path()));
        let session = &self.catalog().session;
        let written = session.write(Method::Post, &call, Body::Json(b"{}"), true)?;
        // The original may count its copies or list them.
        drop_cached(session, reference);
        written.then(|written| {
            let copy = written.object.filter(|copy| copy.reference().is_some_and(|r| r != reference));
            let missing = "the server does not say which object is the copy";
            let copy = answered::made(copy, reference.type_path(), missing)?;
            Ok(Entity::new(self.catalog().clone(), copy, None))
        })
    }

    /// Ranks this object directly above another one, and returns it as it is now.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let (first, second) = (rally.find("DE1")?, rally.find("DE2")?);
    /// let second = second.rank_above(&first)?;
    /// assert!(second["DragAndDropRank"].as_str() < first["DragAndDropRank"].as_str());
    /// second.rank_below("DE1")?;
    /// first.rank_to_bottom()?;
    /// second.rank_to_top()?;
    /// let top = rally.query("Defect").order("DragAndDropRank").first()?;
    /// assert_eq!(top, Some(second));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Input`, without a request, for types that have no rank; as [`Entity::update`].
    #[doc(alias = "rankAbove")]
    pub fn rank_above(&self, other: impl IntoId) -> Result<Entity> {
        self.rank(|mutation| mutation.rank_above(other))
    }

    /// Ranks this object directly below another one, and returns it as it is now.
    ///
    /// See [`Entity::rank_above`] for an example.
    ///
    /// # Errors
    /// As [`Entity::rank_above`].
    #[doc(alias = "rankBelow")]
    pub fn rank_below(&self, other: impl IntoId) -> Result<Entity> {
        self.rank(|mutation| mutation.rank_below(other))
    }

    /// Ranks this object above all others, and returns it as it is now.
    ///
    /// See [`Entity::rank_above`] for an example.
    ///
    /// # Errors
    /// As [`Entity::rank_above`].
    #[doc(alias = "rankToTop")]
    pub fn rank_to_top(&self) -> Result<Entity> {
        self.rank(Mutation::rank_to_top)
    }

    /// Ranks this object below all others, and returns it as it is now.
    ///
    /// See [`Entity::rank_above`] for an example.
    ///
    /// # Errors
    /// As [`Entity::rank_above`].
    #[doc(alias = "rankToBottom")]
    pub fn rank_to_bottom(&self) -> Result<Entity> {
        self.rank(Mutation::rank_to_bottom)
    }

    fn rank(&self, place: impl FnOnce(Mutation) -> Mutation) -> Result<Entity> {
        self.apply(|type_name, reference| place(Mutation::update(type_name, reference, json!({}))))?
            .into_entity()
    }

    /// Sends a write for this object.
    fn apply(&self, mutation: impl FnOnce(&str, &Ref) -> Mutation) -> Result<Outcome> {
        let reference = self.required_reference()?;
        self.handle().apply(mutation(reference.type_path(), reference))
    }

    /// Returns a handle on the workspace of this object, in which names are looked up.
    pub(super) fn handle(&self) -> Rally {
        Rally { catalog: self.catalog().clone(), scope: self.scope() }
    }

    pub(super) fn required_reference(&self) -> Result<&Ref> {
        self.reference()
            .ok_or_else(|| Error::input(format!("`{self}` has no reference, so it cannot be written")))
    }
}

/// `_objectVersion`, which is a text, or the equal `VersionId`.
fn version(record: &Record) -> Option<String> {
    let text = |name: &str| match record.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    text("_objectVersion").or_else(|| text("VersionId"))
}
