//! Fields set one by one, and saved together.

use crate::entity::Entity;
use crate::error::{Error, Result};
use serde::Serialize;
use serde_json::{Map, Value};

/// Changes to an object that are not on the server yet. From [`Entity::edit`].
///
/// Setting a field sends nothing and leaves the entity unchanged. [`Edit::save`] sends only the fields that were
/// set.
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
    /// Begins to change fields of this object. Sends nothing.
    ///
    /// See [`Edit`] for an example.
    pub fn edit(&self) -> Edit {
        Edit { entity: self.clone(), set: Map::new(), fault: None }
    }
}

impl Edit {
    /// Sets a field to anything that serializes, an entity or a reference included; `None` clears it. The last
    /// value of a field counts.
    ///
    /// A value that does not serialize, or an invalid name, is the error of [`Edit::save`].
    pub fn set(&mut self, name: &str, value: impl Serialize) -> &mut Edit {
        match serde_json::to_value(value) {
            Ok(value) => {
                self.set.insert(self.resolved(name), value);
            }
            Err(e) => {
                let error =
                    Error::input(format!("the value for `{name}` does not serialize to JSON")).because(e);
                self.fault.get_or_insert(error);
            }
        }
        self
    }

    /// Returns the value set here, or the one the object was read with, or null. Never sends a request: dotted
    /// paths and fields that were not fetched give null.
    pub fn get(&self, name: &str) -> &Value {
        let name = self.resolved(name);
        self.set.get(&name).unwrap_or_else(|| &self.entity[name.as_str()])
    }

    /// Returns the changes, by element name as far as known without a request.
    pub fn changes(&self) -> &Map<String, Value> {
        &self.set
    }

    /// Returns the object as it was read.
    pub fn entity(&self) -> &Entity {
        &self.entity
    }

    /// Sends the changes and returns the object as it is now. Without changes it sends nothing and returns the
    /// object as it was read.
    ///
    /// # Errors
    /// As [`Entity::update`].
    pub fn save(&self) -> Result<Entity> {
        self.saved(Entity::update)
    }

    /// Sends the changes only if nothing else has written the object since it was read. Sends two requests, none
    /// without changes.
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

    /// Returns the element name, if it is known without a request.
    fn resolved(&self, name: &str) -> String {
        let name = name.trim();
        let known =
            self.entity.catalog().known_attribute(&self.entity.scope(), self.entity.type_name(), name);
        known.map_or_else(|| name.to_owned(), |known| known.into_owned())
    }
}
