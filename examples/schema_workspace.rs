//! Lists the types of a workspace with the number of their attributes, and their custom fields.
//!
//! `cargo run --example schema_workspace -- Research`. With `RALLY_SCHEMA_CACHE=FOLDER` and `--live` a second run only
//! asks whether anything changed.

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Rally, Result};

fn main() -> Result<()> {
    // Sample data in this process; with `--live` your own Rally, by the `RALLY_*` variables.
    let sandbox = Sandbox::start()?;
    let live = std::env::args().any(|arg| arg == "--live");
    let rally = if live { Rally::from_env()? } else { sandbox.rally()?.in_all_projects() };
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let rally = match args.next() {
        Some(workspace) => rally.in_workspace(workspace),
        None => rally,
    };

    let schema = rally.schema()?;
    println!("{schema}\n\n{} types", schema.types().len());
    for definition in schema.types() {
        for field in definition.custom_fields() {
            println!("  {:<28} {:<36} {}", definition.type_path(), field.name(), field.element_name());
        }
    }
    eprintln!("{} requests", rally.stats().requests);
    Ok(())
}
