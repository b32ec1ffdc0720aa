//! Draws two charts: the artifacts of a type by the values of a field, and the accepted points of a project by day.
//!
//! `cargo run --example read_charts -- Story ScheduleState Library`

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Rally, Result};
use std::collections::BTreeMap;

const WIDEST: f64 = 50.0;

fn main() -> Result<()> {
    // Sample data in this process; with `--live` your own Rally, by the `RALLY_*` variables.
    let sandbox = Sandbox::start()?;
    let live = std::env::args().any(|arg| arg == "--live");
    let rally = if live { Rally::from_env()? } else { sandbox.rally()?.in_all_projects() };
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let type_name = args.next().unwrap_or_else(|| "Defect".to_owned());
    let field = args.next().unwrap_or_else(|| "State".to_owned());
    let project = args.next().unwrap_or_else(|| "Library".to_owned());

    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for artifact in rally.query(&type_name).fetch(field.as_str()).page_size(2_000) {
        *counts.entry(artifact?.get(&field)?.to_string()).or_default() += 1;
    }
    println!("{type_name} by {field}");
    let most = counts.values().copied().max().unwrap_or(1);
    for (value, count) in &counts {
        let value = if value.is_empty() { "(none)" } else { value };
        println!("{value:<20.20} {count:>6}  {}", bar(f64::from(*count) / f64::from(most)));
    }

    let mut days: BTreeMap<String, f64> = BTreeMap::new();
    let stories = rally.in_project(project.as_str()).query("Story").filter("AcceptedDate != null");
    for story in stories.fetch("AcceptedDate,PlanEstimate").page_size(2_000) {
        let story = story?;
        let day = story.get("AcceptedDate")?.date()?.to_string();
        *days.entry(day).or_default() += story.get("PlanEstimate")?.as_f64().unwrap_or(0.0);
    }
    println!("Points accepted in {project}");
    let total: f64 = days.values().sum();
    let mut sum = 0.0;
    for (day, points) in &days {
        sum += points;
        println!("{day:<20} {sum:>6}  {}", bar(sum / total));
    }
    Ok(())
}

fn bar(part: f64) -> String {
    "#".repeat((part * WIDEST).round() as usize)
}
