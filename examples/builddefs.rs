//! Tells how the builds of each project are doing.
//!
//! `cargo run --example builddefs`

mod common;

use rally_wsapi::{Result, attr};

fn main() -> Result<()> {
    let rally = common::rally()?;
    println!("{:<12}  {:<12}  {:<8}  {:<10}  builds", "project", "definition", "last", "started");
    for definition in
        rally.query("BuildDefinition").fetch("Name,LastStatus,LastBuild,Start,Project").order("Name")
    {
        let definition = definition?;
        let builds = rally.query("Build").filter(attr("BuildDefinition").eq(&definition)).count()?;
        println!(
            "{:<12.12}  {:<12.12}  {:<8.8}  {:<10.10}  {builds}",
            definition.get("Project.Name")?,
            definition.get("Name")?,
            definition.get("LastStatus")?,
            definition.get("LastBuild.Start")?,
        );
    }
    Ok(())
}
