//! The types of the workspace and their attributes.

use crate::error::{Error, Result};
use crate::rally::Rally;
use crate::schema::names::{Meaning, Names};
use crate::schema::{Schema, TypeDef};
use std::sync::Arc;

impl Rally {
    /// The types of the handle's workspace with their attributes, custom ones included. Loaded once a client and
    /// workspace; with [`schema_cache`](crate::ConfigBuilder::schema_cache) a later run only asks whether it changed.
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
    /// What stands in the way of the requests; `NotWsapi` where the answer is no schema.
    #[doc(alias = "getSchemaInfo")]
    pub fn schema(&self) -> Result<Arc<Schema>> {
        self.catalog.schema(&self.scope)
    }

    /// The same, after asking the server whether it changed. New fields are known from then on.
    ///
    /// See [`Rally::schema`] for an example.
    ///
    /// # Errors
    /// As [`Rally::schema`]; what was known before stays.
    pub fn refresh_schema(&self) -> Result<Arc<Schema>> {
        self.catalog.refresh_schema(&self.scope)
    }

    /// One type by any of its names: `Defect`, `User Story`, `PortfolioItem/Feature`. Prints as a sheet.
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
    /// `UnknownName` with the nearest names; `Ambiguous` where several types go by the name; else as [`Rally::schema`].
    #[doc(alias = "typedef")]
    #[doc(alias = "SchemaItem")]
    pub fn type_def(&self, name: &str) -> Result<TypeDef> {
        crate::catalog::type_path(name)?;
        let schema = self.catalog.schema(&self.scope)?;
        let known = self.catalog.type_name(&self.scope, name)?.name;
        if let Some(found) = schema.at_path(&known) {
            return Ok(found.clone());
        }
        // A slashed name was taken as it is, and the table may know types that this workspace does not have.
        let last = known.rsplit('/').next().unwrap_or(&known);
        let near = match (Names { schema: Some(&schema) }).type_path(last) {
            Meaning::Is(path) if schema.at_path(&path).is_some() => vec![path.into_owned()],
            Meaning::Several(paths) => paths,
            Meaning::Unknown(near) => near,
            _ => Vec::new(),
        };
        Err(Error::unknown_name("in this workspace the type", name.trim(), near)
            .remedy("`schema()` lists the types; `refresh_schema()` reads them anew"))
    }
}
