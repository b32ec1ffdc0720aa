//! Builds the model from the standard types and the additions of a data set.

use super::additions::Additions;
use super::attribute::{custom, of_standard, settle};
use super::hash::hash32;
use super::levels::Levels;
use super::name::{initials, words};
use super::verbs::verbs;
use super::{Attribute, Model, Type, TypeId};
use crate::schema::standard;
use std::collections::HashMap;

/// Abstract types that the table of standard types may lack, and their subtypes.
const ABSTRACT: [(&str, &[&str]); 2] = [
    (
        "Artifact",
        &["defect", "defectsuite", "hierarchicalrequirement", "risk", "task", "testcase", "testset"],
    ),
    ("SchedulableArtifact", &["defect", "defectsuite", "hierarchicalrequirement", "testset"]),
];

/// The standard portfolio item types, from the lowest level.
const LEVELS: [&str; 3] = ["portfolioitem/feature", "portfolioitem/initiative", "portfolioitem/theme"];

/// Display names of types that are not their element name in words.
const DISPLAYS: [(&str, &str); 2] =
    [("hierarchicalrequirement", "User Story"), ("scmrepository", "SCM Repository")];

impl Model {
    /// The error says which addition is wrong.
    pub(in super::super) fn build(additions: &Additions) -> Result<Model, String> {
        let mut model = Model { types: Vec::new(), by_path: HashMap::new() };
        if let Some(path) = additions.absent.iter().find(|p| !LEVELS.contains(&p.as_str())) {
            return Err(format!("{path} cannot be absent; only {} can", LEVELS.join(", ")));
        }
        for one in standard::all().iter().filter(|t| !additions.absent.iter().any(|p| p == t.url_path)) {
            model.push(one.type_path, one.id_prefix, one.is_abstract, of_standard(one));
        }
        for new in &additions.types {
            let standard = || standard::all().iter().find(|t| t.type_path.eq_ignore_ascii_case(&new.like));
            let like = model.find(&new.like).map(|t| t.attributes.clone());
            let attributes = like
                .or_else(|| standard().map(of_standard))
                .ok_or_else(|| format!("unknown type {}", new.like))?;
            if model.find(&new.name).is_some() {
                return Err(format!("there is a type {} already", new.name));
            }
            model.push(&new.name, new.prefix.as_deref(), new.is_abstract, attributes);
            if let (Some(display), Some(last)) = (&new.display, model.types.last_mut()) {
                last.display.clone_from(display);
            }
        }
        model.set_levels(additions);
        model.set_prefixes(additions)?;
        for (path, new) in &additions.attributes {
            let ids: Vec<TypeId> =
                model.types.iter().filter(|t| t.path == *path || below(t, path)).map(|t| t.id).collect();
            if ids.is_empty() {
                return Err(format!("unknown type {path}"));
            }
            for id in ids {
                if let Some(kind) = model.types.get_mut(id) {
                    if kind.attributes.iter().any(|a| a.name.eq_ignore_ascii_case(&new.name)) {
                        return Err(format!("{} has an attribute {} already", kind.name, new.name));
                    }
                    kind.attributes.push(custom(new));
                }
            }
        }
        model.name_members();
        for (name, members) in ABSTRACT {
            model.abstract_type(name, members);
        }
        let lowest = model.types.iter().find(|t| t.ordinal == 0 && below(t, "portfolioitem"));
        let lowest = lowest.map_or("Feature", Type::element).to_owned();
        for kind in &mut model.types {
            settle(kind, additions, &lowest);
        }
        model.check(additions)?;
        Ok(model)
    }

    fn set_levels(&mut self, additions: &Additions) {
        let named = |name: &str| {
            let mut all =
                standard::all().iter().filter(|t| LEVELS.contains(&t.url_path)).flat_map(of_standard);
            all.find(|a| a.name == name)
        };
        let (Some(stories), Some(children)) = (named("UserStories"), named("Children")) else { return };
        let families: Vec<String> =
            self.types.iter().filter(|t| t.is_abstract).map(|t| t.path.clone()).collect();
        for family in families {
            let standard = LEVELS.iter().filter_map(|p| self.find(p)).filter(|t| below(t, &family));
            let standard = Levels(standard.map(|t| t.id).collect());
            let new = additions.types.iter().filter_map(|new| Some((self.find(&new.name)?, new.ordinal)));
            let new = new.filter(|(t, _)| below(t, &family)).map(|(t, ordinal)| (t.id, ordinal)).collect();
            let levels = standard.with(new);
            self.arrange(&levels, &stories, &children);
            if let Some(lowest) = levels.0.first().filter(|_| family == "portfolioitem") {
                self.attach_stories(*lowest);
            }
        }
    }

