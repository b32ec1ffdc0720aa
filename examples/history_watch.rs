//! Prints what changes: what is updated or deleted, as long as the program runs.
//!
//! `cargo run --example history_watch -- Defect 10 6` asks every ten seconds, and ends after six changes.

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Change, Rally, Result};
use std::time::Duration;

fn main() -> Result<()> {
    // Sample data in this process; with `--live` your own Rally, by the `RALLY_*` variables.
    let sandbox = Sandbox::start()?;
    let live = std::env::args().any(|arg| arg == "--live");
    let rally = if live { Rally::from_env()? } else { sandbox.rally()?.in_all_projects() };
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let type_name = args.next().unwrap_or_else(|| "Defect".to_owned());
    let seconds = args.next().and_then(|text| text.parse().ok()).unwrap_or(1);
    let most = args.next().and_then(|text| text.parse().ok()).unwrap_or(2);

    let query = rally.query(&type_name).fetch("FormattedID,Name");
    let now = query.watermark()?; // a program that stores it goes on where it was
    println!("watching {} of type {type_name}", query.count()?);
    if !live {
        // Something to see.
        rally.update("Defect", "DE1", serde_json::json!({"Notes": "looked at"}))?;
        rally.delete("Defect", "DE2")?;
    }
    for change in query.changes_since(now).watch(Duration::from_secs(seconds)).take(most) {
        match change {
            Ok(Change::Changed(item)) => println!("changed: {item}"),
            Ok(Change::Deleted(reference)) => println!("deleted: {reference}"),
            Ok(other) => println!("{other:?}"),
            Err(error) => eprintln!("{error}"), // it goes on, if that can help
        }
    }
    Ok(())
}
