//! Gives an artifact tags, made where there are none of the name, and takes the last of them off again.
//!
//! `cargo run --example addtags -- US3 "quick win" urgent` writes to the embedded sandbox, to the Rally of your settings
//! only with `--live`.

mod common;

use rally_wsapi::{Entity, Result};
use serde_json::{Value, json};

fn main() -> Result<()> {
    let rally = common::rally()?;
    let artifact = rally.find(rally.arg(0, "US3"))?;
    let names = [rally.arg(1, "quick win"), rally.arg(2, "urgent")];
    if !rally.may_write() {
        println!("would tag {artifact} with {}; add --live to do it", names.join(", "));
        return Ok(());
    }
    // Calling it twice adds nothing the second time.
    let wanted: Value = names.iter().map(|name| json!({"Name": name})).collect();
    println!("added: {}", list(&artifact.ensure("Tags", &wanted)?));
    let tags = artifact.collection("Tags")?.fetch("Name").all()?;
    println!("now: {}", list(&tags));
    if let Some(last) = tags.last() {
        artifact.remove("Tags", last)?;
        println!("without {last}: {}", list(&artifact.collection("Tags")?.fetch("Name").all()?));
    }
    Ok(())
}

fn list(tags: &[Entity]) -> String {
    let names: Vec<String> = tags.iter().map(ToString::to_string).collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}
