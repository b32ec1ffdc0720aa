//! The scope of a query.

use super::{Query, Target};
use crate::call::Call;
use crate::catalog::{ProjectScope, ResolvedScope};
use crate::error::{Error, Result};
use crate::scope::ScopeName;
use crate::stats::RequestKind;

impl Query {
    /// Looks in this workspace: a name, an ObjectID, a ref or the object.
    ///
    /// This drops the handle's project, but keeps one set on this query. Without a project, the query looks in the
    /// user's default project if that is in the workspace, otherwise in the whole workspace.
    pub fn workspace(mut self, workspace: impl Into<ScopeName>) -> Query {
        self.scope.workspace = Some(workspace.into().into_text());
        if !self.own_project {
            self.scope.project = ProjectScope::Default;
        }
        self
    }

    /// Looks in this project only: a name, a path `A // B // C`, an ObjectID, a ref or the object.
    ///
    /// [`Query::scope_up`] and [`Query::scope_down`] include the projects above and below it.
    pub fn project(mut self, project: impl Into<ScopeName>) -> Query {
        self.scope.project = ProjectScope::Named(project.into().into_text());
        self.own_project = true;
        self
    }

    /// Looks in all projects of the workspace: sends `project=null`, and no flags for projects above and below.
    pub fn all_projects(mut self) -> Query {
        self.scope.project = ProjectScope::All;
        self.own_project = true;
        self
    }

    /// Sets whether to include the projects above. Defaults to `false`, which is sent explicitly.
    #[doc(alias = "projectScopeUp")]
    pub fn scope_up(mut self, yes: bool) -> Query {
        self.scope.up = Some(yes);
        self
    }

    /// Sets whether to include the projects below. Defaults to `false`, which is sent explicitly.
    #[doc(alias = "projectScopeDown")]
    pub fn scope_down(mut self, yes: bool) -> Query {
        self.scope.down = Some(yes);
        self
    }

    /// Returns the scope with its names and the user's defaults resolved.
    pub(super) fn resolved_scope(&self) -> Result<ResolvedScope> {
        self.catalog.resolved_scope(&self.scope, self.type_name())
    }

    /// `None` for a collection.
    pub(super) fn type_name(&self) -> Option<&str> {
        match &self.target {
            Target::Type(name) => Some(name),
            Target::Collection(_) => None,
        }
    }

    /// Returns where the query looked and how to widen it. Sends nothing; `None` for a collection, or if the scope
    /// is not resolved.
    pub(super) fn looked_in(&self) -> Option<(String, &'static str)> {
        let is_known = self.catalog.scope_lookups(&self.scope, Some(self.type_name()?)).is_empty();
        let scope = is_known.then(|| self.resolved_scope())?.ok()?;
        Some((scope.words(), scope.widening()))
    }

    /// Logs the scope of a query that found nothing.
    pub(super) fn found_nothing(&self, call: &Call) {
        if let Some((place, widening)) = self.looked_in().filter(|_| !self.is_lookup) {
            let line = format!("{}: no rows in {place}; {widening}", call.asked());
            log::info!(target: RequestKind::Page.target(), "{}", self.catalog.session.scrub(&line));
        }
    }

    /// Refuses a write by this query if it would reach further than the caller said: a whole workspace, or beyond a
    /// project because the type belongs to none. May look up the scope; writes nothing.
    pub(crate) fn refuse_unasked_scope(&self) -> Result<()> {
        let Some(type_name) = self.type_name() else { return Ok(()) };
        if self.scope.project == ProjectScope::All {
            return Ok(());
        }
        let remedy = "if the whole workspace is meant, ask for it with `in_all_projects`";
        let name = type_name.trim();
        if self.catalog.has_project(&self.scope, type_name) == Some(false) {
            let text =
                format!("objects of type {name} belong to no project: the query reaches the whole workspace");
            return Err(Error::input(text).remedy(remedy));
        }
        let scope = self.resolved_scope()?;
        if scope.is_whole_unasked() {
            let text = format!("a write of all {name} that match would reach {}", scope.words());
            return Err(Error::input(text).remedy(format!("name a project; {remedy}")));
        }
        Ok(())
    }
}
