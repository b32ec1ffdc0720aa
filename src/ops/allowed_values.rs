//! The allowed values of an attribute.

use crate::catalog::{several, unknown};
use crate::error::Result;
use crate::rally::Rally;
use crate::reference::Ref;
use crate::schema::names::{Meaning, Names};
use crate::schema::standard::{self, ValueKind};
use crate::schema::{AllowedValues, Attribute, AttributeType, Choices, Schema};

/// The type of the values of a list; an attribute that "holds" it is a choice from a list.
const LISTED: &str = "AllowedAttributeValue";

impl Rally {
    /// Returns what an attribute accepts: the values of its list, any value, or objects of a type.
    ///
    /// Both names may be display names. Sends no request if the built-in table has the answer; otherwise loads the
    /// schema once per client, and the list once if the schema only refers to it.
    ///
    /// ```
    /// use rally_wsapi::schema::AllowedValues;
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// match rally.allowed_values("Defect", "Severity")? {
    ///     AllowedValues::Values(values) => assert!(values.iter().any(|v| v.value() == "Cosmetic")),
    ///     other => println!("{other}"),
    /// }
    /// assert_eq!(rally.allowed_values("Defect", "Owner")?, AllowedValues::Objects("User".to_owned()));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `UnknownName` with the nearest names; `Ambiguous` if several attributes have the name; any transport or
    /// server error.
    #[doc(alias = "getAllowedValues")]
    pub fn allowed_values(&self, type_name: &str, attribute: &str) -> Result<AllowedValues> {
        let known = self.catalog.kind(&self.scope, type_name)?.name;
        if let Some(answer) = by_table(&known, attribute) {
            return Ok(answer);
        }
        let schema = self.catalog.schema(&self.scope)?;
        let names = Names { schema: Some(&schema) };
        let found = match names.definition(&known, attribute) {
            Meaning::Is(found) => found,
            Meaning::Several(candidates) => return Err(several(Some(&known), attribute, candidates)),
            Meaning::Unknown(near) => return Err(unknown(Some(&known), attribute, near)),
            Meaning::Unsure => return Err(unknown(Some(&known), attribute, Vec::new())),
        };
        match call(&schema, found) {
            Next::Known(answer) => Ok(answer),
            Next::Ask(collection) => {
                let values = self.catalog.choices(&collection)?;
                // Some kinds of text have an empty list and accept any value.
                Ok(match values.is_empty() {
                    true => AllowedValues::Unrestricted,
                    false => AllowedValues::Values(values.to_vec()),
                })
            }
        }
    }
}

/// Kinds that never have a list. Texts and whole numbers may have one; only the schema says.
fn by_table(type_name: &str, attribute: &str) -> Option<AllowedValues> {
    let found = standard::find(type_name)?.attribute(attribute.trim())?;
    match found.kind {
        ValueKind::Object | ValueKind::Collection => {
            found.target.map(|t| AllowedValues::Objects(t.to_owned()))
        }
        ValueKind::Boolean
        | ValueKind::Date
        | ValueKind::Text
        | ValueKind::Quantity
        | ValueKind::WebLink
        | ValueKind::Binary => Some(AllowedValues::Unrestricted),
        _ => None,
    }
}

enum Next {
    Known(AllowedValues),
    Ask(Ref),
}

/// What the schema says, and what is left to load.
fn call(schema: &Schema, attribute: &Attribute) -> Next {
    use AttributeType as T;
    let target = schema.target(attribute).filter(|t| *t != LISTED);
    let kind = attribute.attribute_type();
    if matches!(kind, T::Object | T::Collection | T::User) {
        if let Some(target) = target {
            return Next::Known(AllowedValues::Objects(target.to_owned()));
        }
    }
    let real = attribute.real_attribute_type().unwrap_or(kind);
    let chosen = attribute.is_multivalue()
        || attribute.allowed_value_type().is_some()
        || matches!(real, T::Rating | T::State | T::DropDown | T::MultiValue)
        || matches!(kind, T::Rating | T::State);
    let listed = chosen || attribute.is_constrained() == Some(true);
    // Subscriptions' own texts have been seen with a list but without the flag for it.
    let maybe = listed
        || (attribute.is_constrained().is_none() || attribute.is_custom())
            && matches!(kind, T::String | T::Integer | T::Decimal | T::Other(_));
    let own = || {
        attribute
            .object_id()
            .and_then(|id| Ref::parse(&format!("/attributedefinition/{id}/AllowedValues")).ok())
    };
    let unrestricted = || match (kind, attribute.schema_type()) {
        // An object of a type that only the older schema language names: `PortfolioItem-Feature`.
        (T::Object, Some(word)) => AllowedValues::Objects(word.replace('-', "/")),
        _ => AllowedValues::Unrestricted,
    };
    match attribute.choices() {
        Choices::Inline(values) if !values.is_empty() => Next::Known(AllowedValues::Values(values.clone())),
        Choices::Elsewhere(_, Some(0)) => Next::Known(unrestricted()),
        Choices::Elsewhere(collection, Some(_)) if kind != &T::Object => Next::Ask(collection.clone()),
        Choices::Elsewhere(collection, None) if maybe && kind != &T::Object => Next::Ask(collection.clone()),
        Choices::Inline(_) | Choices::Unsaid if listed && kind != &T::Object => {
            own().map_or_else(|| Next::Known(unrestricted()), Next::Ask)
        }
        _ => Next::Known(unrestricted()),
    }
}
