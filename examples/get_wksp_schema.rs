//! Lists the types of a workspace with the number of their attributes and their own fields.
//!
//! `cargo run --example get_wksp_schema -- [WORKSPACE]`
//! With `RALLY_SCHEMA_CACHE=FOLDER` a second run only asks whether anything changed.

mod common;

use rally_wsapi::{Rally, Result};

fn main() -> Result<()> {
    let connection = common::rally()?;
    let rally: Rally = match connection.args.first() {
        Some(name) => connection.in_workspace(name.as_str()),
        None => connection.clone(),
    };
    let schema = rally.schema()?;
    println!("{schema}\n\n{} types", schema.types().len());
    for kind in schema.types() {
        for field in kind.custom_fields() {
            println!("  {:<28} {:<36} {}", kind.type_path(), field.name(), field.element_name());
        }
    }
    eprintln!("{} requests", rally.stats().requests);
    Ok(())
}
