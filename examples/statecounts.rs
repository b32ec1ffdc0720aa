//! Counts the artifacts of a type by the values of a field, as a bar chart.
//!
//! `cargo run --example statecounts -- Story ScheduleState`

mod common;

use rally_wsapi::Result;
use std::collections::BTreeMap;

const WIDEST: usize = 50;

fn main() -> Result<()> {
    let rally = common::rally()?;
    let (kind, field) = (rally.arg(0, "Defect"), rally.arg(1, "State"));
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for artifact in rally.query(kind).fetch(field).page_size(2_000) {
        *counts.entry(artifact?.get(field)?.to_string()).or_default() += 1;
    }
    let most = counts.values().copied().max().unwrap_or(1);
    for (value, count) in &counts {
        let value = if value.is_empty() { "(none)" } else { value };
        println!("{value:<20.20} {count:>6}  {}", "#".repeat((count * WIDEST).div_ceil(most)));
    }
    println!("{:<20} {:>6}", "all", counts.values().sum::<usize>());
    Ok(())
}
