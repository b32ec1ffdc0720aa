//! Builds the model from the standard types and the additions of a data set.

use super::levels::Levels;
use super::links::{COMPUTED, Rule, Source, mirror};
use super::verbs::verbs;
use super::{At, Attribute, Choice, Model, Type, TypeId};
use crate::schema::standard::{self, ValueKind};
use std::collections::{BTreeMap, HashMap};

/// What a data set adds to the standard types, by type path in lower case.
#[derive(Debug, Default)]
pub(in super::super) struct Additions {
    pub(in super::super) types: Vec<NewType>,
    pub(in super::super) attributes: Vec<(String, NewAttribute)>,
    /// By `defect.severity`, in lower case.
    pub(in super::super) choices: BTreeMap<String, Vec<Choice>>,
    pub(in super::super) defaults: BTreeMap<String, serde_json::Value>,
    /// The prefixes of FormattedIDs.
    pub(in super::super) prefixes: BTreeMap<String, String>,
    /// Standard portfolio item types that the data set does without.
    pub(in super::super) absent: Vec<String>,
}

/// A type of the data set's own.
#[derive(Debug)]
pub(in super::super) struct NewType {
    pub(in super::super) name: String,
    pub(in super::super) display: Option<String>,
    pub(in super::super) prefix: Option<String>,
    pub(in super::super) is_abstract: bool,
    /// The type whose attributes it has.
    pub(in super::super) like: String,
    /// Its position among the levels of its family, from the lowest.
    pub(in super::super) ordinal: Option<i64>,
}

/// A custom field.
#[derive(Debug)]
pub(in super::super) struct NewAttribute {
    pub(in super::super) name: String,
    pub(in super::super) display: String,
    pub(in super::super) kind: ValueKind,
    pub(in super::super) target: Option<String>,
    pub(in super::super) required: bool,
    pub(in super::super) hidden: bool,
    pub(in super::super) multi: bool,
}

/// Abstract types that the table of standard types may lack, and their subtypes.
const ABSTRACT: [(&str, &[&str]); 2] = [
    (
        "Artifact",
        &["defect", "defectsuite", "hierarchicalrequirement", "risk", "task", "testcase", "testset"],
    ),
    ("SchedulableArtifact", &["defect", "defectsuite", "hierarchicalrequirement", "testset"]),
];

/// Targets that the table does not contain.
const TARGETS: [(&str, &str, &str); 8] = [
    ("hierarchicalrequirement", "PortfolioItem", "portfolioitem/feature"),
    ("hierarchicalrequirement", "Feature", "portfolioitem/feature"),
    ("defect", "Requirement", "hierarchicalrequirement"),
    ("*", "Milestones", "milestone"),
    ("*", "Attachments", "attachment"),
    ("*", "Discussion", "conversationpost"),
    ("*", "Artifact", "artifact"),
    ("*", "Artifacts", "artifact"),
];

/// The standard portfolio item types, from the lowest level.
const LEVELS: [&str; 3] = ["portfolioitem/feature", "portfolioitem/initiative", "portfolioitem/theme"];

/// The attributes that name an object, in lower case.
const NAMING: [&str; 5] = ["name", "displayname", "username", "stringvalue", "operatorname"];

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

fn of_standard(kind: &standard::StandardType) -> Vec<Attribute> {
    kind.attributes.iter().map(|a| attribute(kind.url_path, a)).collect()
}

/// Possible prefixes of a type's FormattedIDs, the most likely first: `KR` for `KeyResult`, `RI`, then `RIS` for
/// `Risk`.
fn initials(element: &str) -> impl Iterator<Item = String> {
    let capitals: String = element.chars().filter(|c| c.is_ascii_uppercase()).take(2).collect();
    let whole = element.to_ascii_uppercase();
    let starts = (2..=whole.len()).filter_map(move |n| whole.get(..n).map(str::to_owned));
    Some(capitals).filter(|c| c.len() == 2).into_iter().chain(starts)
}

fn attribute(path: &str, from: &standard::StandardAttribute) -> Attribute {
    let known = TARGETS.iter().find(|(p, n, _)| (*p == path || *p == "*") && *n == from.name);
    Attribute {
        name: from.name.to_owned(),
        display: words(from.name),
        kind: from.kind,
        target: known.map(|(_, _, t)| *t).or(from.target).map(str::to_ascii_lowercase),
        required: from.is_required,
        read_only: from.is_read_only,
        custom: false,
        hidden: false,
        multi: false,
        choices: Vec::new(),
        default: None,
        source: Source::Stored,
        opposite: None,
        definition: 0,
        key: Vec::new(),
    }
}

