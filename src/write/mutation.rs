//! A write that is described but not sent, for `apply`, `preview` and `batch`.

use crate::error::{Error, Result};
use crate::query::{IntoFetch, fetch};
use crate::reference::{Id, IntoId};
use serde::Serialize;
use serde_json::Value;

/// A create, update or delete with its options. It holds no client and sends nothing.
///
/// [`Rally::create`](crate::Rally::create), `update` and `delete` are the short forms without options. A mistake is
/// reported where the mutation is used, before anything is sent.
///
/// ```
/// use rally_wsapi::Mutation;
/// use serde_json::json;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let story = Mutation::create("Story", json!({"Name": "Pay by card"})).rank_to_top().fetch("FormattedID,Name");
/// let story = rally.apply(story)?.into_entity()?;
///
/// rally.apply(Mutation::update("Story", "US1", json!({"Ready": true})).rank_below(&story))?;
/// rally.apply(Mutation::update("Story", "US2", json!({"Ready": true})).rank_above("US1"))?;
/// rally.apply(Mutation::update("Story", "US3", json!({"Ready": true})).rank_to_bottom())?;
/// // Parameters of the server:
/// rally.apply(Mutation::update("Story", "US3", json!({"Ready": true})).param("includePermissions", "true"))?;
/// rally.apply(Mutation::delete("Story", &story))?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a mutation does nothing until it is applied"]
pub struct Mutation {
    pub(super) action: Action,
    pub(super) type_name: String,
    pub(super) fields: Value,
    pub(super) params: Vec<(String, String)>,
    pub(super) fetch: Option<Vec<String>>,
    pub(super) rank: Option<Rank>,
    pub(super) fault: Option<Error>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Action {
    Create,
    Update(Id),
    Delete(Id),
}

impl Action {
    /// The object that is updated or deleted.
    pub(super) fn id(&self) -> Option<&Id> {
        match self {
            Action::Create => None,
            Action::Update(id) | Action::Delete(id) => Some(id),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Rank {
    Above(Id),
    Below(Id),
    Top,
    Bottom,
}

impl Mutation {
    /// Describes a new object of the type with these fields: anything that serializes to a JSON object.
    ///
    /// Names are element names or display names. Entities, references and `{"_ref": ..}` are values, alone or in
    /// lists; a project may be given by its path `A // B`. Workspace and project come from the handle's scope
    /// unless the fields have them.
    pub fn create(type_name: &str, fields: impl Serialize) -> Mutation {
        Mutation::new(type_name, Ok(Action::Create), fields)
    }

    /// Describes new values for some fields of an object; all others stay.
    pub fn update(type_name: &str, id: impl IntoId, fields: impl Serialize) -> Mutation {
        Mutation::new(type_name, id.into_id().map(Action::Update), fields)
    }

    /// Describes the deletion of an object. If its type can be restored, it goes to the recycle bin.
    pub fn delete(type_name: &str, id: impl IntoId) -> Mutation {
        Mutation::new(type_name, id.into_id().map(Action::Delete), ())
    }

    fn new(type_name: &str, action: Result<Action>, fields: impl Serialize) -> Mutation {
        let mut fault = None;
        let action = action.unwrap_or_else(|error| {
            fault = Some(error);
            Action::Create
        });
        let fields = serde_json::to_value(fields).unwrap_or_else(|e| {
            fault = Some(Error::input("the fields do not serialize to JSON").because(e));
            Value::Null
        });
        let type_name = type_name.to_owned();
        Mutation { action, type_name, fields, params: Vec::new(), fetch: None, rank: None, fault }
    }

    pub(super) fn is_delete(&self) -> bool {
        matches!(self.action, Action::Delete(_))
    }

    /// The workspace or project that the fields name.
    pub(super) fn place(&self, name: &str) -> Option<&str> {
        let fields = self.fields.as_object()?;
        let (_, value) = fields.iter().find(|(given, _)| given.trim().eq_ignore_ascii_case(name))?;
        value.as_str().or_else(|| value.get("_ref")?.as_str())
    }

    fn refuse(mut self, error: Error) -> Mutation {
        self.fault.get_or_insert(error);
        self
    }

    /// Returns only these fields after the write, as `"FormattedID,Name"`; by default all are returned.
    pub fn fetch(mut self, fields: impl IntoFetch) -> Mutation {
        if self.is_delete() {
            return self.refuse(Error::input("a delete gives no fields back"));
        }
        match fetch::checked(fields) {
            Ok(names) => {
                self.fetch.get_or_insert_default().extend(names);
                self
            }
            Err(error) => self.refuse(error),
        }
    }

    /// Adds a server parameter to the request.
    pub fn param(mut self, name: &str, value: impl Into<String>) -> Mutation {
        let own = [("key", "the token is added where it is needed"), ("fetch", "use `fetch`")];
        if let Some((name, why)) = own.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)) {
            return self.refuse(Error::input(format!("the parameter `{name}` is the client's: {why}")));
        }
        if name.trim().is_empty() {
            return self.refuse(Error::input("a parameter without a name"));
        }
        self.params.push((name.to_owned(), value.into()));
        self
    }

    /// Ranks the object directly above another one.
    pub fn rank_above(self, other: impl IntoId) -> Mutation {
        self.rank(other.into_id().map(Rank::Above))
    }

    /// Ranks the object directly below another one.
    pub fn rank_below(self, other: impl IntoId) -> Mutation {
        self.rank(other.into_id().map(Rank::Below))
    }

    /// Ranks the object above all others.
    pub fn rank_to_top(self) -> Mutation {
        self.rank(Ok(Rank::Top))
    }

    /// Ranks the object below all others.
    pub fn rank_to_bottom(self) -> Mutation {
        self.rank(Ok(Rank::Bottom))
    }

    fn rank(mut self, rank: Result<Rank>) -> Mutation {
        if self.is_delete() {
            return self.refuse(Error::input("what is deleted has no rank"));
        }
        match rank {
            Err(error) => self.refuse(error),
            Ok(rank) if self.rank.as_ref().is_some_and(|r| *r != rank) => {
                self.refuse(Error::input("two ranks for one object"))
            }
            Ok(rank) => {
                self.rank = Some(rank);
                self
            }
        }
    }
}
