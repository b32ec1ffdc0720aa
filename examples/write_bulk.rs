//! Sets fields of many artifacts, or deletes them, by ranges of ids, in one request for each batch.
//!
//! `cargo run --example write_bulk -- DE1-DE4,US3 Ready=true "Notes=Seen by the board" --dry-run` prints the requests and
//! sends no write. `--delete` deletes instead. Writes to a sandbox; with `--live` to your Rally.

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Id, IdRange, IntoId, Mutation, Rally, Result};
use serde_json::{Map, Value};

fn main() -> Result<()> {
    // Sample data in this process; with `--live` your own Rally, by the `RALLY_*` variables.
    let sandbox = Sandbox::start()?;
    let live = std::env::args().any(|arg| arg == "--live");
    let rally = if live { Rally::from_env()? } else { sandbox.rally()?.in_all_projects() };
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let ids = args.next().unwrap_or_else(|| "DE1-DE4,US3,DE99".to_owned());
    let ids = IdRange::parse(&ids)?;
    let delete = std::env::args().any(|arg| arg == "--delete");
    let dry_run = std::env::args().any(|arg| arg == "--dry-run");

    // A text such as `true` or `8` is converted to the type of the field.
    let mut fields: Map<String, Value> = Map::new();
    for pair in args {
        if let Some((name, value)) = pair.split_once('=') {
            fields.insert(name.to_owned(), value.into());
        }
    }
    if fields.is_empty() {
        fields.insert("Ready".to_owned(), true.into());
    }
    let write = |id: Id| {
        if delete { Mutation::delete("Artifact", id) } else { Mutation::update("Artifact", id, &fields) }
    };

    if dry_run {
        for item in rally.query("Artifact").fetch("Name").all_projects().ids(&ids)? {
            println!("would send {}", rally.preview(write(item.into_id()?))?);
        }
        return Ok(());
    }
    let results = rally.batch(ids.iter().map(write)).fetch("FormattedID,Name").send()?;
    for (id, result) in ids.iter().zip(results) {
        match result {
            Ok(_) if delete => println!("{id} is deleted"),
            Ok(outcome) => println!("{} is updated", outcome.into_entity()?),
            Err(error) => println!("{id}: {error}"),
        }
    }
    Ok(())
}
