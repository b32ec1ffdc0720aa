//! Shows what a type is made of: its attributes, how they may be used, and what it inherits from.
//!
//! `cargo run --example typedef -- Defect` (or `PortfolioItem/Feature`, `"User Story"`)

mod common;

use rally_wsapi::Result;
use rally_wsapi::schema::Attribute;

fn main() -> Result<()> {
    let rally = common::rally()?;
    let kind = rally.type_def(rally.arg(0, "Defect"))?;
    println!("{} ({})", kind.type_path(), kind.display_name());
    println!("inherits from: {}", kind.inheritance().join(" > "));
    println!("prefix of FormattedIDs: {}\n", kind.id_prefix().unwrap_or("none"));
    println!(
        "{:<32} {:<11} {:<9} {:<9} {:<7} {:<7} values",
        "attribute", "type", "required", "settable", "custom", "hidden"
    );
    let mut attributes: Vec<&Attribute> = kind.attributes().iter().collect();
    attributes.sort_by_key(|a| (a.is_custom(), a.element_name().to_lowercase()));
    let mark = |yes: bool| if yes { "yes" } else { "" };
    for a in attributes {
        let listed: Vec<&str> = a.listed_values().iter().map(|v| v.value()).collect();
        let values =
            a.allowed_value_type().map_or_else(|| listed.join(", "), |of| format!("objects of type {of}"));
        let (kind, settable) = (a.attribute_type().to_string(), !a.is_read_only());
        let line = format!(
            "{:<32} {kind:<11} {:<9} {:<9} {:<7} {:<7} {values}",
            a.element_name(),
            mark(a.is_required()),
            mark(settable),
            mark(a.is_custom()),
            mark(a.is_hidden()),
        );
        println!("{}", line.trim_end());
    }
    Ok(())
}
