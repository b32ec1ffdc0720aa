//! The schema of the workspace.

use crate::error::{Error, Result};
use crate::rally::Rally;
use crate::schema::names::{Meaning, Names};
use crate::schema::{Schema, TypeDef};
use std::sync::Arc;

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
}
