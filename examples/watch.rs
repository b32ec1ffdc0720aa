//! Tells what changes, by asking now and then for what was updated since.
//!
//! `cargo run --example watch -- Defect 10 6` asks six times, ten seconds apart.

mod common;

use rally_wsapi::{Result, attr};
use std::time::Duration;

fn main() -> Result<()> {
    let rally = common::rally()?;
    let kind = rally.arg(0, "Defect");
    let (pause, rounds) = (rally.arg(1, "0").parse().unwrap_or(10), rally.arg(2, "2").parse().unwrap_or(2));
    let mut since: Option<String> = None;
    for _ in 0..rounds {
        let mut query = rally.query(kind).fetch("FormattedID,Name,LastUpdateDate").order("LastUpdateDate");
        if let Some(since) = &since {
            query = query.filter(attr("LastUpdateDate").gt(since.as_str()));
        }
        let first = since.is_none();
        let changed = query.all()?;
        since =
            changed.last().map(|row| row.get("LastUpdateDate").map(|d| d.to_string())).transpose()?.or(since);
        match first {
            true => println!("watching {} of type {kind}", changed.len()),
            false => changed.iter().for_each(|row| println!("changed: {row}")),
        }
        if first && !rally.is_live() {
            // Something to see on the sandbox.
            rally.update(kind, "DE1", serde_json::json!({"Notes": "looked at"}))?;
        }
        std::thread::sleep(Duration::from_secs(pause));
    }
    Ok(())
}
