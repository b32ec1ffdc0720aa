//! The scope of a request: names of workspaces and projects, resolved by one query each, and the time zone there.

use super::Catalog;
use crate::call::Call;
use crate::error::{Error, ErrorKind, Result};
use crate::filter::{Filter, attr};
use crate::record::reference_of;
use crate::reference::Ref;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

/// Fetched names hold at every depth: the workspace brings its configuration, which has the zone.
const ZONE: &str = "WorkspaceConfiguration,TimeZone";

/// The scope of a request. Names are resolved when a request needs them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) workspace: Option<String>,
    pub(crate) project: ProjectScope,
    pub(crate) up: Option<bool>,
    pub(crate) down: Option<bool>,
}

impl Scope {
    /// All projects of a workspace, the scope of the library's own look-ups.
    pub(crate) fn whole(workspace: Option<String>) -> Scope {
        Scope { workspace, project: ProjectScope::All, ..Scope::default() }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum ProjectScope {
    /// The user's default project, from their profile.
    #[default]
    Default,
    /// `project=null`: the whole workspace.
    All,
    /// A name, a path `A // B`, an ObjectID or a ref.
    Named(String),
}

impl ProjectScope {
    /// `null` means all projects, as in the server's own parameter.
    pub(crate) fn of_setting(project: &str) -> ProjectScope {
        if project == "null" { ProjectScope::All } else { ProjectScope::Named(project.to_owned()) }
    }
}

impl Catalog {
    pub(crate) fn workspace(&self, name: &str) -> Result<Ref> {
        if let Some(reference) = direct("workspace", name)? {
            return Ok(reference);
        }
        self.known.refs.once(&workspace_key(name), || {
            let call = Call::new("/workspace").param("query", text_of(&attr("Name").eq(name))?);
            let rows = self.rows(call.param("fetch", "Name,State").param("project", "null"))?;
            let named = rows.iter().filter(|r| text(r, "Name").eq_ignore_ascii_case(name)).collect();
            pick("workspace", name, named, |row| {
                let reference = text(row, "_ref");
                format!("{} ({reference})", text(row, "Name"))
            })
        })
    }

    /// Resolves a project by name, or by a path from the top as `A // B // C`, in the scope's workspace.
    pub(crate) fn project(&self, scope: &Scope, name: &str) -> Result<Ref> {
        if let Some(reference) = direct("project", name)? {
            return Ok(reference);
        }
        let workspace = scope.workspace.as_deref().map(|w| self.workspace(w)).transpose()?;
        self.known.refs.once(&project_key(workspace.as_ref(), name), || {
            let steps: Vec<&str> = name.split(" // ").map(str::trim).collect();
            let mut attribute = "Name".to_owned();
            let mut query: Vec<Filter> = Vec::new();
            for step in steps.iter().rev() {
                query.push(attr(attribute.as_str()).eq(*step));
                attribute = format!("Parent.{attribute}");
            }
            // Fetched names hold at every depth: each row brings all projects above it.
            let query = Filter::all_of(&query).map(|all| text_of(&all)).transpose()?;
            let mut call = Call::new("/project").param("query", query.unwrap_or_default());
            call = call.param("fetch", "Name,Parent,State").param("pagesize", "200");
            if let Some(workspace) = &workspace {
                call = call.param("workspace", workspace.path());
            }
            let rows = self.rows(call.param("project", "null"))?;
            let ends_so = |row: &&Map<String, Value>| lineage(row).ends_with(&steps);
            let mut named: Vec<_> = rows.iter().filter(ends_so).collect();
            // A whole path wins over the end of a longer one.
            if named.iter().any(|row| lineage(row) == steps) && steps.len() > 1 {
                named.retain(|row| lineage(row) == steps);
            }
            let place = scope.workspace.as_deref().unwrap_or("the user's own");
            pick("project", name, named, |row| lineage(row).join(" // ")).map_err(|e| {
                match e.is_not_found() {
                    true => Error::new(ErrorKind::NotFound, format!("{e} (workspace: {place})")),
                    false => e,
                }
            })
        })
    }

    /// Returns the workspace with this name, if that needs no request.
    pub(super) fn workspace_here(&self, name: &str) -> Option<Ref> {
        direct("workspace", name).ok().flatten().or_else(|| self.known.refs.here(&workspace_key(name)))
    }

    /// Returns the project with this name, if that needs no request.
    pub(super) fn project_here(&self, scope: &Scope, name: &str) -> Option<Ref> {
        if let Ok(Some(reference)) = direct("project", name) {
            return Some(reference);
        }
        let workspace = match &scope.workspace {
            Some(workspace) => Some(self.workspace_here(workspace)?),
            None => None,
        };
        self.known.refs.here(&project_key(workspace.as_ref(), name))
    }

    /// Returns the workspace of a scope; without a name the caller's own.
    pub(crate) fn workspace_of(&self, scope: &Scope) -> Result<Ref> {
        if let Some(name) = &scope.workspace {
            return self.workspace(name);
        }
        if let Some(home) = self.own()?.home() {
            return Ok(home);
        }
        // No default: take the only workspace there is.
        self.known.refs.once("only workspace", || {
            let call = Call::new("/workspace").param("fetch", "Name,State").param("pagesize", "200");
            let rows = self.rows(call.param("project", "null"))?;
            pick("workspace", "the user's own", rows.iter().collect(), |row| text(row, "Name").to_owned())
                .map_err(|e| e.remedy("name the workspace, as with `in_workspace` or RALLY_WORKSPACE"))
        })
    }

    /// Returns the time zone of the scope's workspace, loaded once per workspace.
    pub(crate) fn time_zone(&self, scope: &Scope) -> Result<TimeZone> {
        let workspace = self.workspace_of(scope)?;
        self.known.zones.once(workspace.key(), || {
            let name = self.zone_name(&workspace)?;
            let unknown = |_| {
                bad_zone(&workspace, &format!("`{name}`, which this system does not know"))
                    .remedy("install the system's time zone database (tzdata), or bring it up to date")
            };
            TimeZone::get(&name).map_err(unknown)
        })
    }

    fn zone_name(&self, workspace: &Ref) -> Result<String> {
        let record = self.session.item(&Call::new(workspace.path()).param("fetch", ZONE))?;
        let configuration = record.get("WorkspaceConfiguration").and_then(Value::as_object);
        let zone = |fields: &Map<String, Value>| Some(fields.get("TimeZone")?.as_str()?.to_owned());
        if let Some(name) = configuration.and_then(zone) {
            return Ok(name);
        }
        // The configuration came as a reference.
        let name = match configuration.and_then(reference_of) {
            Some(reference) => zone(self.session.item(&Call::new(reference.path()))?.fields()),
            None => None,
        };
        name.ok_or_else(|| bad_zone(workspace, "not shown to these credentials"))
    }
}

fn bad_zone(workspace: &Ref, what: &str) -> Error {
    Error::new(ErrorKind::Value, format!("the time zone of {workspace} is {what}"))
}

fn workspace_key(name: &str) -> String {
    format!("workspace {name}")
}

fn project_key(workspace: Option<&Ref>, name: &str) -> String {
    format!("project {} {name}", workspace.map(Ref::path).unwrap_or_default())
}

/// A ref or an ObjectID needs no look-up.
fn direct(kind: &str, text: &str) -> Result<Option<Ref>> {
    if text.trim().is_empty() {
        return Err(Error::input(format!("an empty {kind} name")).remedy("give a name, an ObjectID or a ref"));
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return Ref::parse(&format!("/{kind}/{text}")).map(Some);
    }
    match Ref::parse(text) {
        Ok(reference) if reference.type_path() == kind => Ok(Some(reference)),
        _ => Ok(None),
    }
}

fn text_of(filter: &Filter) -> Result<String> {
    filter.to_query().map_err(|e| e.remedy("name it by its ObjectID or ref"))
}

fn text<'a>(row: &'a Map<String, Value>, name: &str) -> &'a str {
    let value = row.get(name).or_else(|| if name == "Name" { row.get("_refObjectName") } else { None });
    value.and_then(Value::as_str).unwrap_or_default()
}

