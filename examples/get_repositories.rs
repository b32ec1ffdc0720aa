//! Lists the source repositories of the workspace, oldest first, with their latest changesets.
//!
//! `cargo run --example get_repositories`

mod common;

use rally_wsapi::Result;

fn main() -> Result<()> {
    let rally = common::rally()?;
    for repository in
        rally.query("SCMRepository").fetch("Name,SCMType,Uri,CreationDate").order("CreationDate")
    {
        let repository = repository?;
        println!("{} ({}) at {}", repository, repository.get("SCMType")?, repository.get("Uri")?);
        let changesets = rally
            .query("Changeset")
            .filter(("SCMRepository", &repository))
            .order("CommitTimestamp DESC")
            .limit(5);
        for changeset in changesets.fetch("Revision,Message") {
            let changeset = changeset?;
            println!("    {:<8.8}  {}", changeset.get("Revision")?, changeset.get("Message")?);
        }
    }
    Ok(())
}
