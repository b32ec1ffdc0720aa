//! Lists the current iterations, the first 20 of all iterations, and the milestones.
//!
//! `cargo run --example read_timeboxes -- 2026-04-20`, or `today` in place of a date.

use rally_wsapi::filter::Literal;
use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Rally, Result, attr};

fn main() -> Result<()> {
    // Sample data in this process; with `--live` your own Rally, by the `RALLY_*` variables.
    let sandbox = Sandbox::start()?;
    let live = std::env::args().any(|arg| arg == "--live");
    let rally = if live { Rally::from_env()? } else { sandbox.rally()?.in_all_projects() };
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let day = match args.next() {
        None => Literal::from("2026-04-20"), // the sample data is of spring 2026
        Some(word) if word == "today" => Literal::today(0),
        Some(date) => Literal::from(date),
    };

    let current = attr("StartDate").le(day.clone()).and(attr("EndDate").ge(day));
    for iteration in
        rally.query("Iteration").filter(current).fetch("Name,EndDate,Project").order("Project.Name")
    {
        let iteration = iteration?;
        println!(
            "now: {:<16.16}  {}, until {}",
            iteration.get("Project.Name")?,
            iteration.get("Name")?,
            iteration.get("EndDate")?.date()?,
        );
    }

    let iterations = rally
        .query("Iteration")
        .fetch("Name,StartDate,EndDate,State,Project")
        .order("Project.Name,StartDate")
        .limit(20);
    for iteration in iterations {
        let iteration = iteration?;
        println!(
            "{:<16.16}  {:<14.14}  {} to {}  {}",
            iteration.get("Project.Name")?,
            iteration.get("Name")?,
            iteration.get("StartDate")?.date()?,
            iteration.get("EndDate")?.date()?,
            iteration.get("State")?,
        );
    }

    for milestone in
        rally.query("Milestone").fetch("FormattedID,Name,TargetDate,Projects").order("TargetDate")
    {
        let milestone = milestone?;
        let target = milestone.get("TargetDate")?;
        let date = if target.is_null() { "no date".to_owned() } else { target.date()?.to_string() };
        let mut projects = Vec::new();
        for project in milestone.get("Projects")?.items()? {
            projects.push(project?.to_string());
        }
        println!("{:<28}  {date:<10}  {}", milestone.to_string(), projects.join(", "));
    }
    Ok(())
}
