//! Lists what was committed in the last days, and for which artifacts.
//!
//! `cargo run --example repoitems -- 30` looks back 30 days.

mod common;

use rally_wsapi::{Result, attr, filter::Literal};

fn main() -> Result<()> {
    let rally = common::rally()?;
    let days: i32 = rally.arg(0, "30").parse().unwrap_or(30);
    // The sandbox's data lives in the spring of 2026.
    let since = if rally.is_live() { Literal::today(-days) } else { "2026-04-01".into() };
    let changesets = rally
        .query("Changeset")
        .filter(attr("CommitTimestamp").ge(since))
        .fetch("Revision,CommitTimestamp,Author,Message,Artifacts,SCMRepository")
        .order("CommitTimestamp DESC");
    for changeset in changesets {
        let changeset = changeset?;
        println!(
            "{}  {}  {:<12}  {}",
            changeset.get("CommitTimestamp")?.date()?,
            changeset.get("SCMRepository.Name")?,
            changeset.get("Author.Name")?,
            changeset.get("Message")?,
        );
        for artifact in changeset.get("Artifacts")?.items()? {
            println!("    {}", artifact?);
        }
    }
    Ok(())
}
