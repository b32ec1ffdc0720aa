//! Lists the defects that match a filter, and everything that can be scheduled in two projects.
//!
//! `cargo run --example read_artifacts -- 'Severity = "Crash/Data Loss" OR Priority contains High' "Shop // Web"`

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Rally, Result};

fn main() -> Result<()> {
    // Sample data in this process; with `--live` your own Rally, by the `RALLY_*` variables.
    let sandbox = Sandbox::start()?;
    let live = std::env::args().any(|arg| arg == "--live");
    let rally = if live { Rally::from_env()? } else { sandbox.rally()?.in_all_projects() };
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let filter = args.next().unwrap_or_else(|| "State != Closed".to_owned());
    let mut projects: Vec<String> = args.collect();
    if projects.is_empty() {
        projects = vec!["Shop // Web".to_owned(), "Bank // Mobile".to_owned()];
    }

    let defects = rally
        .query("Defect")
        .filter(filter)
        .fetch("FormattedID,Name,State,Severity,Owner")
        .order("FormattedID");
    for defect in defects {
        let defect = defect?;
        println!(
            "{:<6}  {:<40.40}  {:<10}  {:<16.16}  {}",
            defect.get("FormattedID")?,
            defect.get("Name")?,
            defect.get("State")?,
            defect.get("Severity")?,
            defect.get("Owner.Name")?,
        );
    }

    for project in projects {
        println!("{project}");
        // Stories, defects, test sets and so on, in one query.
        let items = rally.in_project(project).query("SchedulableArtifact");
        for item in items.fetch("FormattedID,Name,ScheduleState").order("FormattedID").page_size(2_000) {
            let item = item?;
            println!("    {:<24}  {:<12}  {item}", item.type_name(), item.get("ScheduleState")?);
        }
    }
    Ok(())
}
