//! Fields set one by one, and sent together.

use crate::entity::Entity;
use crate::error::{Error, Result};
use serde::Serialize;
use serde_json::{Map, Value};

/// What is to become of an object: fields set here, not yet on the server. From [`Entity::edit`].
///
/// Setting sends nothing, and the entity stays as it was read. [`Edit::save`] sends what was set, and no more.
///
/// ```
/// # use rally_wsapi::{Result, sandbox::Sandbox};
/// # fn main() -> Result<()> {
/// # let sandbox = Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let mut edit = rally.find("DE1")?.edit();
/// edit.set("State", "Fixed");
/// if edit.get("Severity") == "Major Problem" {
///     edit.set("Priority", "Resolve Immediately");
/// }
/// assert_eq!(edit.changes().len(), 2);
/// assert_eq!(edit.entity()["State"], "Open"); // as it was read
/// let defect = edit.save()?; // one request
///
/// let mut edit = defect.edit();
/// edit.set("State", "Closed");
/// let defect = edit.save_if_unchanged()?; // two requests: has anybody else written it since?
/// assert_eq!(defect.get("State")?, "Closed");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "an edit does nothing until it is saved"]
pub struct Edit {
    entity: Entity,
    set: Map<String, Value>,
    fault: Option<Error>,
}

impl Entity {
    /// Begins to change fields of this object, one by one. Sends nothing.
    ///
    /// See [`Edit`] for an example.
    pub fn edit(&self) -> Edit {
        Edit { entity: self.clone(), set: Map::new(), fault: None }
    }
}

impl Edit {
    /// Sets a field: whatever serializes, an entity or a reference too; `None` clears it. Set again, the last one counts.
    ///
    /// A value that does not serialize comes out as the error of [`Edit::save`]; so does a name that is none.
    pub fn set(&mut self, name: &str, value: impl Serialize) -> &mut Edit {
        match serde_json::to_value(value) {
            Ok(value) => {
                self.set.insert(self.resolved(name), value);
            }
            Err(e) => {
                let error = Error::input(format!("the value for `{name}` is no JSON")).because(e);
                self.fault.get_or_insert(error);
            }
        }
        self
    }

    /// The value set here, or else the one the object was read with; null where it has none at hand. Never a request:
    /// no dots, and what was not fetched is not here.
    pub fn get(&self, name: &str) -> &Value {
        let name = self.resolved(name);
        self.set.get(&name).unwrap_or_else(|| &self.entity[name.as_str()])
    }

    /// What was set, under the names it is sent by, where those are known without asking.
    pub fn changes(&self) -> &Map<String, Value> {
        &self.set
    }

    /// The object as it was read.
    pub fn entity(&self) -> &Entity {
        &self.entity
    }

    /// Sends what was set, and gives the object as it is now. Where nothing was set nothing is sent, and the object
    /// comes back as it was read.
    ///
    /// # Errors
    /// As [`Entity::update`].
    pub fn save(&self) -> Result<Entity> {
        self.saved(Entity::update)
    }

    /// The same, if nobody has written the object since it was read. Two requests, none where nothing was set.
    ///
    /// # Errors
    /// As [`Entity::update_if_unchanged`].
    pub fn save_if_unchanged(&self) -> Result<Entity> {
        self.saved(Entity::update_if_unchanged)
    }

    fn saved<'s>(
        &'s self,
        update: impl FnOnce(&Entity, &'s Map<String, Value>) -> Result<Entity>,
    ) -> Result<Entity> {
        match &self.fault {
            Some(fault) => Err(fault.clone()),
            None if self.set.is_empty() => Ok(self.entity.clone()),
            None => update(&self.entity, &self.set),
        }
    }

    /// The element name, where it is known at hand; two spellings of one name are one field.
    fn resolved(&self, name: &str) -> String {
        let name = name.trim();
        let known =
            self.entity.catalog().known_attribute(&self.entity.scope(), self.entity.type_name(), name);
        known.map_or_else(|| name.to_owned(), |known| known.into_owned())
    }
}
