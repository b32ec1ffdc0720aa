//! Draws how the accepted points of a project have grown, day by day.
//!
//! `cargo run --example burnup -- Library` draws the project named.

mod common;

use rally_wsapi::Result;
use std::collections::BTreeMap;

fn main() -> Result<()> {
    let rally = common::rally()?;
    let project = rally.arg(0, "Library");
    let stories = rally.in_project(project).query("Story").filter("AcceptedDate != null");
    let (mut days, mut total) = (BTreeMap::<String, f64>::new(), 0.0);
    for story in stories.fetch("AcceptedDate,PlanEstimate").page_size(2_000) {
        let story = story?;
        let points = story.get("PlanEstimate")?.as_f64().unwrap_or(0.0);
        *days.entry(story.get("AcceptedDate")?.date()?.to_string()).or_default() += points;
        total += points;
    }
    let mut sum = 0.0;
    for (day, points) in &days {
        sum += points;
        println!("{day}  {:<50}  {sum:>6}", "#".repeat((sum / total * 50.0) as usize));
    }
    println!("{} points in {} days", total, days.len());
    Ok(())
}
