//! The scope of a query, with the names and the user's defaults resolved.

use super::{Catalog, Own, ProjectScope, Scope};
use crate::error::Result;
use crate::record::Record;
use crate::reference::Ref;
use crate::schema::names::{Meaning, Names};
use crate::schema::standard;

/// A resolved scope, ready to send.
#[derive(Clone, Debug)]
pub(crate) struct ResolvedScope {
    workspace: Option<Spot>,
    within: Within,
}

/// A workspace or project: its reference and its name.
#[derive(Clone, Debug)]
struct Spot {
    reference: Ref,
    name: String,
}

#[derive(Clone, Debug)]
enum Within {
    /// One project, with the flags for those above and below it.
    Project { project: Spot, is_default: bool, up: bool, down: bool },
    /// All projects, and why.
    Whole(Reason),
    /// The rows belong to no project, or to a collection.
    Unscoped { is_collection: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    /// The caller asked for it.
    Asked,
    /// The user's default project is in another workspace than the given one.
    Elsewhere,
    /// The user has no default project.
    NoDefault,
}

impl Spot {
    fn named(reference: Ref, name: &str) -> Spot {
        Spot { reference, name: name.trim().to_owned() }
    }

    fn of(record: &Record) -> Option<Spot> {
        let name = record.get("_refObjectName").or_else(|| record.get("Name"));
        let name = name.and_then(serde_json::Value::as_str).unwrap_or_default();
        Some(Spot::named(record.reference().cloned()?, name))
    }

    fn words(&self) -> String {
        let is_number = self.name.bytes().all(|b| b.is_ascii_digit());
        match is_number || (self.name.contains('/') && Ref::parse(&self.name).is_ok()) {
            true => self.reference.path().to_owned(),
            false => format!("`{}` ({})", self.name, self.reference.path()),
        }
    }
}

impl ResolvedScope {
    /// Returns the parameters of the scope, in the order they are sent.
    pub(crate) fn params(&self) -> Vec<(String, String)> {
        let mut params = Vec::new();
        let mut set = |name: &str, value: &str| params.push((name.to_owned(), value.to_owned()));
        if let Some(workspace) = &self.workspace {
            set("workspace", workspace.reference.path());
        }
        match &self.within {
            Within::Project { project, up, down, .. } => {
                set("project", project.reference.path());
                set("projectScopeUp", if *up { "true" } else { "false" });
                set("projectScopeDown", if *down { "true" } else { "false" });
            }
            Within::Whole(_) => set("project", "null"),
            Within::Unscoped { .. } => {}
        }
        params
    }

    /// `true` if all projects are searched although the caller did not ask for it.
    pub(crate) fn is_whole_unasked(&self) -> bool {
        matches!(self.within, Within::Whole(Reason::Elsewhere | Reason::NoDefault))
    }

    /// Describes the scope in words.
    pub(crate) fn words(&self) -> String {
        let workspace = match &self.workspace {
            Some(workspace) => format!("the workspace {}", workspace.words()),
            None => "the user's default workspace".to_owned(),
        };
        match &self.within {
            Within::Project { project, is_default, up, down } => {
                let whose = if *is_default { "the user's default project " } else { "the project " };
                let around = match (up, down) {
                    (false, false) => "alone, without those above and below it",
                    (true, false) => "and those above it",
                    (false, true) => "and those below it",
                    (true, true) => "and those above and below it",
                };
                format!("{whose}{} {around}", project.words())
            }
            Within::Whole(Reason::Asked) => format!("all projects of {workspace}"),
            Within::Whole(Reason::Elsewhere) => {
                format!("all projects of {workspace}, which does not contain the user's default project")
            }
            Within::Whole(Reason::NoDefault) => {
                format!("all projects of {workspace}, because the user has no default project")
            }
            Within::Unscoped { is_collection: true } => "the collection".to_owned(),
            Within::Unscoped { is_collection: false } => {
                format!("the whole of {workspace}: the type belongs to no project")
            }
        }
    }

    /// Returns the project it is limited to, and whether those below count, too.
    pub(crate) fn project(&self) -> Option<(&Ref, bool)> {
        match &self.within {
            Within::Project { project, down, .. } => Some((&project.reference, *down)),
            _ => None,
        }
    }

    /// Says how to widen it.
    pub(crate) fn widening(&self) -> &'static str {
        match &self.within {
            Within::Project { down: false, .. } => {
                "`scope_down(true)` takes in the projects below, `all_projects()` the whole workspace"
            }
            Within::Project { .. } => "`all_projects()` looks in the whole workspace",
            Within::Whole(_) | Within::Unscoped { is_collection: false } => {
                "`workspace(..)` looks in another workspace"
            }
            Within::Unscoped { is_collection: true } => "check the filter",
        }
    }
}

