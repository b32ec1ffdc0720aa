//! Creates a defect, a task below a story, a milestone and a source repository.
//!
//! `cargo run --example write_create -- US1 --dry-run` prints the first request and sends no write.
//! Writes to a sandbox; with `--live` to your Rally.

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Mutation, Rally, Result};
use serde_json::json;

fn main() -> Result<()> {
    // Sample data in this process; with `--live` your own Rally, by the `RALLY_*` variables.
    let sandbox = Sandbox::start()?;
    let live = std::env::args().any(|arg| arg == "--live");
    let rally = if live { Rally::from_env()? } else { sandbox.rally()?.in_all_projects() };
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let story = args.next().unwrap_or_else(|| "US1".to_owned());

    let severity = "Major Problem";
    if !rally.allowed_values("Defect", "Severity")?.allows(severity) {
        println!("this workspace has no severity {severity}");
        return Ok(());
    }
    let defect = Mutation::create(
        "Defect",
        json!({
            "Name": "It is broken",
            "Severity": severity,
            "Description": "<p>Seen <b>twice</b> &amp; not understood.</p>",
            "Risk / Reward %": 7, // a custom field by its display name
        }),
    );
    if std::env::args().any(|arg| arg == "--dry-run") {
        println!("would send {}", rally.preview(defect)?);
        return Ok(());
    }
    // The answer brings the fields asked for: no second request.
    let defect = rally.apply(defect.fetch("FormattedID,Name,Severity"))?.into_entity()?;
    println!("{defect} ({})", defect.get("Severity")?);

    let story = rally.find(story)?;
    let task = rally.create(
        "Task",
        json!({
            "Name": "Write it down",
            "WorkProduct": story,
            "Owner": story.get("Owner")?.as_json(),
            "State": "In-Progress",
            "Estimate": 8,
            "ToDo": 5.5,
        }),
    )?;
    println!("{task}, {} hours to do, under {}", task.get("ToDo")?, task.get("WorkProduct.Name")?);

    let milestone = rally.create("Milestone", json!({"Name": "Summer fair", "TargetDate": "2026-08-01"}))?;
    println!("{milestone}, {}", milestone.get("TargetDate")?.date()?);

    let repository = rally.create(
        "SCMRepository",
        json!({"Name": "tools.git", "SCMType": "git", "Uri": "https://code.example/tools"}),
    )?;
    println!("{repository}: {}", repository.get("Uri")?);
    Ok(())
}
