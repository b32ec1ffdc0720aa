//! Updates a task, the rich text of a story and its tags, and renames a tag.
//!
//! `cargo run --example write_update -- TA1 US3 Completed bo@sandbox.example`. Writes to a sandbox; with `--live` to your Rally.

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Entity, Rally, Result};
use serde_json::json;

fn main() -> Result<()> {
    // Sample data in this process; with `--live` your own Rally, by the `RALLY_*` variables.
    let sandbox = Sandbox::start()?;
    let live = std::env::args().any(|arg| arg == "--live");
    let rally = if live { Rally::from_env()? } else { sandbox.rally()?.in_all_projects() };
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let task = args.next().unwrap_or_else(|| "TA1".to_owned());
    let story = args.next().unwrap_or_else(|| "US3".to_owned());
    let state = args.next().unwrap_or_else(|| "Completed".to_owned());
    let user = args.next().unwrap_or_else(|| "bo@sandbox.example".to_owned());

    let owner = rally.query("User").filter(("UserName", user)).one()?;
    let fields =
        json!({"Owner": owner, "State": state, "ToDo": 0, "Actuals": 6, "Notes": "Done, and reviewed."});
    let task = rally.update("Task", task.as_str(), fields)?;
    println!(
        "{task}: {}, {} of {} hours, owner {}",
        task.get("State")?,
        task.get("Actuals")?,
        task.get("Estimate")?,
        task.get("Owner.Name")?,
    );

    let story = rally.update(
        "Story",
        story.as_str(),
        json!({"Description": "<ul><li>fast</li><li>safe</li></ul>"}),
    )?;
    println!("{story}: {}", story.get("Description")?);

    // Tags that do not exist are created; a second run adds nothing.
    let added = story.ensure("Tags", json!([{"Name": "quick win"}, {"Name": "urgent"}]))?;
    println!("added: {}", list(&added));
    let tags = story.collection("Tags")?.fetch("Name").all()?;
    println!("now: {}", list(&tags));
    if let Some(last) = tags.last() {
        story.remove("Tags", last)?;
        println!("without {last}: {}", list(&story.collection("Tags")?.fetch("Name").all()?));
    }

    let tag = rally.query("Tag").filter(("Name", "quick win")).one()?;
    let renamed = tag.update(json!({"Name": "easy"}))?;
    println!("{tag} is now {renamed}");
    Ok(())
}

fn list(tags: &[Entity]) -> String {
    tags.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
