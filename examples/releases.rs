//! Lists the releases with their projects and dates.
//!
//! `cargo run --example releases` asks the Rally that the `RALLY_*` settings name, else the embedded sandbox.

mod common;

use rally_wsapi::Result;

fn main() -> Result<()> {
    let rally = common::rally()?;
    for release in rally.query("Release").fetch("Project,Name,ReleaseStartDate,ReleaseDate") {
        let release = release?;
        println!(
            "{:<6.6}  {:<16.16}   {}  -->  {}",
            release.get("Project.Name")?,
            release.get("Name")?,
            release.get("ReleaseStartDate")?.date()?,
            release.get("ReleaseDate")?.date()?,
        );
    }
    Ok(())
}
