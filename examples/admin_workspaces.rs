//! Prints the open workspaces with their trees of projects, and counts the objects of some types in each.
//!
//! `cargo run --example admin_workspaces`

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Rally, Result};

fn main() -> Result<()> {
    // Sample data in this process; with `--live` your own Rally, by the `RALLY_*` variables.
    let sandbox = Sandbox::start()?;
    let live = std::env::args().any(|arg| arg == "--live");
    let rally = if live { Rally::from_env()? } else { sandbox.rally()?.in_all_projects() };

    println!("{}", rally.subscription()?);
    for workspace in rally.workspaces()? {
        // A handle for one workspace; `rally` stays as it is.
        let rally = rally.in_workspace(&workspace).in_all_projects();
        let projects = rally.projects()?;
        println!("  {workspace} ({} projects)", projects.len());
        for project in &projects {
            println!("    {}{}", "  ".repeat(project.depth()), project.name());
        }
        for type_name in ["Story", "Defect", "Task", "TestCase", "PortfolioItem", "Release", "Iteration"] {
            println!("    {type_name:<14} {:>6}", rally.query(type_name).count()?);
        }
    }
    Ok(())
}
