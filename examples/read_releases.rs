//! Lists the releases with their projects and dates.
//!
//! `cargo run --example read_releases`

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Rally, Result};

fn main() -> Result<()> {
    // Sample data in this process; with `--live` your own Rally, by the `RALLY_*` variables.
    let sandbox = Sandbox::start()?;
    let live = std::env::args().any(|arg| arg == "--live");
    let rally = if live { Rally::from_env()? } else { sandbox.rally()?.in_all_projects() };

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
