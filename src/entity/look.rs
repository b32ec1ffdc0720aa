//! Resolves a name on an object from what is at hand.

use super::Entity;
use crate::catalog::path::Segments;
use crate::catalog::{Catalog, Scope};
use crate::record::Fields;
use crate::schema::spelling::custom_element;
use serde_json::Value;
use std::borrow::Cow;

/// What a name means on an object.
pub(crate) enum Found<'a> {
    Here(&'a str, Cow<'a, Value>),
    /// No value, but the type has such an attribute.
    Known(Cow<'static, str>),
    Unknown,
    /// It may be a standard attribute or a custom one.
    Unsure,
}

/// Finds the member for a name: by the name itself, by the type's names, by the spelling. Sends nothing.
pub(crate) fn look<'a>(catalog: &Catalog, scope: &Scope, fields: Fields<'a>, name: &str) -> Found<'a> {
    let here = |key: &str| fields.member(key).map(|(k, v)| Found::Here(k, Cow::Borrowed(v)));
    if let Some(found) = here(name) {
        return found;
    }
    let oid = || Some(Found::Here("oid", Cow::Owned(fields.reference()?.object_id()?.into())));
    let meta = match name {
        "ref" => here("_ref"),
        "uuid" => here("_refObjectUUID"),
        "Name" => here("_refObjectName"),
        "oid" => oid(),
        _ => None,
    };
    if let Some(found) = meta {
        return found;
    }
    let kind = fields.type_name();
    if catalog.may_be_two(scope, &kind, name, |key| fields.has(key)) {
        return Found::Unsure;
    }
    // A name in the table or a schema means that attribute only: `Notes` never returns `c_Notes`.
    if let Some(known) = catalog.known_attribute(scope, &kind, name) {
        return here(&known).unwrap_or(Found::Known(known));
    }
    let custom = custom_element(name);
    let is_custom = |key: &str| custom.as_deref().is_some_and(|custom| key.eq_ignore_ascii_case(custom));
    let same = |key: &str| key.eq_ignore_ascii_case(name) || is_custom(key);
    fields.named(same).and_then(here).unwrap_or(Found::Unknown)
}

impl Entity {
    /// `true` if the first name of the path is here.
    pub(super) fn has_first_of(&self, path: &str) -> bool {
        let first = Segments::new(path).next().and_then(Result::ok);
        first.is_none_or(|segment| {
            matches!(self.look(Fields::Record(self.record()), segment.name), Found::Here(..))
        })
    }

    pub(super) fn look<'a>(&self, fields: Fields<'a>, name: &str) -> Found<'a> {
        look(self.catalog(), &self.scope(), fields, name)
    }

    /// The workspace whose names apply here: the one that was queried, or the one the object says it is in.
    pub(crate) fn scope(&self) -> Scope {
        let queried = self.row_page().and_then(|page| page.call.get("workspace"));
        let own = || self.record().get("Workspace")?.get("_ref")?.as_str();
        let workspace = queried.or_else(own).or(self.catalog().session.config.workspace());
        Scope { workspace: workspace.map(str::to_owned), ..Scope::default() }
    }
}
