//! Workspaces and projects: where a handle looks, and what there is.

use super::projects::Projects;
use crate::catalog::{Own, ProjectScope, Scope};
use crate::entity::Entity;
use crate::error::{Error, ErrorKind, Result};
use crate::filter::attr;
use crate::query::Query;
use crate::rally::Rally;
use crate::record::Record;
use crate::reference::Ref;
use crate::scope::ScopeName;
use jiff::tz::TimeZone;

impl Rally {
    /// A handle without workspace and project: queries look in the user's default project, whatever the settings say.
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

    /// The workspaces the credentials show, by name. Closed ones are left out; `query("Workspace")` has them too.
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
    /// What stands in the way of the request.
    #[doc(alias = "getWorkspaces")]
    pub fn workspaces(&self) -> Result<Vec<Entity>> {
        let query = Query::of_type(self.catalog.clone(), Scope::whole(None), "Workspace").into_lookup();
        let mut open = Vec::new();
        for workspace in query.fetch_all().order("Name") {
            let workspace = workspace?;
            if !workspace["State"].as_str().is_some_and(|state| state.eq_ignore_ascii_case("Closed")) {
                open.push(workspace);
            }
        }
        Ok(open)
    }

    /// The workspace this handle looks at: the one it was given, else that of the user's default project.
    ///
    /// The user's own workspace and project come by one request a client, kept until [`Rally::forget`].
    ///
    /// See [`Rally::without_scope`] for an example.
    ///
    /// # Errors
    /// `NotFound` where there is no such workspace, it is closed, or the user has none of their own.
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

    /// The time zone in which the workspace of this handle counts its days: what [`Field::date_in`](crate::Field::date_in)
    /// takes. One request a workspace, kept until [`Rally::forget`].
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
    /// `Value` where the system does not know the zone, or the credentials do not see it; else what stands in the way of
    /// the request.
    pub fn time_zone(&self) -> Result<TimeZone> {
        self.catalog.time_zone(&self.scope)
    }

    /// The open projects of the workspace this handle looks at, as a tree. One query.
    ///
    /// See [`Projects`](crate::Projects) for an example.
    ///
    /// # Errors
    /// What stands in the way of the request.
    #[doc(alias = "getProjects")]
    pub fn projects(&self) -> Result<Projects> {
        let scope = Scope::whole(self.scope.workspace.clone());
        let query = Query::of_type(self.catalog.clone(), scope, "Project").into_lookup();
        // Names in a fetch hold at every depth: each project brings the names of all above it.
        let query = query.filter(attr("State").eq("Open")).fetch("Name,Parent,State").order("Name");
        Ok(Projects::new(query.page_size(2_000).all()?))
    }

    /// The project this handle looks at: the one it was given, else the user's default project.
    ///
    /// The user's own workspace and project come by one request a client, kept until [`Rally::forget`].
    ///
    /// See [`Rally::in_project`] for an example.
    ///
    /// # Errors
    /// `NotFound` where there is no such project in the workspace or the user has none of their own there: queries
    /// look in the whole workspace then. `Ambiguous` where several go by the name; `Input` where the handle looks at
    /// all projects.
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
                let project = own.project.as_ref();
                project.map_or_else(
                    || Err(no_default(&own, "DefaultProject", "in_project")),
                    |project| Ok(self.part(project)),
                )
            }
        }
    }

    fn loaded(&self, reference: &Ref) -> Result<Entity> {
        let record: Record = (*self.catalog.session.load(reference)?).clone();
        Ok(Entity::new(self.catalog.clone(), record, None))
    }

    /// An object of which some fields are here.
    pub(super) fn part(&self, record: &Record) -> Entity {
        Entity::new(self.catalog.clone(), record.clone(), None)
    }
}

fn no_default(own: &Own, name: &str, remedy: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("the user {} has no {name}", own.user_name()))
        .remedy(format!("name one with `{remedy}` or in the settings"))
}

/// By reference. An object without one is no place, which shows at the first request.
impl From<&Entity> for ScopeName {
    fn from(entity: &Entity) -> ScopeName {
        entity.reference().map_or_else(|| ScopeName::from(""), ScopeName::from)
    }
}
