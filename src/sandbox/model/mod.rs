//! The types and attributes the sandbox has: the standard ones and those of its data set.

mod build;
mod levels;
mod links;
mod verbs;

pub(super) use self::build::{Additions, NewAttribute, NewType, definition_id, hash64, words};
pub(super) use self::links::{Source, owners, owns};
use crate::schema::standard::Kind;
use std::collections::HashMap;

/// A type's place in the model.
pub(super) type TypeId = usize;
/// An attribute's place in its type.
pub(super) type At = usize;

/// All types of a sandbox. It does not change while the sandbox runs.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) types: Vec<Type>,
    /// By path in small letters.
    by_path: HashMap<String, TypeId>,
}

/// A type of objects.
#[derive(Debug)]
pub(super) struct Type {
    pub(super) id: TypeId,
    /// As `_type` says it: `PortfolioItem/Feature`.
    pub(super) name: String,
    /// As in a URL: `portfolioitem/feature`.
    pub(super) path: String,
    /// As people call it: `User Story`.
    pub(super) display: String,
    pub(super) prefix: Option<String>,
    pub(super) is_abstract: bool,
    /// The types with objects that this one stands for: itself, or an abstract type's sub-types.
    pub(super) concrete: Vec<TypeId>,
    /// The abstract types it belongs to, the nearest first.
    pub(super) above: Vec<TypeId>,
    /// From the lowest level of portfolio items on; -1 elsewhere.
    pub(super) ordinal: i64,
    /// What may be done: Query, Create, Read, Update, Delete, copY.
    pub(super) verbs: &'static str,
    /// ObjectID of its TypeDefinition.
    pub(super) definition: i64,
    pub(super) attributes: Vec<Attribute>,
    /// What names an object of it; the first that is not empty counts.
    pub(super) naming: Vec<At>,
    /// By element name in small letters.
    by_name: HashMap<String, At>,
}

/// An attribute of a type.
#[derive(Clone, Debug)]
pub(super) struct Attribute {
    pub(super) name: String,
    /// As people see it: `Schedule State`.
    pub(super) display: String,
    pub(super) kind: Kind,
    /// Path of the type it holds, in small letters; `None` where any will do.
    pub(super) target: Option<String>,
    pub(super) required: bool,
    pub(super) read_only: bool,
    pub(super) custom: bool,
    pub(super) hidden: bool,
    /// A collection of choices.
    pub(super) multi: bool,
    pub(super) choices: Vec<Choice>,
    /// What a new object gets, as in the data set's files.
    pub(super) default: Option<serde_json::Value>,
    pub(super) source: Source,
    /// The attribute on the other side that is kept in step.
    pub(super) opposite: Option<&'static str>,
    /// ObjectID of its AttributeDefinition.
    pub(super) definition: i64,
    /// `,"Name":`, ready to be written.
    pub(super) key: Vec<u8>,
}

/// A value an attribute may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) value: String,
    /// Kept for old objects, not offered for new ones.
    pub(super) hidden: bool,
}

impl Model {
    /// By a path as in a URL, in any letter case.
    pub(super) fn find(&self, path: &str) -> Option<&Type> {
        let found = match path.bytes().any(|b| b.is_ascii_uppercase()) {
            true => self.by_path.get(&path.to_ascii_lowercase()),
            false => self.by_path.get(path),
        };
        self.types.get(*found?)
    }

    /// The type with that id; ids come from this model, so there is one.
    pub(super) fn get(&self, id: TypeId) -> Option<&Type> {
        self.types.get(id)
    }

    /// Whether an object of that type may stand where `target` is asked for.
    pub(super) fn fits(&self, id: TypeId, target: &str) -> bool {
        self.find(target).is_none_or(|t| t.concrete.contains(&id))
    }
}

impl Type {
    /// The last part of the name: the key of item answers.
    pub(super) fn element(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }

    /// In any letter case.
    pub(super) fn at(&self, name: &str) -> Option<At> {
        match name.bytes().any(|b| b.is_ascii_uppercase()) {
            true => self.by_name.get(&name.to_ascii_lowercase()).copied(),
            false => self.by_name.get(name).copied(),
        }
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.get(self.at(name)?)
    }

    pub(super) fn may(&self, verb: char) -> bool {
        self.verbs.contains(verb)
    }

    /// Whether it is deleted into the recycle bin.
    pub(super) fn is_restorable(&self) -> bool {
        self.prefix.is_some()
    }
}

impl Attribute {
    /// Whether only the choices are taken.
    pub(super) fn is_constrained(&self) -> bool {
        !self.choices.is_empty() || matches!(self.kind, Kind::Rating | Kind::State)
    }

    /// The place of a choice in the list.
    pub(super) fn rank_of(&self, value: &str) -> Option<usize> {
        self.choices.iter().position(|c| c.value == value)
    }

    /// In characters, where there is a limit.
    pub(super) fn max_length(&self) -> Option<usize> {
        match self.kind {
            Kind::String if self.name == "Name" => Some(256),
            Kind::String => Some(32_768),
            Kind::Text => Some(32_768),
            _ => None,
        }
    }

    pub(super) fn is_sortable(&self) -> bool {
        !matches!(
            self.kind,
            Kind::Collection | Kind::WebLink | Kind::Text | Kind::Raw | Kind::Binary | Kind::Map
        )
    }

    /// The operators that queries may use on it.
    pub(super) fn operators(&self) -> &'static [&'static str] {
        match self.kind {
            Kind::String => &["=", "!=", ">", "<", ">=", "<=", "contains", "!contains"],
            Kind::Date | Kind::Integer | Kind::Decimal | Kind::Quantity | Kind::Rating | Kind::State => {
                &["=", "!=", ">", "<", ">=", "<="]
            }
            Kind::Boolean | Kind::Object => &["=", "!="],
            Kind::Text | Kind::Collection => &["contains", "!contains"],
            Kind::WebLink | Kind::Raw | Kind::Binary | Kind::Map => &[],
        }
    }
}
