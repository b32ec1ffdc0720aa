//! Prints what changes: asks in intervals for what was updated since the last time.
//!
//! `cargo run --example history_watch -- Defect 10 6` asks six times, ten seconds apart.

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Rally, Result, attr};
use std::time::Duration;

#[allow(clippy::disallowed_methods)] // a rule of the library's own repository: it sleeps by its clock alone
fn main() -> Result<()> {
    // Sample data in this process; with `--live` your own Rally, by the `RALLY_*` variables.
    let sandbox = Sandbox::start()?;
    let live = std::env::args().any(|arg| arg == "--live");
    let rally = if live { Rally::from_env()? } else { sandbox.rally()?.in_all_projects() };
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let type_name = args.next().unwrap_or_else(|| "Defect".to_owned());
    let seconds = args.next().and_then(|text| text.parse().ok()).unwrap_or(0);
    let rounds = args.next().and_then(|text| text.parse().ok()).unwrap_or(2);

    let mut since: Option<String> = None;
    for round in 0..rounds {
        let mut query =
            rally.query(&type_name).fetch("FormattedID,Name,LastUpdateDate").order("LastUpdateDate");
        if let Some(since) = &since {
            query = query.filter(attr("LastUpdateDate").gt(since.as_str()));
        }
        let changed = query.all()?;
        if let Some(latest) = changed.last() {
            since = Some(latest.get("LastUpdateDate")?.to_string());
        }
        if round == 0 {
            println!("watching {} of type {type_name}", changed.len());
            if !live {
                rally.update("Defect", "DE1", serde_json::json!({"Notes": "looked at"}))?; // something to see
            }
        } else {
            for item in changed {
                println!("changed: {item}");
            }
        }
        std::thread::sleep(Duration::from_secs(seconds));
    }
    Ok(())
}
