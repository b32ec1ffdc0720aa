//! Reading JSON that may lack anything: a missing member, null and another kind of value are all "not said".

use crate::reference::Ref;
use serde_json::{Map, Value};

/// An object of the schema, looked at with patience.
#[derive(Clone, Copy)]
pub(super) struct Lens<'a>(Option<&'a Map<String, Value>>);

impl<'a> Lens<'a> {
    pub(super) fn new(value: &'a Value) -> Lens<'a> {
        Lens(value.as_object())
    }

    pub(super) fn value(&self, name: &str) -> Option<&'a Value> {
        self.0?.get(name).filter(|v| !v.is_null())
    }

    pub(super) fn object(&self, name: &str) -> Option<Lens<'a>> {
        self.value(name).filter(|v| v.is_object()).map(Lens::new)
    }

    /// Text that is not empty.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.value(name)?.as_str().filter(|t| !t.is_empty()).map(str::to_owned)
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.said(name).unwrap_or_default()
    }

    pub(super) fn said(&self, name: &str) -> Option<bool> {
        self.value(name)?.as_bool()
    }

    /// Built-in ids are negative and may need all 64 bits: never by way of a float.
    pub(super) fn number(&self, name: &str) -> Option<i64> {
        let value = self.value(name)?;
        value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
    }

    /// `_ref` may be the text `null`.
    pub(super) fn reference(&self) -> Option<Ref> {
        Ref::parse(self.value("_ref")?.as_str()?).ok()
    }

    /// The id at the end of `_ref`, however the reference is written.
    pub(super) fn id(&self) -> Option<i64> {
        self.reference().and_then(|r| r.object_id()).or_else(|| self.number("ObjectID"))
    }
}
