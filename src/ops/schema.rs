//! The schema of the workspace, and the allowed values of its attributes.

use crate::catalog::{several, unknown};
use crate::error::{Error, Result};
use crate::rally::Rally;
use crate::reference::Ref;
use crate::schema::names::{Meaning, Names};
use crate::schema::standard::{self, ValueKind};
use crate::schema::{AllowedValues, Attribute, AttributeType, Choices, Schema, TypeDef};
use std::sync::Arc;

/// The type of the values of a list; an attribute that "holds" it is a choice from a list.
const LISTED: &str = "AllowedAttributeValue";

impl Rally {
    /// Returns the types of the handle's workspace with their attributes, custom ones included.
    ///
    /// It is loaded once per client and workspace; with [`schema_cache`](crate::ConfigBuilder::schema_cache) later
    /// runs only ask whether it changed.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let schema = rally.schema()?;
    /// assert_eq!(schema.type_def("User Story").unwrap().type_path(), "HierarchicalRequirement");
    /// assert_eq!(rally.schema()?.types().len(), rally.refresh_schema()?.types().len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `NotWsapi` if the answer is not a schema; any transport or server error.
    #[doc(alias = "getSchemaInfo")]
    pub fn schema(&self) -> Result<Arc<Schema>> {
        self.catalog.schema(&self.scope)
    }

    /// Asks the server whether the schema changed, reloads it if so, and returns it. New fields are known from then
    /// on.
    ///
    /// See [`Rally::schema`] for an example.
    ///
    /// # Errors
    /// As [`Rally::schema`]; the schema loaded before stays in use.
    pub fn refresh_schema(&self) -> Result<Arc<Schema>> {
        self.catalog.refresh_schema(&self.scope)
    }

    /// Returns the definition of a type by any of its names: `Defect`, `User Story`, `PortfolioItem/Feature`.
    /// Prints as a table.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let story = rally.type_def("User Story")?;
    /// assert_eq!((story.type_path(), story.id_prefix()), ("HierarchicalRequirement", Some("US")));
    /// for field in story.custom_fields() {
    ///     println!("{} is sent as {}", field.name(), field.element_name());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `UnknownName` with the nearest names; `Ambiguous` if several types have the name; as [`Rally::schema`].
    #[doc(alias = "typedef")]
    #[doc(alias = "SchemaItem")]
    pub fn type_def(&self, name: &str) -> Result<TypeDef> {
        crate::catalog::type_path(name)?;
        let schema = self.catalog.schema(&self.scope)?;
        let known = self.catalog.kind(&self.scope, name)?.name;
        if let Some(found) = schema.at_path(&known) {
            return Ok(found.clone());
        }
        // A name with a slash was taken as written, and the built-in table may have types that this workspace
        // lacks.
        let last = known.rsplit('/').next().unwrap_or(&known);
        let near = match (Names { schema: Some(&schema) }).type_path(last) {
            Meaning::Is(path) if schema.at_path(&path).is_some() => vec![path],
            Meaning::Several(paths) => paths,
            Meaning::Unknown(near) => near,
            _ => Vec::new(),
        };
        Err(Error::unknown_name("in this workspace the type", name.trim(), near)
            .remedy("`schema()` lists the types; `refresh_schema()` reloads them"))
    }

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
        by_schema(&schema, found, |collection| {
            let values = self.catalog.choices(collection)?;
            // Some kinds of text have an empty list and accept any value.
            Ok(match values.is_empty() {
                true => AllowedValues::Unrestricted,
                false => AllowedValues::Values(values.to_vec()),
            })
        })
    }
}

/// Kinds that never have a list. Texts and whole numbers may have one; only the schema says.
fn by_table(type_name: &str, attribute: &str) -> Option<AllowedValues> {
    use ValueKind as K;
    let found = standard::find(type_name)?.attribute(attribute.trim())?;
    match found.kind {
        K::Object | K::Collection => found.target.map(|t| AllowedValues::Objects(t.to_owned())),
        K::Boolean | K::Date | K::Text | K::Quantity | K::WebLink | K::Binary => {
            Some(AllowedValues::Unrestricted)
        }
        _ => None,
    }
}

/// What the schema says; the values of a collection have to be asked for.
fn by_schema(
    schema: &Schema,
    attribute: &Attribute,
    ask: impl FnOnce(&Ref) -> Result<AllowedValues>,
) -> Result<AllowedValues> {
    use AttributeType as T;
    let target = schema.target(attribute).filter(|t| *t != LISTED);
    let kind = attribute.attribute_type();
    if matches!(kind, T::Object | T::Collection | T::User) {
        if let Some(target) = target {
            return Ok(AllowedValues::Objects(target.to_owned()));
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
        Choices::Inline(values) if !values.is_empty() => Ok(AllowedValues::Values(values.clone())),
        Choices::Elsewhere(_, Some(0)) => Ok(unrestricted()),
        Choices::Elsewhere(collection, Some(_)) if kind != &T::Object => ask(collection),
        Choices::Elsewhere(collection, None) if maybe && kind != &T::Object => ask(collection),
        Choices::Inline(_) | Choices::Unsaid if listed && kind != &T::Object => {
            own().map_or_else(|| Ok(unrestricted()), |collection| ask(&collection))
        }
        _ => Ok(unrestricted()),
    }
}
