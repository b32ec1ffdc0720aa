//! Which objects a caller may see in a workspace and project.

use super::model::{At, Type};
use super::object::{Key, Object, Seen, Val};
use super::request::Asked;
use super::store::Store;
use std::collections::HashSet;

/// The requested part of a workspace and its projects.
pub(super) struct Scope {
    workspace: Option<Key>,
    projects: Option<HashSet<Key>>,
    /// Closed projects and workspaces, which only administrators see.
    closed: HashSet<Key>,
}

/// Which attributes of a type refer to its workspace and project.
pub(super) struct Places {
    workspace: Option<At>,
    project: Option<At>,
}

impl Places {
    pub(super) fn of(kind: &Type) -> Places {
        Places { workspace: kind.at("Workspace"), project: kind.at("Project") }
    }
}

impl Scope {
    /// Everything that the caller may see, in any workspace.
    pub(super) fn visible(store: &Store, asked: &Asked<'_>) -> Scope {
        Scope { workspace: None, projects: None, closed: closed(store, asked.caller) }
    }

    /// Reads the parameters `workspace`, `project`, `projectScopeUp` and `projectScopeDown`; by default the
    /// caller's own workspace. The error is the server's text.
    pub(super) fn read(store: &Store, asked: &Asked<'_>) -> Result<Scope, String> {
        let mut scope = Scope::visible(store, asked);
        let lost = |reference: &str| format!("Could not read: Could not read referenced object {reference}");
        let refer = |reference: &str, kind: &str| {
            let key = store.refer(reference).ok().filter(|k| !scope.closed.contains(k));
            let is_kind = |k: &Key| store.at(*k).and_then(|o| store.kind(o)).is_some_and(|t| t.path == kind);
            key.filter(is_kind).ok_or_else(|| lost(reference))
        };
        let project = match asked.param("project") {
            None | Some("null") => None,
            Some(project) => Some(refer(project, "project")?),
        };
        let workspace = match (asked.param("workspace"), project) {
            (Some(workspace), _) => Some(refer(workspace, "workspace")?),
            (None, Some(project)) => store.ref_named(project, "Workspace"),
            (None, None) => store.own_workspace(asked.caller),
        };
        if let Some(project) = project {
            let mut projects: HashSet<Key> = [project].into();
            if asked.flag("projectScopeUp") {
                projects.extend(store.lineage(project));
            }
            if asked.flag("projectScopeDown") {
                projects.extend(store.below(project));
            }
            scope.projects = Some(projects);
        }
        scope.workspace = workspace;
        Ok(scope)
    }

    pub(super) fn admits(&self, store: &Store, places: &Places, key: Key, object: &Object) -> bool {
        if !self.closed.is_empty() && self.closed.contains(&key) {
            return false;
        }
        if let Some(at) = places.workspace.filter(|_| self.workspace.is_some() || !self.closed.is_empty()) {
            if let Val::Ref(own) = object.value(at) {
                if self.workspace.is_some_and(|w| w != *own) || self.closed.contains(own) {
                    return false;
                }
            }
        }
        let Some(at) = places.project.filter(|_| self.projects.is_some() || !self.closed.is_empty()) else {
            return true;
        };
        match (store.see(object, at), &self.projects) {
            (Seen::Ref(own), Some(projects)) => projects.contains(&own) && !self.closed.contains(&own),
            (Seen::Ref(own), None) => !self.closed.contains(&own),
            (_, projects) => projects.is_none(),
        }
    }

    /// A cache key: scopes with equal text admit the same objects.
    pub(super) fn text(&self) -> String {
        let mut projects: Vec<u32> = self.projects.iter().flatten().map(|k| k.0).collect();
        projects.sort_unstable();
        format!("{:?} {:?} {projects:?} {}", self.workspace, self.projects.is_some(), self.closed.len())
    }
}

fn closed(store: &Store, caller: i64) -> HashSet<Key> {
    if store.is_admin(caller) {
        return HashSet::new();
    }
    let kinds = ["project", "workspace"].iter().filter_map(|t| store.model().find(t));
    let keys = kinds.flat_map(|t| store.of_type(t.id)).copied();
    keys.filter(|k| store.text_named(*k, "State").as_deref() == Some("Closed")).collect()
}

impl Store {
    pub(super) fn is_admin(&self, caller: i64) -> bool {
        let admin = |key| matches!(self.see_named(key, "SubscriptionAdmin"), Seen::Bool(true));
        self.by_id(caller).is_some_and(admin)
    }

    /// The caller's default workspace.
    pub(super) fn own_workspace(&self, caller: i64) -> Option<Key> {
        let profile = self.by_id(caller).and_then(|k| self.ref_named(k, "UserProfile"));
        let first = || self.of_type(self.model().find("workspace")?.id).first().copied();
        profile.and_then(|k| self.ref_named(k, "DefaultWorkspace")).or_else(first)
    }

    /// The projects above one, nearest first.
    pub(super) fn lineage(&self, project: Key) -> Vec<Key> {
        let mut above = Vec::new();
        let mut next = self.ref_named(project, "Parent");
        while let Some(key) = next.filter(|k| !above.contains(k)) {
            above.push(key);
            next = self.ref_named(key, "Parent");
        }
        above
    }

    /// The projects below one, at every depth.
    pub(super) fn below(&self, project: Key) -> HashSet<Key> {
        let (mut all, mut open) = (HashSet::new(), vec![project]);
        while let Some(key) = open.pop() {
            if let Seen::Refs(children) = self.see_named(key, "Children") {
                open.extend(children.iter().filter(|c| all.insert(**c)));
            }
        }
        all
    }
}

/// Finds an object by id, if it has that type and the caller may see it.
pub(super) fn find<'s>(
    store: &'s Store,
    asked: &Asked<'_>,
    kind: &Type,
    id: &str,
) -> Option<(Key, &'s Object)> {
    let key = store.by_text(id)?;
    let object = store.at(key).filter(|o| kind.concrete.contains(&o.kind))?;
    let places = Places::of(store.kind(object)?);
    Scope::visible(store, asked).admits(store, &places, key, object).then_some((key, object))
}
