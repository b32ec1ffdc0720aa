//! What attributes hold: an object, a value of a list, or anything; and the lists that have to be loaded.

use super::{Catalog, Scope};
use crate::call::Call;
use crate::error::Result;
use crate::reference::Ref;
use crate::schema::names::{Meaning, Names};
use crate::schema::standard::{self, ValueKind};
use crate::schema::{AllowedValue, AttributeType, Choices};
use serde_json::Value;
use std::sync::Arc;

/// The values of drop-downs, unless a workspace changes them.
const USUAL: [(&str, &[&str]); 4] = [
    ("ScheduleState", &["Defined", "In-Progress", "Completed", "Accepted"]),
    ("Severity", &["None", "Crash/Data Loss", "Major Problem", "Minor Problem", "Cosmetic"]),
    ("Priority", &["None", "Resolve Immediately", "High Attention", "Normal", "Low"]),
    ("State", &["Submitted", "Open", "Fixed", "Closed", "Defined", "In-Progress", "Completed"]),
];

/// The largest page.
const PAGE: u64 = 2_000;

/// What is known about the values of an attribute.
pub(super) enum Held {
    /// An object, of this type if known.
    Object(Option<String>),
    /// One of a list. `is_own` tells the workspace's own list from a usual one, which workspaces may change.
    Listed {
        values: Vec<String>,
        is_own: bool,
    },
    Anything,
}

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
    /// Returns the type of the objects that a path of element names leads to.
    pub(super) fn kind_at(&self, scope: &Scope, root: Option<&str>, path: Option<&str>) -> Option<String> {
        let mut along = self.along(scope, root);
        for name in path.into_iter().flat_map(|path| path.split('.')) {
            // A name that is not known says nothing of those behind it.
            let _ = along.step(name, false);
        }
        along.kind().map(str::to_owned)
    }

    /// Returns what the attribute at the end of a path of element names holds.
    pub(super) fn held(&self, scope: &Scope, root: Option<&str>, path: &str) -> Held {
        let (before, last) = split_last(path);
        let Some(kind) = self.kind_at(scope, root, before) else {
            return if before.is_some() { held_anywhere(last) } else { Held::Anything };
        };
        let table = in_table(&kind, last);
        if let Some((ValueKind::Object | ValueKind::Collection, target)) = table {
            return Held::Object(target.map(str::to_owned));
        }
        let schema = self.schema_here(scope);
        let definition = schema.as_deref().map(|s| Names { schema: Some(s) }.definition(&kind, last));
        if let (Some(schema), Some(Meaning::Is(found))) = (schema.as_deref(), definition) {
            if table.is_none()
                && matches!(found.attribute_type(), AttributeType::Object | AttributeType::User)
            {
                return Held::Object(schema.target(found).map(str::to_owned));
            }
            let loaded = match found.choices() {
                _ if found.is_multivalue() => None,
                Choices::Inline(values) => Some(texts(values)),
                Choices::Elsewhere(collection, _) => {
                    self.known.choices.here(collection.path()).map(|values| texts(&values))
                }
                Choices::Unsaid => None,
            };
            if let Some(values) = loaded.filter(|values| !values.is_empty()) {
                return Held::Listed { values, is_own: true };
            }
        }
        let listed = matches!(table, Some((ValueKind::State | ValueKind::Rating | ValueKind::String, _)));
        let usual = USUAL.iter().find(|(name, _)| listed && name.eq_ignore_ascii_case(last));
        usual.map_or(Held::Anything, |(_, values)| Held::Listed {
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            is_own: false,
        })
    }

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

    /// Returns the values in this collection, loaded once.
    pub(crate) fn choices(&self, collection: &Ref) -> Result<Arc<Vec<AllowedValue>>> {
        self.known.choices.once(collection.path(), || {
            let mut values = Vec::new();
            let mut start = 1;
            loop {
                let call = Call::new(collection.path())
                    .param("fetch", "StringValue,LocalizedStringValue,IntegerValue,ValueIndex,Hidden")
                    .param("start", start.to_string())
                    .param("pagesize", PAGE.to_string());
                let page = self.session.page(&call)?;
                for row in 0..page.len() {
                    values.push(AllowedValue::read(&Value::Object(page.row(row)?)));
                }
                start += page.len() as u64;
                if page.len() == 0 || page.total.is_none_or(|total| start > total) {
                    return Ok(Arc::new(AllowedValue::list(values)));
                }
            }
        })
    }
}

pub(super) fn split_last(path: &str) -> (Option<&str>, &str) {
    path.rsplit_once('.').map_or((None, path), |(before, last)| (Some(before), last))
}

fn texts(values: &[AllowedValue]) -> Vec<String> {
    values.iter().map(|v| v.value().to_owned()).collect()
}

/// The kind and target of an attribute of a type, of `PortfolioItem`, or of any type below an abstract one.
pub(super) fn in_table(type_name: &str, name: &str) -> Option<(ValueKind, Option<&'static str>)> {
    let exact = standard::family(type_name)?;
    let below = || standard::below(exact).find_map(|t| t.attribute(name)).filter(|_| exact.is_abstract);
    exact.attribute(name).or_else(below).map(|a| (a.kind, a.target))
}

/// What an attribute of an unknown type holds: an object, if it does so in every standard type that has it.
fn held_anywhere(name: &str) -> Held {
    let all: Vec<_> = standard::all().iter().filter_map(|t| t.attribute(name)).collect();
    let holds_objects = all.iter().all(|a| matches!(a.kind, ValueKind::Object | ValueKind::Collection));
    let Some(first) = all.first().filter(|_| holds_objects) else { return Held::Anything };
    let target = first.target.filter(|_| all.iter().all(|a| a.target == first.target));
    Held::Object(target.map(str::to_owned))
}
