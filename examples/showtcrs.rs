//! Lists the results of test cases, the latest first.
//!
//! `cargo run --example showtcrs -- TC1` shows those of one test case.

mod common;

use rally_wsapi::{Result, attr};

fn main() -> Result<()> {
    let rally = common::rally()?;
    let mut results = rally
        .query("TestCaseResult")
        .fetch("Date,Build,Verdict,Tester,TestCase,FormattedID")
        .order("Date DESC");
    if !rally.arg(0, "").is_empty() {
        results = results.filter(attr("TestCase.FormattedID").eq(rally.arg(0, "")));
    }
    for result in results {
        let result = result?;
        println!(
            "{}  {:<6}  {:<8.8}  {:<12}  {}",
            result.get("Date")?.date()?,
            result.get("TestCase.FormattedID")?,
            result.get("Build")?,
            result.get("Verdict")?,
            result.get("Tester.Name")?,
        );
    }
    Ok(())
}
