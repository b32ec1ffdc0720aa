//! Makes a task under a story.
//!
//! `cargo run --example crtask -- US1 "Write it down"` writes to the embedded sandbox. On the Rally of your settings it
//! shows what it would send, and sends it with `--live`.

mod common;

use rally_wsapi::{Mutation, Result};
use serde_json::json;

fn main() -> Result<()> {
    let rally = common::rally()?;
    let story = rally.find(rally.arg(0, "US1"))?;
    let task = Mutation::create(
        "Task",
        json!({
            "Name": rally.arg(1, "Write it down"),
            "WorkProduct": story,
            "Owner": story.get("Owner")?.as_json(),
            "State": "In-Progress",
            "Estimate": 8,
            "Actuals": 2.5,
            "ToDo": 5.5,
            "Notes": "Begun with the last chapter.",
        }),
    );
    if let Some(task) = rally.write(task)? {
        println!("{task}, {} hours to do, under {}", task.get("ToDo")?, task.get("WorkProduct.Name")?);
    }
    Ok(())
}
