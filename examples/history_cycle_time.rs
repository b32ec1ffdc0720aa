//! Draws how long each item took from the beginning of work until it was accepted, as SVG.
//!
//! `cargo run --example history_cycle_time -- Story > cycle.svg`

use rally_wsapi::Rally;
use rally_wsapi::flow::Calendar;
use rally_wsapi::sandbox::Sandbox;

fn main() -> rally_wsapi::Result<()> {
    // Half a year of sample history in this process; with `--live` your own Rally, by the `RALLY_*` variables.
    let sandbox = Sandbox::builder().history().start()?;
    let live = std::env::args().any(|arg| arg == "--live");
    let rally = if live { Rally::from_env()? } else { sandbox.rally()?.in_all_projects() };
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let kind = args.next().unwrap_or_else(|| "Story".to_owned());

    let zone = rally.time_zone()?;
    let flow = rally.lookback(&kind).flow("ScheduleState")?;
    let times = flow.cycle_time("In-Progress".."Accepted", &Calendar::always(zone)?)?;
    eprintln!("{times}");

    // A point for each item: to the right the day it was accepted, upwards the days it took.
    let points: Vec<(f64, f64)> = times
        .items
        .iter()
        .filter_map(|item| Some((item.finished?.as_second() as f64, item.time?.as_secs_f64() / 86_400.0)))
        .collect();
    let first = points.iter().map(|(day, _)| *day).fold(f64::INFINITY, f64::min);
    let last = points.iter().map(|(day, _)| *day).fold(first + 1.0, f64::max);
    let longest = points.iter().map(|(_, days)| *days).fold(1.0, f64::max);
    println!(r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="-20 -20 640 340">"#);
    println!(r#"<path d="M0 0 V300 H600" fill="none" stroke="gray"/><text y="-5">{longest:.0} days</text>"#);
    for (day, days) in points {
        let (x, y) = ((day - first) / (last - first) * 600.0, 300.0 - days / longest * 300.0);
        println!(r#"<circle cx="{x:.0}" cy="{y:.0}" r="4" fill="steelblue"/>"#);
    }
    println!("</svg>");
    Ok(())
}
