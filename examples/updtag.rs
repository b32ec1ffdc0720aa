//! Renames a tag.
//!
//! `cargo run --example updtag -- "quick win" easy` writes to the embedded sandbox. On the Rally of your settings it shows
//! what it would send, and sends it with `--live`.

mod common;

use rally_wsapi::{Mutation, Result};
use serde_json::json;

fn main() -> Result<()> {
    let rally = common::rally()?;
    let tag = rally.query("Tag").filter(("Name", rally.arg(0, "quick win"))).one()?;
    let renamed = Mutation::update("Tag", &tag, json!({"Name": rally.arg(1, "easy")}));
    if let Some(renamed) = rally.write(renamed)? {
        println!("{tag} is {renamed} now");
    }
    Ok(())
}
