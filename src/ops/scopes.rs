//! Workspaces and projects: where a handle looks, and what there is.

use super::projects::Projects;
use crate::catalog::{ProjectScope, Scope};
use crate::entity::Entity;
use crate::error::{Error, ErrorKind, Result};
use crate::filter::attr;
use crate::place::Place;
use crate::query::Query;
use crate::rally::Rally;
use crate::record::Record;
use crate::reference::Ref;

impl Rally {
    /// A handle without workspace and project: the server takes the user's own, whatever the settings say.
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
    pub fn workspaces(&self) -> Result<Vec<Entity>> {
        let query = Query::of_type(self.catalog.clone(), Scope::default(), "Workspace");
        let mut open = Vec::new();
        for workspace in query.fetch_all().order("Name") {
            let workspace = workspace?;
            if !workspace["State"].as_str().is_some_and(|state| state.eq_ignore_ascii_case("Closed")) {
                open.push(workspace);
            }
        }
        Ok(open)
    }

    /// The workspace this handle looks at: the one it was given, else the user's own.
    ///
    /// See [`Rally::without_scope`] for an example.
    ///
    /// # Errors
    /// `NotFound` where there is no such workspace, it is closed, or the user has none of their own.
    pub fn workspace(&self) -> Result<Entity> {
        self.workspace_by(None)
    }

    /// The user is asked for where none is given.
    pub(super) fn workspace_by(&self, user: Option<&Entity>) -> Result<Entity> {
        match &self.scope.workspace {
            Some(name) => self.loaded(&self.catalog.workspace(name)?),
            None => self.own_default(user, "DefaultWorkspace", "in_workspace"),
        }
    }

    /// The open projects of the workspace this handle looks at, as a tree. One query.
    ///
    /// See [`Projects`](crate::Projects) for an example.
    ///
    /// # Errors
    /// What stands in the way of the request.
    pub fn projects(&self) -> Result<Projects> {
        let scope = Scope { workspace: self.scope.workspace.clone(), ..Scope::default() };
        let query = Query::of_type(self.catalog.clone(), scope, "Project");
        // Names in a fetch hold at every depth: each project brings the names of all above it.
        let query = query.filter(attr("State").eq("Open")).fetch("Name,Parent,State").order("Name");
        Ok(Projects::new(query.page_size(2_000).all()?))
    }

    /// The project this handle looks at: the one it was given, else the user's own.
    ///
    /// See [`Rally::in_project`] for an example.
    ///
    /// # Errors
    /// `NotFound` where there is no such project in the workspace or the user has none of their own there;
    /// `Ambiguous` where several go by the name; `Input` where the handle looks at all projects.
    pub fn project(&self) -> Result<Entity> {
        self.project_by(None)
    }

    pub(super) fn project_by(&self, user: Option<&Entity>) -> Result<Entity> {
        match &self.scope.project {
            ProjectScope::Named(name) => self.loaded(&self.catalog.project(&self.scope, name)?),
            ProjectScope::All => Err(Error::input("the handle looks at all projects, not at one")
                .remedy("use `projects()`, or name one with `in_project`")),
            ProjectScope::Default => {
                let workspace = self.scope.workspace.as_deref();
                if let Some(name) = workspace {
                    let own = self.own_default(user, "DefaultWorkspace", "in_project")?;
                    if own.reference() != Some(&self.catalog.workspace(name)?) {
                        let message = format!(
                            "no project is named, and the user's own lies outside of the workspace `{name}`"
                        );
                        return Err(Error::new(ErrorKind::NotFound, message)
                            .remedy("name one with `in_project`, or look at all with `in_all_projects`"));
                    }
                }
                self.own_default(user, "DefaultProject", "in_project")
            }
        }
    }

    fn loaded(&self, reference: &Ref) -> Result<Entity> {
        let record: Record = (*self.catalog.session.load(reference)?).clone();
        Ok(Entity::new(self.catalog.clone(), record, None))
    }

    /// What the user's profile names as their own.
    fn own_default(&self, user: Option<&Entity>, name: &str, remedy: &str) -> Result<Entity> {
        let user = user.cloned().map_or_else(|| self.user(), Ok)?;
        let field = user.get(&format!("UserProfile.{name}"))?;
        match field.is_null() {
            false => field.entity(),
            true => Err(Error::new(ErrorKind::NotFound, format!("the user {user} has no {name}"))
                .remedy(format!("name one with `{remedy}` or in the settings"))),
        }
    }
}

/// By reference. An object without one is no place, which shows at the first request.
impl From<&Entity> for Place {
    fn from(entity: &Entity) -> Place {
        entity.reference().map_or_else(|| Place::from(""), Place::from)
    }
}
