//! Walks from the themes down to the tasks.
//!
//! `cargo run --example get_work -- T1` walks one portfolio item.

mod common;

use rally_wsapi::{Entity, Result};

fn main() -> Result<()> {
    let rally = common::rally()?;
    walk(&rally.find(rally.arg(0, "T1"))?, 0)?;
    Ok(())
}

/// Prints an item and what is below it. A collection is one request for all its members.
fn walk(item: &Entity, depth: usize) -> Result<()> {
    println!("{}{item}", "    ".repeat(depth));
    let below: &[&str] = match item.type_name() {
        "HierarchicalRequirement" => &["Children", "Tasks", "Defects"],
        "PortfolioItem/Feature" => &["UserStories"],
        kind if kind.starts_with("PortfolioItem/") => &["Children"],
        _ => &[],
    };
    for collection in below {
        for child in item.collection(collection)?.fetch("FormattedID,Name").limit(5) {
            walk(&child?, depth + 1)?;
        }
    }
    Ok(())
}
