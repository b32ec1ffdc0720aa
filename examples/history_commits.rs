//! Lists repositories with their latest commits, what was committed lately and for which artifacts, and builds.
//!
//! `cargo run --example history_commits -- 30` looks back 30 days.

use rally_wsapi::filter::Literal;
use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Rally, Result, attr};

fn main() -> Result<()> {
    // Sample data in this process; with `--live` your own Rally, by the `RALLY_*` variables.
    let sandbox = Sandbox::start()?;
    let live = std::env::args().any(|arg| arg == "--live");
    let rally = if live { Rally::from_env()? } else { sandbox.rally()?.in_all_projects() };
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let since = match args.next().and_then(|days| days.parse::<i32>().ok()) {
        Some(days) => Literal::today(-days),
        None => Literal::from("2026-04-01"), // the sample data is of spring 2026
    };

    for repository in
        rally.query("SCMRepository").fetch("Name,SCMType,Uri,CreationDate").order("CreationDate")
    {
        let repository = repository?;
        println!("{repository} ({}) at {}", repository.get("SCMType")?, repository.get("Uri")?);
        let latest =
            rally.query("Changeset").filter(("SCMRepository", &repository)).order("CommitTimestamp DESC");
        for changeset in latest.fetch("Revision,Message").limit(5) {
            let changeset = changeset?;
            println!("    {:<8.8}  {}", changeset.get("Revision")?, changeset.get("Message")?);
        }
    }

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

    let definitions = rally.query("BuildDefinition").fetch("Name,LastStatus,LastBuild,Start,Project");
    for definition in definitions.order("Name") {
        let definition = definition?;
        let builds = rally.query("Build").filter(attr("BuildDefinition").eq(&definition)).count()?;
        println!(
            "{:<12.12}  {:<12.12}  {:<8.8}  {:<10.10}  {builds} builds",
            definition.get("Project.Name")?,
            definition.get("Name")?,
            definition.get("LastStatus")?,
            definition.get("LastBuild.Start")?,
        );
    }
    Ok(())
}
