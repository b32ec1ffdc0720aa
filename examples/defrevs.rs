//! Prints the history of an artifact: what changed, when and by whom.
//!
//! `cargo run --example defrevs -- DE1`

mod common;

use rally_wsapi::Result;

fn main() -> Result<()> {
    let rally = common::rally()?;
    let artifact = rally.find(rally.arg(0, "DE1"))?;
    for revision in artifact.revisions()? {
        let when = revision.when().map(|t| t.date().to_string()).unwrap_or_default();
        println!("{:>3}  {when}  {}", revision.number(), revision.who());
        for change in revision.changes() {
            match change.field() {
                Some(field) => println!(
                    "     {field}: {} -> {}",
                    change.before().unwrap_or("nothing"),
                    change.after().unwrap_or("nothing")
                ),
                None => println!("     {}", change.text()),
            }
        }
    }
    Ok(())
}
