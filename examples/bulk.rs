//! Sets fields of artifacts, or deletes them, by ranges of ids.
//!
//! `cargo run --example bulk -- DE1-DE4,US3 Ready=true "Notes=Seen by the board" --dry-run` lists what would be done to
//! the embedded sandbox; without `--dry-run` it is done. `--delete` in place of fields deletes. The Rally of your settings is written
//! only with `--live`.

mod common;

use rally_wsapi::{Id, IdRange, IntoId, Mutation, Result};
use serde_json::{Map, Value};

fn main() -> Result<()> {
    let rally = common::rally()?;
    let ids = IdRange::parse(rally.arg(0, "DE1-DE4,US3,DE99"))?;
    let given = rally.args.iter().filter(|a| !a.starts_with("--")).skip(1);
    // Text that reads as a number or as true is one where the field is of that kind.
    let mut fields: Map<String, Value> = given
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    if fields.is_empty() {
        fields.insert("Ready".to_owned(), true.into());
    }
    let write = |id: Id| match rally.flag("--delete") {
        true => Mutation::delete("Artifact", id),
        false => Mutation::update("Artifact", id, &fields),
    };
    if !rally.may_write() {
        for item in rally.query("Artifact").fetch("Name").all_projects().ids(&ids)? {
            println!("would send {}", rally.preview(write(item.into_id()?))?);
        }
        return Ok(());
    }
    let results = rally.batch(ids.iter().map(write)).fetch("FormattedID,Name").send()?;
    for (id, result) in ids.iter().zip(results) {
        match result.map(|outcome| outcome.into_entity()) {
            Ok(Ok(item)) => println!("{item}"),
            Ok(Err(_)) => println!("{id} deleted"),
            Err(error) => println!("{id}: {error}"),
        }
    }
    Ok(())
}
