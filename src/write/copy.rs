//! Copies of objects, made by the server.

use super::answered;
use super::apply::drop_cached;
use crate::call::Call;
use crate::entity::Entity;
use crate::error::Result;
use crate::http::{Body, Method};

impl Entity {
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
}
