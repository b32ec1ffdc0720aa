//! The fields of writes that name objects, and what they refer to.

use super::ids::{family, listed};
use super::mutation::Mutation;
use crate::catalog::Kind;
use crate::rally::Rally;
use crate::reference::{Id, Ref};
use crate::schema::AttributeType;
use crate::schema::names::{Meaning, Names};
use crate::schema::standard::ValueKind;
use serde_json::Value;

/// What the names in a field refer to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Held {
    /// Objects of this type.
    Objects(String),
    /// The choices of a multi-value field, which are in this collection.
    Choices(String),
}

/// Where the objects are that a name may mean.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) workspace: Option<String>,
    pub(super) held: Held,
}

/// One name in a field of a write.
pub(super) struct Slot<'m> {
    pub(super) item: usize,
    pub(super) field: &'m str,
    pub(super) place: Place,
    pub(super) name: &'m str,
}

impl Slot<'_> {
    /// The cache key for a name whose meaning does not depend on the item's project.
    pub(super) fn key(&self) -> String {
        let Place { workspace, held } = &self.place;
        format!("named {} {held:?} {}", workspace.as_deref().unwrap_or_default(), self.name.trim())
    }
}

pub(super) fn slots<'m>(rally: &Rally, mutations: &'m [Mutation]) -> Vec<Slot<'m>> {
    let mut slots = Vec::new();
    let written = mutations.iter().enumerate().filter(|(_, mutation)| !mutation.is_delete());
    for (item, mutation) in written {
        let Some(fields) = mutation.fields.as_object() else { continue };
        let Ok(target) = rally.catalog.kind(&rally.scope, &mutation.type_name) else { continue };
        let workspace = mutation.place("Workspace").or(rally.scope.workspace.as_deref()).map(str::to_owned);
        for (field, value) in fields.iter().filter(|(_, value)| names(value).next().is_some()) {
            let Some(held) = held(rally, &target, field) else { continue };
            let place = Place { workspace: workspace.clone(), held };
            slots.extend(names(value).map(|name| Slot { item, field, place: place.clone(), name }));
        }
    }
    slots
}

/// The texts of a value that are not references. Texts that cannot be names are refused when values are converted.
pub(super) fn names(value: &Value) -> impl Iterator<Item = &str> {
    let is_name = |text: &&str| {
        let is_ref = matches!(text.parse(), Ok(Id::Ref(_))) || Ref::parse(text).is_ok();
        !text.trim().is_empty() && !is_ref && !text.contains("/#/")
    };
    listed(value).iter().filter_map(Value::as_str).filter(is_name)
}

/// What a field refers to, if it can be named; workspaces and projects have look-ups of their own.
pub(super) fn held(rally: &Rally, target: &Kind, field: &str) -> Option<Held> {
    let known = rally.catalog.resolve(&rally.scope, Some(&target.name), field, true).ok()?;
    if matches!(known.name.as_str(), "Workspace" | "Project") {
        return None;
    }
    if let Some(family) = family(rally, target, field) {
        return Some(Held::Objects(family.to_owned()));
    }
    if let Some(standard) = target.attribute(&known.name) {
        let is_object = matches!(standard.kind, ValueKind::Object | ValueKind::Collection);
        return standard.target.filter(|_| is_object).map(|kind| Held::Objects(kind.to_owned()));
    }
    let schema = rally.catalog.schema_here(&rally.scope)?;
    let names = Names { schema: Some(&schema) };
    let Meaning::Is(found) = names.definition(&target.name, &known.name) else { return None };
    match found.attribute_type() {
        _ if found.is_multivalue() => {
            let id = found.object_id()?;
            Some(Held::Choices(format!("/attributedefinition/{id}/AllowedValues")))
        }
        AttributeType::Object | AttributeType::User | AttributeType::Collection => {
            schema.target(found).map(|kind| Held::Objects(kind.to_owned()))
        }
        _ => None,
    }
}
