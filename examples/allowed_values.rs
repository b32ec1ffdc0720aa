//! Lists what the attributes of a type take: a list of values, anything, or objects of a type.
//!
//! `cargo run --example allowed_values -- Defect` or `-- Defect Severity "Root Cause"`

mod common;

use rally_wsapi::Result;
use rally_wsapi::schema::AllowedValues;

fn main() -> Result<()> {
    let rally = common::rally()?;
    let type_name = rally.arg(0, "Defect");
    let kind = rally.type_def(type_name)?;
    let named: Vec<&str> = match rally.args.get(1..) {
        Some(names) if !names.is_empty() => names.iter().map(String::as_str).collect(),
        _ => kind.attributes().iter().map(|a| a.element_name()).collect(),
    };
    for name in named {
        let label =
            kind.attribute(name).map_or(name.to_owned(), |a| format!("{name} ({})", a.attribute_type()));
        match rally.allowed_values(type_name, name)? {
            AllowedValues::Values(values) => {
                println!("{label}");
                for value in values {
                    let shown = if value.is_empty() { "(empty)" } else { value.value() };
                    println!("    {shown}{}", if value.is_hidden() { "  (hidden)" } else { "" });
                }
            }
            // Shown for attributes asked for by name; the rest would be a long list of nothing.
            other if rally.args.len() > 1 => println!("{label}: {other}"),
            _ => {}
        }
    }
    Ok(())
}