/// The names from the top down to this project.
fn lineage(row: &Map<String, Value>) -> Vec<&str> {
    let mut names = vec![text(row, "Name")];
    let mut above = row.get("Parent");
    while let Some(Value::Object(parent)) = above {
        names.push(text(parent, "Name"));
        above = parent.get("Parent");
    }
    names.reverse();
    names
}

/// Returns the only open object among the rows with a name.
fn pick(
    kind: &str,
    name: &str,
    rows: Vec<&Map<String, Value>>,
    show: impl Fn(&Map<String, Value>) -> String,
) -> Result<Ref> {
    let open: Vec<_> =
        rows.iter().copied().filter(|r| !text(r, "State").eq_ignore_ascii_case("Closed")).collect();
    match open.as_slice() {
        [row] => Ref::parse(text(row, "_ref")),
        [] if rows.is_empty() => Err(Error::new(ErrorKind::NotFound, format!("no {kind} is named `{name}`"))
            .remedy("check the name, its letter case, and what the credentials may see")),
        [] => Err(Error::new(ErrorKind::NotFound, format!("the {kind} `{name}` is closed"))
            .remedy("name it by its ObjectID or ref to read it all the same")),
        several => {
            let candidates = several.iter().map(|row| show(row)).collect();
            Err(Error::ambiguous(format!("{} {kind}s are named `{name}`", several.len()), candidates)
                .remedy("give the whole path, an ObjectID or a ref"))
        }
    }
}
