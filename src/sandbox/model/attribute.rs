//! The attributes of a type: from the standard table or a data set, and what they are computed from.

use super::additions::{Additions, NewAttribute};
use super::hash::definition_id;
use super::links::{COMPUTED, Rule, Source, mirror};
use super::name::words;
use super::{At, Attribute, Type};
use crate::schema::standard::{self, ValueKind};

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

/// The attributes that name an object, in lower case.
const NAMING: [&str; 5] = ["name", "displayname", "username", "stringvalue", "operatorname"];

pub(super) fn of_standard(kind: &standard::StandardType) -> Vec<Attribute> {
    kind.attributes.iter().map(|a| attribute(kind.url_path, a)).collect()
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

pub(super) fn custom(from: &NewAttribute) -> Attribute {
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
pub(super) fn settle(kind: &mut Type, additions: &Additions, lowest: &str) {
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
