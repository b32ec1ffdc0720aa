//! Counts the artifacts of each type in every workspace, with one small request each.
//!
//! `cargo run --example wkspcounts`

mod common;

use rally_wsapi::Result;

fn main() -> Result<()> {
    let rally = common::rally()?;
    for workspace in rally.workspaces()? {
        println!("{workspace}");
        let here = rally.in_workspace(&workspace).in_all_projects();
        for kind in ["Story", "Defect", "Task", "TestCase", "PortfolioItem", "Release", "Iteration"] {
            println!("    {kind:<14} {:>6}", here.query(kind).count()?);
        }
    }
    Ok(())
}
