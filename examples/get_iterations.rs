//! Lists iterations by project and start date.
//!
//! `cargo run --example get_iterations -- 20` shows the first 20 of them.

mod common;

use rally_wsapi::Result;

fn main() -> Result<()> {
    let rally = common::rally()?;
    let limit = rally.arg(0, "20").parse().unwrap_or(20);
    let iterations = rally
        .query("Iteration")
        .fetch("Name,StartDate,EndDate,State,Project")
        .order("Project.Name,StartDate")
        .limit(limit);
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
    Ok(())
}
