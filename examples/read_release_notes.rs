//! Writes the stories of a release, grouped by feature, into a Rust file, as a build script does.
//!
//! `cargo run --example read_release_notes -- "2026 Spring" target/release_notes.rs`. In a `build.rs` the file goes to
//! `OUT_DIR`, and the program takes it in by `include!(concat!(env!("OUT_DIR"), "/release_notes.rs"))`.

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Rally, Result, attr};

fn main() -> Result<()> {
    // Sample data in this process; with `--live` your own Rally, by the `RALLY_*` variables.
    let sandbox = Sandbox::start()?;
    let live = std::env::args().any(|arg| arg == "--live");
    let rally = if live { Rally::from_env()? } else { sandbox.rally()?.in_all_projects() };
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let name = args.next().unwrap_or_else(|| "2026 Spring".to_owned());

    let release =
        rally.query("Release").filter(("Name", name.as_str())).fetch("Name,State,ReleaseDate").one()?;
    let stories = rally
        .query("Story")
        .filter(attr("Release").eq(&release))
        .fetch("FormattedID,Name,ScheduleState,PlanEstimate,PortfolioItem")
        .order("PortfolioItem.Name,FormattedID")
        .all_projects();

    let (state, date) = (release.get("State")?, release.get("ReleaseDate")?.date()?);
    let mut code = format!("/// {name:?} ({state}), until {date}.\n");
    code += "pub const STORIES: &[(&str, &str, &str, f64)] = &[\n";
    let mut last_feature = None;
    for story in stories {
        let story = story?;
        let feature = story.get("PortfolioItem.Name")?.to_string();
        if last_feature.as_ref() != Some(&feature) {
            code += &format!("    // {feature:?}\n");
            last_feature = Some(feature);
        }
        // `{:?}` writes a text as a Rust literal, whatever it contains.
        code += &format!(
            "    ({:?}, {:?}, {:?}, {:?}),\n",
            story.get("FormattedID")?.to_string(),
            story.get("Name")?.to_string(),
            story.get("ScheduleState")?.to_string(),
            story.get("PlanEstimate")?.as_f64().unwrap_or(0.0),
        );
    }
    code += "];\n";
    match args.next() {
        Some(file) => std::fs::write(&file, code).unwrap_or_else(|error| panic!("{file}: {error}")),
        None => print!("{code}"),
    }
    Ok(())
}
