//! Prints what happened to an artifact: its revisions with the changes of each field, and its discussion.
//!
//! `cargo run --example history_item -- DE1`

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Rally, Result};

fn main() -> Result<()> {
    // Sample data in this process; with `--live` your own Rally, by the `RALLY_*` variables.
    let sandbox = Sandbox::start()?;
    let live = std::env::args().any(|arg| arg == "--live");
    let rally = if live { Rally::from_env()? } else { sandbox.rally()?.in_all_projects() };
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let id = args.next().unwrap_or_else(|| "DE1".to_owned());

    let artifact = rally.find(id.as_str())?;
    println!("{artifact}");
    for revision in artifact.revisions()? {
        let when = revision.created().map(|when| when.to_string()).unwrap_or_default();
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
