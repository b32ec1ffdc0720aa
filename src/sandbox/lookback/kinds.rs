//! The ids of types and choices that snapshots contain, and their names.

use super::super::model::{Model, Type};
use super::super::past::Doc;
use super::super::store::Store;
use std::collections::HashMap;

/// The ancestors of all types, from the root on: their ids as recorded, their names not.
const ANCESTORS: [(i64, &str); 5] = [
    (-51001, "PersistableObject"),
    (-51002, "DomainObject"),
    (-51003, "WorkspaceDomainObject"),
    (-51004, "Artifact"),
    (-51005, "SchedulableArtifact"),
];
const STORY: i64 = -51038;

fn is_schedulable(model: &Model, kind: &Type) -> bool {
    model.find("schedulableartifact").is_some_and(|t| t.concrete.contains(&kind.id))
}

/// `_TypeHierarchy`: from the root to the type itself, whose last id is that of its TypeDefinition.
pub(super) fn hierarchy(model: &Model, kind: &Type) -> Vec<i64> {
    let depth = if is_schedulable(model, kind) { 5 } else { 4 };
    let mut ids: Vec<i64> = ANCESTORS.iter().take(depth).map(|(id, _)| *id).collect();
    if let Some((family, _)) = kind.path.split_once('/') {
        ids.extend(model.find(family).map(|t| t.definition));
    }
    if kind.path == "hierarchicalrequirement" {
        ids.push(STORY);
    }
    ids.push(kind.definition);
    ids
}

/// The ids by which a query finds the objects of a type; `None` if the name is unknown.
pub(super) fn ids_of(store: &Store, name: &str) -> Option<Vec<i64>> {
    if let Some((id, _)) = ANCESTORS.iter().find(|(_, known)| *known == name) {
        return Some(vec![*id]);
    }
    let kind = store.model().find(name).filter(|t| t.name == name)?;
    if !kind.concrete.iter().any(|id| store.has_snapshots(*id)) {
        return None;
    }
    let built_in = (kind.path == "hierarchicalrequirement").then_some(STORY);
    Some(built_in.into_iter().chain([kind.definition]).collect())
}

/// The name behind an id of `_TypeHierarchy`.
pub(super) fn type_name(model: &Model, id: i64) -> Option<&str> {
    let known = ANCESTORS.iter().find(|(known, _)| *known == id).map(|(_, name)| *name);
    let story = (id == STORY).then_some("HierarchicalRequirement");
    let own = || model.types.iter().find(|t| t.definition == id).map(|t| t.name.as_str());
    known.or(story).or_else(own)
}

/// A choice of a drop-down: its position in the list, its text, its id.
pub(super) type Choice<'s> = (usize, &'s str, i64);

/// The choices of all drop-downs of items, and the states of portfolio items.
pub(super) struct Choices<'s> {
    /// By the name of the attribute: a list for each type that has it.
    by_name: HashMap<&'s str, Vec<Vec<Choice<'s>>>>,
    by_id: HashMap<i64, &'s str>,
}

impl<'s> Choices<'s> {
    pub(super) fn of(store: &'s Store) -> Choices<'s> {
        let mut all = Choices { by_name: HashMap::new(), by_id: HashMap::new() };
        for kind in store.model().types.iter().filter(|t| !t.is_abstract && store.has_snapshots(t.id)) {
            for attribute in kind.attributes.iter().filter(|a| a.is_drop_down()) {
                let list = attribute.choices.iter().enumerate();
                let list = list.map(|(n, c)| (n, c.value.as_str(), attribute.choice_id(n))).collect();
                all.add(&attribute.name, list);
            }
        }
        let states = store.model().find("state").map(|t| store.of_type(t.id)).unwrap_or_default();
        let states = states.iter().filter_map(|k| store.at(*k));
        let states = states.enumerate().filter_map(|(n, o)| Some((n, store.name_of(o)?, o.id)));
        all.add("State", states.collect());
        all
    }

    fn add(&mut self, name: &'s str, list: Vec<Choice<'s>>) {
        self.by_id.extend(list.iter().map(|(_, text, id)| (*id, *text)));
        self.by_name.entry(name).or_default().push(list);
    }

    /// The lists of choices of an attribute, one for each type that has it.
    pub(super) fn named(&self, name: &str) -> &[Vec<Choice<'s>>] {
        self.by_name.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// The text of a value.
    pub(super) fn text(&self, name: &str, id: i64) -> Option<Doc> {
        self.by_name.get(name)?;
        self.by_id.get(&id).map(|text| Doc::text(*text))
    }
}
