//! Makes a source repository.
//!
//! `cargo run --example create_repository -- tools.git git` writes to the embedded sandbox; on the Rally of your settings it shows what it would send, and sends it with `--live`.

mod common;

use rally_wsapi::{Mutation, Result};
use serde_json::json;

fn main() -> Result<()> {
    let rally = common::rally()?;
    let fields = json!({
        "Name": rally.arg(0, "tools.git"),
        "SCMType": rally.arg(1, "git"),
        "Description": "The tools around the shop",
        "Uri": rally.arg(2, "https://code.example/tools"),
    });
    if let Some(repository) = rally.write(Mutation::create("SCMRepository", fields))? {
        println!("{repository}: {}", repository.get("Uri")?);
    }
    Ok(())
}
