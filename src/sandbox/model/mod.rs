//! The types and attributes of the sandbox: the standard ones and those of its data set.

mod additions;
mod attribute;
mod build;
mod hash;
mod levels;
mod links;
mod name;
mod verbs;

pub(super) use self::additions::{Additions, NewAttribute, NewType};
pub(super) use self::hash::{definition_id, hash64};
pub(super) use self::links::{Source, owners, owns};
pub(super) use self::name::words;
use crate::schema::standard::ValueKind;
use std::collections::HashMap;

/// The index of a type in the model.
pub(super) type TypeId = usize;
/// The index of an attribute in its type.
pub(super) type At = usize;

/// All types of a sandbox. It does not change while the sandbox runs.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) types: Vec<Type>,
    /// By path in lower case.
    by_path: HashMap<String, TypeId>,
}

/// A type of objects.
#[derive(Debug)]
pub(super) struct Type {
    pub(super) id: TypeId,
    /// As in `_type`: `PortfolioItem/Feature`.
    pub(super) name: String,
    /// As in a URL: `portfolioitem/feature`.
    pub(super) path: String,
    /// As people call it: `User Story`.
    pub(super) display: String,
    pub(super) prefix: Option<String>,
    pub(super) is_abstract: bool,
    /// The types of its objects: itself, or an abstract type's subtypes.
    pub(super) concrete: Vec<TypeId>,
    /// The abstract types it belongs to, nearest first.
    pub(super) above: Vec<TypeId>,
    /// From the lowest level of portfolio items on; -1 for other types.
    pub(super) ordinal: i64,
    /// The permitted operations: Query, Create, Read, Update, Delete, copY.
    pub(super) verbs: &'static str,
    /// ObjectID of its TypeDefinition.
    pub(super) definition: i64,
    pub(super) attributes: Vec<Attribute>,
    /// The attributes that name an object of it; the first that is not empty counts.
    pub(super) naming: Vec<At>,
    /// By element name in lower case.
    by_name: HashMap<String, At>,
}

/// An attribute of a type.
#[derive(Clone, Debug)]
pub(super) struct Attribute {
    pub(super) name: String,
    /// The display name: `Schedule State`.
    pub(super) display: String,
    pub(super) kind: ValueKind,
    /// Path of the type it holds, in lower case; `None` for any.
    pub(super) target: Option<String>,
    pub(super) required: bool,
    pub(super) read_only: bool,
    pub(super) custom: bool,
    pub(super) hidden: bool,
    /// A collection of choices.
    pub(super) multi: bool,
    pub(super) choices: Vec<Choice>,
    /// The value of a new object, as in the data set's files.
    pub(super) default: Option<serde_json::Value>,
    pub(super) source: Source,
    /// The attribute on the other side that mirrors it.
    pub(super) opposite: Option<&'static str>,
    /// ObjectID of its AttributeDefinition.
    pub(super) definition: i64,
    /// `,"Name":`, ready to be written.
    pub(super) key: Vec<u8>,
}

/// An allowed value of an attribute.
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

    /// The type with that id; ids come from this model, so it exists.
    pub(super) fn get(&self, id: TypeId) -> Option<&Type> {
        self.types.get(id)
    }

    /// `true` if an object of that type may be used where `target` is required.
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

    /// `true` if deleted objects go to the recycle bin.
    pub(super) fn is_restorable(&self) -> bool {
        self.prefix.is_some()
    }
}

impl Attribute {
    /// `true` if only the choices are accepted.
    pub(super) fn is_constrained(&self) -> bool {
        !self.choices.is_empty() || matches!(self.kind, ValueKind::Rating | ValueKind::State)
    }

    /// The position of a choice in the list.
    pub(super) fn rank_of(&self, value: &str) -> Option<usize> {
        self.choices.iter().position(|c| c.value == value)
    }

    /// In characters, if there is a limit.
    pub(super) fn max_length(&self) -> Option<usize> {
        match self.kind {
            ValueKind::String if self.name == "Name" => Some(256),
            ValueKind::String => Some(32_768),
            ValueKind::Text => Some(32_768),
            _ => None,
        }
    }

    pub(super) fn is_sortable(&self) -> bool {
        !matches!(
            self.kind,
            ValueKind::Collection
                | ValueKind::WebLink
                | ValueKind::Text
                | ValueKind::Raw
                | ValueKind::Binary
                | ValueKind::Map
        )
    }

    /// The operators that queries may use on it.
    pub(super) fn operators(&self) -> &'static [&'static str] {
        match self.kind {
            ValueKind::String => &["=", "!=", ">", "<", ">=", "<=", "contains", "!contains"],
            ValueKind::Date
            | ValueKind::Integer
            | ValueKind::Decimal
            | ValueKind::Quantity
            | ValueKind::Rating
            | ValueKind::State => &["=", "!=", ">", "<", ">=", "<="],
            ValueKind::Boolean | ValueKind::Object => &["=", "!="],
            ValueKind::Text | ValueKind::Collection => &["contains", "!contains"],
            ValueKind::WebLink | ValueKind::Raw | ValueKind::Binary | ValueKind::Map => &[],
        }
    }
}
