//! `rally schema`

use crate::failure::Failure;
use crate::rows::Format;
use crate::rust;
use crate::show::Show;
use crate::text::plain_lines;
use rally_wsapi::Rally;
use rally_wsapi::schema::{AllowedValue, Schema, TypeDef};
use std::io::Write;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The type whose attributes to list
    #[arg(value_name = "TYPE")]
    type_name: Option<String>,

    /// Write the type as a struct of Rust, for typed queries
    #[arg(long, requires = "type_name", conflicts_with = "format")]
    rust: bool,

    /// The fields of that struct, as Name,Owner; all that are shown where none are named
    #[arg(long, value_name = "FIELDS", value_delimiter = ',', requires = "rust")]
    fetch: Vec<String>,

    #[command(flatten)]
    show: Show,
}

impl Args {
    pub(crate) fn run(&self, rally: &Rally, out: &mut dyn Write) -> Result<(), Failure> {
        if let Some(name) = self.type_name.as_ref().filter(|_| self.rust) {
            let text = rust::of_type(rally, &rally.type_def(name)?, &self.fetch)?;
            return Ok(out.write_all(text.as_bytes())?);
        }
        match (&self.type_name, self.show.format) {
            (Some(name), Some(_)) => self.attributes(&rally.type_def(name)?, out),
            (None, Some(_)) => self.types(rally.schema()?.as_ref(), out),
            (Some(name), None) => sheet(&rally.type_def(name)?.to_string(), out),
            (None, None) => sheet(&rally.schema()?.to_string(), out),
        }
    }

    fn types(&self, schema: &Schema, out: &mut dyn Write) -> Result<(), Failure> {
        let columns = ["Type", "Name", "IDPrefix", "Attributes", "Custom", "Creatable"];
        let mut rows = self.show.rows(out, Format::Table, &columns);
        let mut types: Vec<&TypeDef> = schema.types().iter().collect();
        types.sort_by_key(|one| one.type_path().to_lowercase());
        for one in types {
            rows.row(&[
                one.type_path().into(),
                one.display_name().into(),
                one.id_prefix().map(str::to_owned).into(),
                one.attributes().len().into(),
                one.custom_fields().count().into(),
                one.is_creatable().into(),
            ])?;
        }
        rows.finish()
    }

    fn attributes(&self, definition: &TypeDef, out: &mut dyn Write) -> Result<(), Failure> {
        let columns = ["Attribute", "Name", "Type", "Required", "ReadOnly", "Custom", "Hidden", "Values"];
        let mut rows = self.show.rows(out, Format::Table, &columns);
        for attribute in definition.attributes() {
            let values: Vec<&str> = attribute.listed_values().iter().map(AllowedValue::value).collect();
            rows.row(&[
                attribute.element_name().into(),
                attribute.name().into(),
                attribute.attribute_type().to_string().into(),
                attribute.is_required().into(),
                attribute.is_read_only().into(),
                attribute.is_custom().into(),
                attribute.is_hidden().into(),
                values.join(", ").into(),
            ])?;
        }
        rows.finish()
    }
}

fn sheet(text: &str, out: &mut dyn Write) -> Result<(), Failure> {
    Ok(writeln!(out, "{}", plain_lines(text))?)
}
