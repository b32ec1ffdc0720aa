//! The result of a write.

use crate::entity::Entity;
use crate::error::{Error, ErrorKind, Result};
use crate::reference::Ref;

/// The result of a write that was done.
///
/// ```
/// use rally_wsapi::Mutation;
/// use serde_json::json;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let outcome = rally.apply(Mutation::update("Defect", "DE1", json!({"State": "Fixed"})))?;
/// assert_eq!(outcome.entity().unwrap().get("State")?, "Fixed");
/// assert_eq!(outcome.reference().unwrap().to_string(), "/defect/701");
/// assert!(outcome.warnings().is_empty());
/// println!("{}", outcome.into_entity()?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Outcome {
    pub(super) entity: Option<Entity>,
    pub(super) reference: Option<Ref>,
    pub(super) warnings: Vec<String>,
}

impl Outcome {
    /// Returns the object as it is now; `None` after a delete.
    pub fn entity(&self) -> Option<&Entity> {
        self.entity.as_ref()
    }

    /// Consumes the outcome and returns the object as it is now.
    ///
    /// # Errors
    /// `Value` after a delete.
    pub fn into_entity(self) -> Result<Entity> {
        let gone = || self.reference.as_ref().map_or_else(|| "it".to_owned(), Ref::to_string);
        self.entity.clone().ok_or_else(|| Error::new(ErrorKind::Value, format!("{} was deleted", gone())))
    }

    /// Returns the reference of the object that was written.
    pub fn reference(&self) -> Option<&Ref> {
        self.reference.as_ref()
    }

    /// Returns the server's warnings, as `Ignored JSON element ..` for a field it does not know.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}
