//! The projects of the items of a call, and the projects above them: of several objects with one name the nearest
//! is taken.

use super::ids::{AT_ONCE, any_of};
use super::mutation::{Action, Mutation};
use crate::catalog::{ProjectScope, Scope};
use crate::error::Result;
use crate::filter::{Literal, attr};
use crate::rally::Rally;
use crate::record::reference_of;
use crate::reference::{Id, Ref};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// What was loaded so far: one query per type for all items that are updated, one per project of a create.
pub(super) struct Lineages<'m> {
    rally: &'m Rally,
    mutations: &'m [Mutation],
    asked: HashSet<&'m str>,
    of_items: HashMap<(&'m str, String), Vec<Ref>>,
    of_projects: HashMap<Ref, Vec<Ref>>,
}

impl<'m> Lineages<'m> {
    pub(super) fn new(rally: &'m Rally, mutations: &'m [Mutation]) -> Lineages<'m> {
        let (asked, of_items, of_projects) = Default::default();
        Lineages { rally, mutations, asked, of_items, of_projects }
    }

    /// Returns the project of an item and those above it, nearest first; empty if unknown.
    pub(super) fn of(&mut self, item: usize, workspace: &Option<String>) -> Result<Vec<Ref>> {
        let Some(mutation) = self.mutations.get(item) else { return Ok(Vec::new()) };
        let scope = match *workspace == self.rally.scope.workspace {
            true => self.rally.scope.clone(),
            false => Scope { workspace: workspace.clone(), ..Scope::default() },
        };
        let catalog = &self.rally.catalog;
        let own = match (mutation.place("Project"), &mutation.action, &scope.project) {
            (Some(name), ..) => catalog.project(&scope, name)?,
            (None, Action::Update(id) | Action::Delete(id), _) => {
                self.ask_for_items(&mutation.type_name, workspace)?;
                let found = self.of_items.get(&(mutation.type_name.as_str(), key(id)));
                return Ok(found.cloned().unwrap_or_default());
            }
            (None, Action::Create, ProjectScope::Named(name)) => catalog.project(&scope, name)?,
            (None, Action::Create, ProjectScope::Default) => {
                let own = catalog.own()?;
                let Some(project) = own.project.as_ref().and_then(|p| p.reference()) else {
                    return Ok(Vec::new());
                };
                project.clone()
            }
            (None, Action::Create, ProjectScope::All) => return Ok(Vec::new()),
        };
        if let Some(known) = self.of_projects.get(&own) {
            return Ok(known.clone());
        }
        let query = self.rally.whole_of(workspace, "Project").fetch("Name,Parent");
        let row = query.filter(attr("ObjectID").eq(own.object_id().unwrap_or_default())).first()?;
        let above = row.as_ref().map(|row| lineage(&row["Parent"])).unwrap_or_default();
        let all: Vec<Ref> = std::iter::once(own.clone()).chain(above).collect();
        self.of_projects.insert(own, all.clone());
        Ok(all)
    }

    /// Loads all items of a type that are updated, by one query.
    fn ask_for_items(&mut self, type_name: &'m str, workspace: &Option<String>) -> Result<()> {
        if !self.asked.insert(type_name) {
            return Ok(());
        }
        let updates = self.mutations.iter().filter(|m| m.type_name == type_name && !m.is_delete());
        let ids = updates.filter(|m| m.place("Project").is_none()).filter_map(|m| m.action.id());
        let ids: Vec<&Id> = ids.collect();
        for chunk in ids.chunks(AT_ONCE) {
            let numbers: Vec<Literal> =
                chunk.iter().filter_map(|id| object_id(id)).map(Literal::from).collect();
            let formatted = chunk.iter().filter_map(|id| match id {
                Id::FormattedId(id) => Some(Literal::from(id)),
                _ => None,
            });
            let named = [("ObjectID", numbers), ("FormattedID", formatted.collect())];
            let Some(filter) = any_of(named) else { continue };
            let path = self.rally.catalog.kind(&self.rally.scope, type_name)?.path;
            let fetch = match chunk.iter().all(|id| object_id(id).is_some()) {
                true => "Project,Parent",
                false => "FormattedID,Project,Parent",
            };
            // Fetched names hold at every depth: each row brings all projects above its own.
            let query = self.rally.whole_of(workspace, &path).fetch(fetch).filter(filter);
            for row in query.page_size(2_000) {
                let row = row?;
                let projects = lineage(&row["Project"]);
                let keys = [
                    row.object_id().map(|id| id.to_string()),
                    row.formatted_id().map(str::to_ascii_uppercase),
                ];
                for key in keys.into_iter().flatten() {
                    self.of_items.insert((type_name, key), projects.clone());
                }
            }
        }
        Ok(())
    }
}

fn object_id(id: &Id) -> Option<i64> {
    match id {
        Id::ObjectId(id) => Some(*id),
        Id::Ref(reference) => reference.object_id(),
        _ => None,
    }
}

/// Identifies an item here.
fn key(id: &Id) -> String {
    object_id(id).map_or_else(|| id.to_string().to_ascii_uppercase(), |id| id.to_string())
}

/// A project and those above it, as a row brings them.
fn lineage(project: &Value) -> Vec<Ref> {
    let mut all = Vec::new();
    let mut next = project.as_object();
    while let Some(project) = next {
        all.extend(reference_of(project));
        next = project.get("Parent").and_then(Value::as_object);
    }
    all
}
