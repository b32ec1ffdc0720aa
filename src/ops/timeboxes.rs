//! The current iteration and release.

use crate::entity::Entity;
use crate::error::Result;
use crate::rally::Rally;

impl Rally {
    /// Returns the current iteration of the handle's project, by the server's date.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let sprint = rally.in_project("Shop").current_iteration()?;
    /// assert_eq!(sprint.name(), Some("Sprint 2"));
    /// for story in rally.query("Story").filter(("Iteration", &sprint)).mine() {
    ///     println!("{}", story?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `NotFound` if the project has no current iteration; `Ambiguous` if several are current, as in all projects
    /// together; any transport or server error.
    pub fn current_iteration(&self) -> Result<Entity> {
        let days = "StartDate <= today and EndDate >= today";
        self.query("Iteration").fetch_all().filter(days).one()
    }

    /// Returns the current release of the handle's project, by the server's date.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// assert_eq!(rally.in_project("Shop").current_release()?.name(), Some("2026 Summer"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Rally::current_iteration`].
    pub fn current_release(&self) -> Result<Entity> {
        let days = "ReleaseStartDate <= today and ReleaseDate >= today";
        self.query("Release").fetch_all().filter(days).one()
    }
}
