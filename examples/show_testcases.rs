//! Lists test cases with their last verdict and the sets they are in.
//!
//! `cargo run --example show_testcases`

mod common;

use rally_wsapi::Result;

fn main() -> Result<()> {
    let rally = common::rally()?;
    let cases =
        rally.query("TestCase").fetch("FormattedID,Name,LastVerdict,LastRun,TestSets").order("FormattedID");
    for case in cases {
        let case = case?;
        let mut sets = Vec::new();
        for set in case.get("TestSets")?.items()? {
            sets.push(set?.to_string());
        }
        let verdict = case.get("LastVerdict")?;
        println!(
            "{:<6}  {:<24.24}  {verdict:<12}  {}",
            case.get("FormattedID")?,
            case.get("Name")?,
            sets.join(", ")
        );
    }
    Ok(())
}
