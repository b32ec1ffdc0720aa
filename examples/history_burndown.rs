//! Prints the burndown of an iteration, day by day, and how its scope changed.
//!
//! `cargo run --example history_burndown -- 'Iteration 1'`

use rally_wsapi::flow::{Calendar, Flow, Period};
use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Rally, Result};

fn main() -> Result<()> {
    // Half a year of sample history in this process; with `--live` your own Rally, by the `RALLY_*` variables.
    let sandbox = Sandbox::builder().history().start()?;
    let live = std::env::args().any(|arg| arg == "--live");
    let rally = if live { Rally::from_env()? } else { sandbox.rally()?.in_all_projects() };
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));

    // The one named, or the first that has begun.
    let iterations = rally.query("Iteration").fetch("Name,StartDate,EndDate").order("StartDate");
    let iteration = match args.next() {
        Some(name) => iterations.filter(("Name", name)).first()?,
        None => iterations.filter("StartDate < today").first()?,
    };
    let Some(iteration) = iteration else {
        println!("No iteration was found.");
        return Ok(());
    };
    let zone = rally.time_zone()?;
    let days = iteration.get("StartDate")?.date_in(&zone)?..=iteration.get("EndDate")?.date_in(&zone)?;
    let id = iteration.object_id().unwrap_or_default();

    // Every version of an item while it was in the iteration.
    let past = rally.lookback("Artifact").filter(("Iteration", id));
    let flow = Flow::of("ScheduleState").estimate("PlanEstimate").timebox("Iteration").query(past)?;
    if flow.is_empty() {
        println!("Nothing was ever in {iteration}.");
        return Ok(());
    }
    let calendar = Calendar::builder(zone).work_days("Mon-Fri").build()?;
    let sprint = flow.in_timebox(id)?;
    println!("{iteration}\n\n{}", sprint.burn("Accepted", days.clone(), Period::Day, &calendar)?);
    println!("\n{}", sprint.scope_change("Accepted", days, &calendar)?);
    Ok(())
}
