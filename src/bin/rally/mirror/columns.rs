//! What columns an attribute has.

use rally_wsapi::schema::{Attribute, AttributeType};

/// How the values of an attribute are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Integer,
    Real,
    Boolean,
    /// Two columns: `_oid` and `_name`.
    Object,
    /// A table of its members.
    Links,
}

const NAMES: [(Kind, &str); 6] = [
    (Kind::Text, "text"),
    (Kind::Integer, "integer"),
    (Kind::Real, "real"),
    (Kind::Boolean, "boolean"),
    (Kind::Object, "object"),
    (Kind::Links, "links"),
];

impl Kind {
    /// `None` for collections whose members refer back: these are rows of a table of their own, or not mirrored. Their
    /// number changes without an update of the object, so that one that is kept would soon be wrong.
    pub(super) fn of(attribute: &Attribute) -> Option<Kind> {
        use AttributeType as T;
        let linked = ["Tag", "Milestone"];
        Some(match attribute.attribute_type() {
            T::Integer => Kind::Integer,
            T::Decimal | T::Quantity => Kind::Real,
            T::Boolean => Kind::Boolean,
            T::Object | T::User => Kind::Object,
            T::Collection | T::MultiValue => {
                let is_linked = attribute.allowed_value_type().is_some_and(|name| linked.contains(&name));
                return (is_linked || attribute.is_multivalue()).then_some(Kind::Links);
            }
            _ => Kind::Text,
        })
    }

    pub(super) fn name(self) -> &'static str {
        NAMES.iter().find(|(kind, _)| *kind == self).map_or("text", |(_, name)| name)
    }

    pub(super) fn named(name: &str) -> Kind {
        NAMES.iter().find(|(_, known)| *known == name).map_or(Kind::Text, |(kind, _)| *kind)
    }

    /// What is added to the attribute's name, and SQLite's type, for each column.
    pub(super) fn columns(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Kind::Text => &[("", "TEXT")],
            Kind::Integer | Kind::Boolean => &[("", "INTEGER")],
            Kind::Real => &[("", "REAL")],
            Kind::Object => &[("_oid", "INTEGER"), ("_name", "TEXT")],
            Kind::Links => &[],
        }
    }

    /// Whether it fits in the columns of the other.
    pub(super) fn is_scalar(self) -> bool {
        matches!(self, Kind::Text | Kind::Integer | Kind::Real | Kind::Boolean)
    }
}

/// An attribute as the file has it.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) attribute: String,
    pub(super) kind: Kind,
    /// One name, or two; none of what is a table.
    pub(super) names: Vec<String>,
    /// The table of members.
    pub(super) links: Option<String>,
}
