//! Prints the definition of a type: where it inherits from, and its attributes with their use and values.
//!
//! `cargo run --example schema_type -- "User Story"`; `-- Defect Severity "Root Cause"` prints the values of attributes.

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::schema::AllowedValues;
use rally_wsapi::{Rally, Result};

fn main() -> Result<()> {
    // Sample data in this process; with `--live` your own Rally, by the `RALLY_*` variables.
    let sandbox = Sandbox::start()?;
    let live = std::env::args().any(|arg| arg == "--live");
    let rally = if live { Rally::from_env()? } else { sandbox.rally()?.in_all_projects() };
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let type_name = args.next().unwrap_or_else(|| "Defect".to_owned());
    let mut names: Vec<String> = args.collect();

    let definition = rally.type_def(&type_name)?;
    if names.is_empty() {
        // A sheet of all attributes: name, display name, type, use.
        println!("{definition}");
        for attribute in definition.attributes().iter().filter(|a| a.is_required() && !a.is_read_only()) {
            println!("required: {} ({})", attribute.name(), attribute.attribute_type());
        }
        for attribute in definition.attributes().iter().filter(|a| a.is_custom() || a.is_hidden()) {
            let of = attribute.allowed_value_type().unwrap_or("any value");
            println!("custom or hidden: {} takes {of}", attribute.name());
        }
        let listed = definition.attributes().iter().filter(|a| !a.listed_values().is_empty());
        names = listed.map(|a| a.element_name().to_owned()).collect();
    } else {
        let prefix = definition.id_prefix().unwrap_or("none");
        println!("{} ({}), prefix: {prefix}", definition.type_path(), definition.display_name());
        println!("inherits from: {}", definition.inheritance().join(" > "));
    }

    for name in &names {
        match rally.allowed_values(&type_name, name)? {
            AllowedValues::Values(values) => {
                println!("{name}");
                for value in values {
                    let text = if value.is_empty() { "(empty)" } else { value.value() };
                    println!("    {text}{}", if value.is_hidden() { "  (hidden)" } else { "" });
                }
            }
            other => println!("{name}: {other}"), // anything, or objects of a type
        }
    }
    Ok(())
}
