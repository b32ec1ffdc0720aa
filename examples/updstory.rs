//! Sets the rich text of a story.
//!
//! `cargo run --example updstory -- US2 "<ul><li>fast</li><li>safe</li></ul>"` writes to the embedded sandbox; on the Rally of your settings it shows what it would send, and sends it with `--live`.

mod common;

use rally_wsapi::{Mutation, Result};
use serde_json::json;

fn main() -> Result<()> {
    let rally = common::rally()?;
    let html = rally.arg(1, "<ul><li>fast</li><li>safe</li></ul>");
    let write = Mutation::update("Story", rally.arg(0, "US2"), json!({"Description": html}));
    if let Some(story) = rally.write(write.fetch("FormattedID,Name,Description"))? {
        println!("{story}\n    {}", story.get("Description")?);
    }
    Ok(())
}
