//! What a build script does: writes the stories of a release into a Rust file that the program includes.
//!
//! `cargo run --example build_script -- "2026 Spring" target/release_notes.rs`. In a `build.rs` the file goes to
//! `OUT_DIR`, and `include!(concat!(env!("OUT_DIR"), "/release_notes.rs"))` takes it in.

#[path = "../common/mod.rs"]
mod common;

use rally_wsapi::{Result, attr};
use std::fmt::Write;

fn main() -> Result<()> {
    let rally = common::rally()?;
    let (release, file) = (rally.arg(0, "2026 Spring"), rally.arg(1, ""));
    let stories = rally
        .query("Story")
        .filter(attr("Release.Name").eq(release))
        .fetch("FormattedID,Name")
        .order("FormattedID")
        .all_projects();
    let mut code = format!("/// What came with {release}.\npub const STORIES: &[(&str, &str)] = &[\n");
    for story in stories {
        let story = story?;
        let (id, name) = (story.get("FormattedID")?.to_string(), story.get("Name")?.to_string());
        // `Debug` of a text is a Rust literal, whatever stands in it.
        let _ = writeln!(code, "    ({id:?}, {name:?}),");
    }
    code.push_str("];\n");
    match file {
        "" => print!("{code}"),
        file => std::fs::write(file, code).unwrap_or_else(|why| panic!("{file}: {why}")),
    }
    Ok(())
}
