//! Draws all workspaces and the projects in them.
//!
//! `cargo run --example periscope` sends one request for the workspaces and one for the projects of each.

mod common;

use rally_wsapi::Result;

fn main() -> Result<()> {
    let rally = common::rally()?;
    for workspace in rally.workspaces()? {
        println!("{workspace}");
        for project in rally.in_workspace(&workspace).projects()?.iter() {
            println!("{}{}", "    ".repeat(project.depth() + 1), project.name());
        }
    }
    Ok(())
}
