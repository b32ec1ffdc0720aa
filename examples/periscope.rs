//! The tree of all open workspaces and projects that the credentials show: one request a workspace, and one.
//!
//! `cargo run --example periscope`

mod common;

use rally_wsapi::Result;

fn main() -> Result<()> {
    let rally = common::rally()?;
    println!("{}", rally.subscription()?);
    for workspace in rally.workspaces()? {
        let projects = rally.in_workspace(&workspace).projects()?;
        println!("  {workspace} ({} projects)", projects.len());
        for project in &projects {
            println!("    {}{}", "  ".repeat(project.depth()), project.name());
        }
    }
    Ok(())
}
