//! Workspaces and projects: the scope of a handle, and what exists.

use super::projects::Projects;
use crate::catalog::{Own, ProjectScope, Scope};
use crate::entity::Entity;
use crate::error::{Error, ErrorKind, Result};
use crate::filter::attr;
use crate::rally::Rally;
use crate::record::Record;
use crate::reference::Ref;
use crate::scope::ScopeName;
use jiff::tz::TimeZone;

impl Rally {
    /// Returns a handle without workspace and project: queries look in the user's default project, whatever the
    /// settings say.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?;
    /// let research = rally.in_workspace("Research");
    /// assert_eq!(research.workspace()?.name(), Some("Research"));
    /// assert_eq!(research.without_scope().workspace()?.name(), Some("Products"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn without_scope(&self) -> Rally {
        Rally { catalog: self.catalog.clone(), scope: Scope::default() }
    }

    /// Returns the open workspaces that the credentials can see, by name. `query("Workspace")` includes closed
    /// ones.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?;
    /// let names: Vec<_> = rally.workspaces()?.iter().map(|workspace| workspace.to_string()).collect();
    /// assert_eq!(names, ["Products", "Research"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Any transport or server error; see [`ErrorKind`](crate::ErrorKind).
    #[doc(alias = "getWorkspaces")]
    pub fn workspaces(&self) -> Result<Vec<Entity>> {
        let query = self.whole_of(&None, "Workspace").fetch_all().order("Name");
        let mut workspaces = query.into_iter().collect::<Result<Vec<Entity>>>()?;
        workspaces.retain(|w| !w["State"].as_str().is_some_and(|state| state.eq_ignore_ascii_case("Closed")));
        Ok(workspaces)
    }

    /// Returns the workspace of this handle: the one it was given, or that of the user's default project.
    ///
    /// The user's own workspace and project take one request per client and are kept until [`Rally::forget`].
    ///
    /// See [`Rally::without_scope`] for an example.
    ///
    /// # Errors
    /// `NotFound` if the workspace does not exist, is closed, or the user has no default; any transport or server
    /// error.
    #[doc(alias = "getWorkspace")]
    pub fn workspace(&self) -> Result<Entity> {
        if let Some(name) = &self.scope.workspace {
            return self.loaded(&self.catalog.workspace(name)?);
        }
        let own = self.catalog.own()?;
        let (home, default) = (own.home(), own.workspace.as_ref());
        match (default.filter(|default| default.reference() == home.as_ref()), home) {
            (Some(default), _) => Ok(self.part(default)),
            (None, Some(home)) => self.loaded(&home),
            (None, None) => Err(no_default(&own, "DefaultWorkspace", "in_workspace")),
        }
    }

    /// Returns the time zone of the handle's workspace, for [`Field::date_in`](crate::Field::date_in).
    ///
    /// Sends one request per workspace; the result is kept until [`Rally::forget`].
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let zone = rally.time_zone()?;
    /// assert_eq!(zone.iana_name(), Some("America/New_York"));
    /// let accepted = rally.find("US1")?.get("AcceptedDate")?.timestamp()?;
    /// assert_eq!(accepted.to_string(), "2026-04-10T15:00:00Z");
    /// assert_eq!(accepted.to_zoned_datetime(zone).to_string(), "2026-04-10T11:00:00-04:00[America/New_York]");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Value` if the system does not know the zone or the credentials cannot see it; any transport or server
    /// error.
    pub fn time_zone(&self) -> Result<TimeZone> {
        self.catalog.time_zone(&self.scope)
    }

    /// Returns the open projects of the handle's workspace as a tree. Sends one query.
    ///
    /// See [`Projects`](crate::Projects) for an example.
    ///
    /// # Errors
    /// Any transport or server error; see [`ErrorKind`](crate::ErrorKind).
    #[doc(alias = "getProjects")]
    pub fn projects(&self) -> Result<Projects> {
        let query = self.whole("Project");
        // Fetched names hold at every depth: each project brings the names of all projects above it.
        let query = query.filter(attr("State").eq("Open")).fetch("Name,Parent,State").order("Name");
        Ok(Projects::new(query.page_size(2_000).all()?))
    }

    /// Returns the project of this handle: the one it was given, or the user's default project.
    ///
    /// The user's own workspace and project take one request per client and are kept until [`Rally::forget`].
    ///
    /// See [`Rally::in_project`] for an example.
    ///
    /// # Errors
    /// `NotFound` if the workspace has no such project, or the user has no default project there (queries then look
    /// in the whole workspace); `Ambiguous` if several projects have the name; `Input` if the handle looks at all
    /// projects; any transport or server error.
    #[doc(alias = "getProject")]
    pub fn project(&self) -> Result<Entity> {
        match &self.scope.project {
            ProjectScope::Named(name) => self.loaded(&self.catalog.project(&self.scope, name)?),
            ProjectScope::All => Err(Error::input("the handle looks at all projects, not at one")
                .remedy("use `projects()`, or name one with `in_project`")),
            ProjectScope::Default => {
                let own = self.catalog.own()?;
                if let Some(name) = self.scope.workspace.as_deref() {
                    let named = self.catalog.workspace(name)?;
                    if own.project.is_some() && own.home().is_some_and(|home| home != named) {
                        let message = format!(
                            "no project is named, and the user's own lies outside of the workspace `{name}`"
                        );
                        return Err(Error::new(ErrorKind::NotFound, message)
                            .remedy("name one with `in_project`, or look at all with `in_all_projects`"));
                    }
                }
                let project = own.project.as_ref().map(|project| self.part(project));
                project.ok_or_else(|| no_default(&own, "DefaultProject", "in_project"))
            }
        }
    }

    fn loaded(&self, reference: &Ref) -> Result<Entity> {
        Ok(self.part(&*self.catalog.session.load(reference)?))
    }

    /// Returns an entity with some of its fields.
    pub(super) fn part(&self, record: &Record) -> Entity {
        Entity::new(self.catalog.clone(), record.clone(), None)
    }
}

fn no_default(own: &Own, name: &str, remedy: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("the user {} has no {name}", own.user_name()))
        .remedy(format!("name one with `{remedy}` or in the settings"))
}

/// By reference. An object without one fails at the first request.
impl From<&Entity> for ScopeName {
    fn from(entity: &Entity) -> ScopeName {
        entity.reference().map_or_else(|| ScopeName::from(""), ScopeName::from)
    }
}
