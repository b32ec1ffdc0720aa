//! What happened to an artifact: its revisions with the changes they tell of, and its discussion.
//!
//! `cargo run --example defrevs -- DE1`

mod common;

use rally_wsapi::Result;

fn main() -> Result<()> {
    let rally = common::rally()?;
    let artifact = rally.find(rally.arg(0, "DE1"))?;
    println!("{artifact}");
    for revision in artifact.revisions()? {
        let when = revision.when().map(|when| when.to_string()).unwrap_or_default();
        println!("{:>3}  {when:<20}  {}", revision.number(), revision.who());
        for change in revision.changes() {
            match (change.field(), change.before(), change.after()) {
                (Some(field), Some(before), Some(after)) => println!("       {field}: {before} -> {after}"),
                (Some(field), None, Some(after)) => println!("       {field}: {after}"),
                (Some(field), Some(before), None) => println!("       {field}: no longer {before}"),
                _ => println!("       {change}"),
            }
        }
    }
    for post in artifact.discussion()? {
        println!("{} wrote: {post}", post.who());
    }
    Ok(())
}
