//! Lists test sets with their test cases, test cases with their last verdict, and results, the latest first.
//!
//! `cargo run --example read_tests -- TC1` lists the results of one test case.

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Rally, Result, attr};

fn main() -> Result<()> {
    // Sample data in this process; with `--live` your own Rally, by the `RALLY_*` variables.
    let sandbox = Sandbox::start()?;
    let live = std::env::args().any(|arg| arg == "--live");
    let rally = if live { Rally::from_env()? } else { sandbox.rally()?.in_all_projects() };
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));

    let sets = rally.query("TestSet").fetch("FormattedID,Name,ScheduleState,Iteration,TestCases");
    for set in sets.order("FormattedID") {
        let set = set?;
        println!("{set}  [{}]  {}", set.get("ScheduleState")?, set.get("Iteration.Name")?);
        // A collection is a query of its own, with fields, filter and order.
        for case in set.collection("TestCases")?.fetch("FormattedID,Name") {
            println!("    {}", case?);
        }
    }

    let cases = rally.query("TestCase").fetch("FormattedID,Name,LastVerdict,LastRun,TestSets");
    for case in cases.order("FormattedID") {
        let case = case?;
        let mut sets = Vec::new();
        for set in case.get("TestSets")?.items()? {
            sets.push(set?.to_string());
        }
        println!(
            "{:<6}  {:<24.24}  {:<12}  {}",
            case.get("FormattedID")?,
            case.get("Name")?,
            case.get("LastVerdict")?,
            sets.join(", "),
        );
    }

    let mut results = rally
        .query("TestCaseResult")
        .fetch("Date,Build,Verdict,Tester,TestCase,FormattedID")
        .order("Date DESC");
    if let Some(case) = args.next() {
        results = results.filter(attr("TestCase.FormattedID").eq(case));
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
