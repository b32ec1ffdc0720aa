//! What a data set adds to the standard types.

use super::Choice;
use crate::schema::standard::ValueKind;
use std::collections::BTreeMap;

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
