//! Makes a milestone.
//!
//! `cargo run --example cr_milestone -- "Summer fair" 2026-08-01` writes to the embedded sandbox; on the Rally of your settings it shows what it would send, and sends it with `--live`.

mod common;

use rally_wsapi::{Mutation, Result};
use serde_json::json;

fn main() -> Result<()> {
    let rally = common::rally()?;
    let fields = json!({"Name": rally.arg(0, "Summer fair"), "TargetDate": rally.arg(1, "2026-08-01")});
    if let Some(milestone) = rally.write(Mutation::create("Milestone", fields))? {
        println!("{milestone}, {}", milestone.get("TargetDate")?.date()?);
    }
    Ok(())
}
