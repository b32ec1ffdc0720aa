//! What an attribute holds, as far as the built-in table or a loaded schema says.

use super::held::in_table;
use super::{Catalog, Scope};
use crate::schema::AttributeType;
use crate::schema::names::{Meaning, Names};
use crate::schema::standard::ValueKind;

/// What an attribute holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    /// An object or a collection of them, of this type if known.
    Object(Option<String>),
    /// A choice of a list, which the server keeps as the number of the choice.
    Choice,
    Date,
    Number,
    Boolean,
    Text,
    Unknown,
}

impl Catalog {
    /// Returns what an attribute of this element name holds. Sends nothing.
    pub(crate) fn sort_of(&self, scope: &Scope, type_name: &str, name: &str) -> Sort {
        if let Some((kind, target)) = in_table(type_name, name) {
            return match kind {
                // The states of portfolio items are objects, too.
                ValueKind::Object if target == Some("State") => Sort::Choice,
                ValueKind::Object | ValueKind::Collection => Sort::Object(target.map(str::to_owned)),
                ValueKind::State | ValueKind::Rating => Sort::Choice,
                ValueKind::Date => Sort::Date,
                ValueKind::Integer | ValueKind::Decimal | ValueKind::Quantity => Sort::Number,
                ValueKind::Boolean => Sort::Boolean,
                ValueKind::String | ValueKind::Text => Sort::Text,
                ValueKind::WebLink | ValueKind::Raw | ValueKind::Binary | ValueKind::Map => Sort::Unknown,
            };
        }
        let Some(schema) = self.schema_here(scope) else { return Sort::Unknown };
        let Meaning::Is(found) = (Names { schema: Some(&schema) }).definition(type_name, name) else {
            return Sort::Unknown;
        };
        use AttributeType as T;
        match found.attribute_type() {
            T::Object | T::User | T::Collection => Sort::Object(schema.target(found).map(str::to_owned)),
            T::State | T::Rating => Sort::Choice,
            T::Date => Sort::Date,
            T::Integer | T::Decimal | T::Quantity => Sort::Number,
            T::Boolean => Sort::Boolean,
            T::String | T::Text | T::DropDown => Sort::Text,
            _ => Sort::Unknown,
        }
    }
}
