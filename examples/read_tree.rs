//! Walks from a portfolio item down to the tasks.
//!
//! `cargo run --example read_tree -- T1`

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Entity, Rally, Result};

fn main() -> Result<()> {
    // Sample data in this process; with `--live` your own Rally, by the `RALLY_*` variables.
    let sandbox = Sandbox::start()?;
    let live = std::env::args().any(|arg| arg == "--live");
    let rally = if live { Rally::from_env()? } else { sandbox.rally()?.in_all_projects() };
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let id = args.next().unwrap_or_else(|| "T1".to_owned());

    print_tree(&rally.find(id.as_str())?, 0)
}

/// Prints an item and the items below it. Each collection is one request for all its members.
fn print_tree(item: &Entity, depth: usize) -> Result<()> {
    println!("{}{item}", "    ".repeat(depth));
    let below: &[&str] = match item.type_name() {
        "HierarchicalRequirement" => &["Children", "Tasks", "Defects"],
        "PortfolioItem/Feature" => &["UserStories"],
        name if name.starts_with("PortfolioItem/") => &["Children"],
        _ => &[],
    };
    for collection in below {
        for child in item.collection(collection)?.fetch("FormattedID,Name").limit(5) {
            print_tree(&child?, depth + 1)?;
        }
    }
    Ok(())
}
