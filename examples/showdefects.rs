//! Lists the defects that are not closed, or those that meet a filter of yours.
//!
//! `cargo run --example showdefects -- 'Severity = "Crash/Data Loss" OR Priority contains High'`

mod common;

use rally_wsapi::Result;

fn main() -> Result<()> {
    let rally = common::rally()?;
    let defects = rally
        .query("Defect")
        .filter(rally.arg(0, "State != Closed"))
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
    Ok(())
}