impl Catalog {
    /// Resolves the scope of a query of a type; `None` means a collection, which is part of its object.
    ///
    /// Looks up names that are not resolved yet, and once per client the user's defaults.
    pub(crate) fn resolved_scope(&self, scope: &Scope, type_name: Option<&str>) -> Result<ResolvedScope> {
        let named = |name: &str| self.workspace(name).map(|found| Spot::named(found, name));
        let workspace = scope.workspace.as_deref().map(named).transpose()?;
        let (up, down) = (scope.up.unwrap_or(false), scope.down.unwrap_or(false));
        let within = match &scope.project {
            ProjectScope::All => Within::Whole(Reason::Asked),
            ProjectScope::Named(name) => {
                let project = Spot::named(self.project(scope, name)?, name);
                Within::Project { project, is_default: false, up, down }
            }
            ProjectScope::Default if !self.takes_default(scope, type_name) => {
                Within::Unscoped { is_collection: type_name.is_none() }
            }
            ProjectScope::Default => return Ok(own_scope(&*self.own()?, workspace, up, down)),
        };
        Ok(ResolvedScope { workspace, within })
    }

    /// Returns whether objects of a type belong to projects, according to the built-in table or a loaded schema.
    /// Sends nothing.
    pub(crate) fn has_project(&self, scope: &Scope, type_name: &str) -> Option<bool> {
        let here = self.schema_here(scope);
        let path = match (Names { schema: here.as_deref() }).type_path(type_name) {
            Meaning::Is(path) => path,
            _ => type_name.to_owned(),
        };
        let table = standard::find(&path).map(|known| known.attribute("Project").is_some());
        let defined = here.as_ref().and_then(|schema| schema.at_path(&path));
        let defined = defined.map(|d| d.attributes().iter().any(|a| a.element_name() == "Project"));
        table.into_iter().chain(defined).reduce(|table, defined| table || defined)
    }

    /// Unknown types get the default scope: finding too little is better than too much.
    fn takes_default(&self, scope: &Scope, type_name: Option<&str>) -> bool {
        type_name.is_some_and(|name| self.has_project(scope, name) != Some(false))
    }

    /// Describes the look-ups that resolving a scope would send; none if it is resolved already. Sends nothing.
    pub(crate) fn scope_lookups(&self, scope: &Scope, type_name: Option<&str>) -> Vec<String> {
        let mut lookups = Vec::new();
        if let Some(name) = scope.workspace.as_deref().filter(|name| self.workspace_here(name).is_none()) {
            lookups.push(format!("GET /workspace: the workspace `{}` is found by its name", name.trim()));
        }
        match &scope.project {
            ProjectScope::All => {}
            ProjectScope::Named(name) if self.project_here(scope, name).is_none() => {
                lookups.push(format!("GET /project: the project `{}` is found by its name", name.trim()));
            }
            ProjectScope::Default if self.takes_default(scope, type_name) && self.own_here().is_none() => {
                lookups.push(OWN_LOOKUP.to_owned());
            }
            ProjectScope::Named(_) | ProjectScope::Default => {}
        }
        lookups
    }

    /// The same for a request that always names a workspace: without one in the scope it is the user's own.
    pub(crate) fn placed_lookups(&self, scope: &Scope, type_name: &str) -> Vec<String> {
        let mut lookups = self.scope_lookups(scope, Some(type_name));
        let is_own = scope.workspace.is_none() && self.own_here().is_none();
        if is_own && lookups.iter().all(|known| known != OWN_LOOKUP) {
            lookups.insert(0, OWN_LOOKUP.to_owned());
        }
        lookups
    }
}

/// The words of the look-up that finds the user's defaults.
const OWN_LOOKUP: &str = "GET /user: one request finds the user's default workspace and project";

/// The user's default project; the whole workspace if there is none, or if another workspace is given.
fn own_scope(own: &Own, named: Option<Spot>, up: bool, down: bool) -> ResolvedScope {
    let home = own.home();
    let Some(project) = own.project.as_ref().and_then(Spot::of) else {
        own.warn_of_no_project();
        let workspace = named.or_else(|| own.workspace.as_ref().and_then(Spot::of));
        return ResolvedScope { workspace, within: Within::Whole(Reason::NoDefault) };
    };
    let is_elsewhere = |named: &Spot| home.as_ref().is_some_and(|home| *home != named.reference);
    if named.as_ref().is_some_and(is_elsewhere) {
        return ResolvedScope { workspace: named, within: Within::Whole(Reason::Elsewhere) };
    }
    let of_home = || {
        let home = home.clone()?;
        let known = own.workspace.as_ref().and_then(Spot::of).filter(|spot| spot.reference == home);
        Some(known.unwrap_or_else(|| Spot::named(home.clone(), home.path())))
    };
    let workspace = named.or_else(of_home);
    ResolvedScope { workspace, within: Within::Project { project, is_default: true, up, down } }
}