fn custom(from: &NewAttribute) -> Attribute {
    Attribute {
        name: from.name.clone(),
        display: from.display.clone(),
        kind: from.kind,
        target: if from.multi { Some("allowedattributevalue".to_owned()) } else { from.target.clone() },
        required: from.required,
        read_only: false,
        custom: true,
        hidden: from.hidden,
        multi: from.multi,
        choices: Vec::new(),
        default: None,
        source: Source::Stored,
        opposite: None,
        definition: 0,
        key: Vec::new(),
    }
}

/// Sets names, mirrors, computed values, choices and defaults, once the attributes are complete. `lowest` is the
/// lowest portfolio item type.
fn settle(kind: &mut Type, additions: &Additions, lowest: &str) {
    kind.attributes.sort_by_key(|a| a.name.to_ascii_lowercase());
    kind.by_name =
        kind.attributes.iter().enumerate().map(|(at, a)| (a.name.to_ascii_lowercase(), at)).collect();
    kind.naming = NAMING.iter().filter_map(|name| kind.by_name.get(*name).copied()).collect();
    let by_name = &kind.by_name;
    let at = |name: &str| by_name.get(&name.to_ascii_lowercase()).copied();
    for attribute in &mut kind.attributes {
        let place = format!("{}.{}", kind.path, attribute.name).to_ascii_lowercase();
        attribute.key = format!(",\"{}\":", attribute.name).into_bytes();
        attribute.definition = definition_id(&format!("{}/{}", kind.path, attribute.name));
        attribute.opposite = mirror(&kind.path, &attribute.name);
        let any = format!("*.{}", attribute.name).to_ascii_lowercase();
        let above =
            kind.path.split_once('/').map(|(a, _)| format!("{a}.{}", attribute.name).to_ascii_lowercase());
        let places = [Some(place), above, Some(any)];
        let mut choices = places.iter().flatten().filter_map(|p| additions.choices.get(p));
        if let (
            ValueKind::String | ValueKind::Rating | ValueKind::State | ValueKind::Collection,
            Some(found),
        ) = (attribute.kind, choices.next())
        {
            attribute.choices.clone_from(found);
        }
        attribute.default = places.iter().flatten().find_map(|p| additions.defaults.get(p)).cloned();
        let mut rules =
            COMPUTED.iter().filter(|(p, n, _)| (*p == kind.path || *p == "*") && *n == attribute.name);
        let source = match kind.path == "hierarchicalrequirement" && attribute.name == lowest {
            true => source(&Rule::Alias("PortfolioItem"), at),
            false => rules.find_map(|(_, _, rule)| source(rule, at)),
        };
        if let Some(source) = source {
            attribute.source = source;
            attribute.read_only = true;
        }
    }
}

/// `None` if the type lacks what the rule needs.
fn source(rule: &Rule, at: impl Fn(&str) -> Option<At>) -> Option<Source> {
    Some(match rule {
        Rule::Plain(source) => source.clone(),
        Rule::Alias(name) => Source::Alias(at(name)?),
        Rule::Count(name) => Source::Count(at(name)?),
        Rule::Has(name) => Source::Has(at(name)?),
        Rule::Either(a, b) => Source::Either(at(a)?, at(b)?),
        Rule::Initial(name) => Source::Initial(at(name)?),
        Rule::Via(name, further) => Source::Via(at(name)?, further),
        Rule::LastResult(name) => Source::LastResult(at("Results")?, name),
    })
}

/// `ScheduleState` as `Schedule State`, `ObjectUUID` as `Object UUID`.
pub(in super::super) fn words(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (i, letter) in letters.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|i| letters.get(i));
        let small = |l: Option<&char>| l.is_some_and(|l| l.is_lowercase());
        let starts = letter.is_uppercase()
            && (small(before) || (before.is_some_and(|b| b.is_uppercase()) && small(letters.get(i + 1))));
        if starts && !(letters.get(i + 1) == Some(&'s') && letters.get(i + 2).is_none()) {
            out.push(' ');
        }
        out.push(*letter);
    }
    out
}

/// FNV-1a: the same in every run and on every machine.
pub(in super::super) fn hash64(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

fn hash32(text: &str) -> u32 {
    let hash = hash64(text);
    ((hash >> 32) ^ (hash & 0xffff_ffff)) as u32
}

/// Ids of built-in definitions are negative and need all 64 bits, as on the server.
pub(in super::super) fn definition_id(text: &str) -> i64 {
    -(((hash64(text) >> 2) | 1 << 62) as i64)
}