    /// The prefixes that the data set sets, and a unique one for every other type with FormattedIDs.
    fn set_prefixes(&mut self, additions: &Additions) -> Result<(), String> {
        for (path, prefix) in &additions.prefixes {
            let id = self.find(path).map(|t| t.id).ok_or_else(|| format!("unknown type {path}"))?;
            if let Some(kind) = self.types.get_mut(id) {
                kind.prefix = Some(prefix.clone());
            }
        }
        for id in 0..self.types.len() {
            let Some(kind) = self.get(id).filter(|t| !t.is_abstract && t.prefix.is_none()) else { continue };
            if !kind.attributes.iter().any(|a| a.name == "FormattedID") {
                continue;
            }
            let taken = |prefix: &String| self.types.iter().any(|t| t.prefix.as_ref() == Some(prefix));
            let prefix = initials(kind.element()).find(|p| !taken(p));
            if let Some(kind) = self.types.get_mut(id) {
                kind.prefix = prefix;
            }
        }
        Ok(())
    }

    fn push(&mut self, name: &str, prefix: Option<&str>, is_abstract: bool, attributes: Vec<Attribute>) {
        let (id, path) = (self.types.len(), name.to_ascii_lowercase());
        let element = name.rsplit('/').next().unwrap_or(name);
        let known = DISPLAYS.iter().find(|(p, _)| *p == path).map(|(_, d)| (*d).to_owned());
        self.by_path.insert(path.clone(), id);
        self.types.push(Type {
            id,
            name: name.to_owned(),
            display: known.unwrap_or_else(|| words(element)),
            prefix: prefix.map(str::to_owned),
            is_abstract,
            concrete: if is_abstract { Vec::new() } else { vec![id] },
            above: Vec::new(),
            ordinal: -1,
            verbs: verbs(&path),
            definition: -i64::from(hash32(&path)),
            attributes,
            naming: Vec::new(),
            by_name: HashMap::new(),
            path,
        });
    }

    /// Names subtypes of abstract types by their paths.
    fn name_members(&mut self) {
        let abstract_ones: Vec<(TypeId, String)> =
            self.types.iter().filter(|t| t.is_abstract).map(|t| (t.id, t.path.clone())).collect();
        for (id, path) in abstract_ones {
            let members: Vec<TypeId> = self.types.iter().filter(|t| below(t, &path)).map(|t| t.id).collect();
            self.set_members(id, members);
        }
    }

    fn set_members(&mut self, id: TypeId, members: Vec<TypeId>) {
        for member in &members {
            if let Some(kind) = self.types.get_mut(*member) {
                kind.above.push(id);
            }
        }
        if let Some(kind) = self.types.get_mut(id) {
            kind.is_abstract = true;
            kind.concrete = members;
        }
    }

    /// A type with the attributes that all its members share.
    fn abstract_type(&mut self, name: &str, members: &[&str]) {
        let all = name == "Artifact";
        let ids: Vec<TypeId> = self
            .types
            .iter()
            .filter(|t| {
                !t.is_abstract && (members.contains(&t.path.as_str()) || (all && t.path.contains('/')))
            })
            .map(|t| t.id)
            .collect();
        if self.find(name).is_none() {
            let first = ids.first().and_then(|id| self.types.get(*id));
            let mut shared = first.map(|t| t.attributes.clone()).unwrap_or_default();
            for id in &ids {
                let Some(kind) = self.types.get(*id) else { continue };
                shared.retain(|a| !a.custom && kind.attributes.iter().any(|b| b.name == a.name));
            }
            for attribute in &mut shared {
                attribute.required &= attribute.name == "Name";
            }
            self.push(name, None, true, shared);
        }
        if let Some(id) = self.find(name).map(|t| t.id) {
            self.set_members(id, ids);
        }
    }

    fn check(&self, additions: &Additions) -> Result<(), String> {
        for place in additions.choices.keys().chain(additions.defaults.keys()) {
            let (path, name) = place.rsplit_once('.').unwrap_or_default();
            let known = match path {
                "*" => self.types.iter().any(|t| t.attribute(name).is_some()),
                _ => self.find(path).is_some_and(|t| t.attribute(name).is_some()),
            };
            if !known {
                return Err(format!("unknown attribute {place}"));
            }
        }
        Ok(())
    }
}

fn below(kind: &Type, path: &str) -> bool {
    kind.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))
}
