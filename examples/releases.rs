//! Lists the releases with their projects and dates.
//!
//! `cargo run --example releases` asks the Rally that the `RALLY_*` settings name, else the embedded sandbox.

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Rally, Result};

fn main() -> Result<()> {
    let sandbox = if rally_is_set() { None } else { Some(Sandbox::start()?) };
    let rally = match &sandbox {
        Some(sandbox) => sandbox.rally()?,
        None => Rally::from_env()?,
    };
    eprintln!(
        "asking {}",
        if sandbox.is_some() { "the embedded sandbox" } else { "the Rally of your settings" }
    );
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

/// Whether any setting names a Rally; half of one is then an error that says what is missing.
fn rally_is_set() -> bool {
    let named = |name: &String| name.starts_with("RALLY_") || name == "APIKEY";
    std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).any(|name| named(&name))
        || std::path::Path::new("rally-v2.0.cfg").exists()
}
