//! Tells the current iteration of each project.
//!
//! `cargo run --example curiter -- 2026-04-20` asks for another day than the server's today.

mod common;

use rally_wsapi::{Result, attr, filter::Literal};

fn main() -> Result<()> {
    let rally = common::rally()?;
    let day = match rally.arg(0, "today") {
        "today" if rally.is_live() => Literal::today(0),
        // The sandbox's data lives in the spring of 2026.
        "today" => "2026-04-20".into(),
        given => given.into(),
    };
    let current = attr("StartDate").le(day.clone()).and(attr("EndDate").ge(day));
    let iterations =
        rally.query("Iteration").filter(current).fetch("Name,EndDate,Project").order("Project.Name");
    for iteration in iterations {
        let iteration = iteration?;
        println!(
            "{:<16.16}  {}, until {}",
            iteration.get("Project.Name")?,
            iteration.get("Name")?,
            iteration.get("EndDate")?.date()?
        );
    }
    Ok(())
}
