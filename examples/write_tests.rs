//! Creates a test set of test cases and records results: one with its tester, and many in one request.
//!
//! `cargo run --example write_tests -- TC1 TC2 results.csv` reads lines `build,date,verdict`.
//! Writes to a sandbox; with `--live` to your Rally.

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Rally, Result};
use serde_json::json;

const RESULTS: &str = "1.0.1,2026-04-11,Fail\n1.0.2,2026-04-18,Pass\n";

fn main() -> Result<()> {
    // Sample data in this process; with `--live` your own Rally, by the `RALLY_*` variables.
    let sandbox = Sandbox::start()?;
    let live = std::env::args().any(|arg| arg == "--live");
    let rally = if live { Rally::from_env()? } else { sandbox.rally()?.in_all_projects() };
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let first = args.next().unwrap_or_else(|| "TC1".to_owned());
    let second = args.next().unwrap_or_else(|| "TC2".to_owned());
    let lines = match args.next() {
        Some(file) => std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file}: {error}")),
        None => RESULTS.to_owned(),
    };

    let cases = [rally.find(first)?, rally.find(second)?];
    let project = cases[0].get("Project")?.as_json().clone();
    let set = json!({"Name": "Before the fair", "Project": project, "TestCases": &cases});
    let set = rally.create("TestSet", set)?;
    println!("{set}, {} test cases", set.collection("TestCases")?.count()?);

    let result = rally.create(
        "TestCaseResult",
        json!({
            "TestCase": &cases[0],
            "Build": "2.0.7",
            "Verdict": "Pass",
            "Date": "2026-04-21T09:30:00Z",
            "Tester": rally.user()?,
            "Duration": 2.5,
        }),
    )?;
    println!("{} {} by {}", result.get("Build")?, result.get("Verdict")?, result.get("Tester.Name")?);

    let mut results = Vec::new();
    for line in lines.lines() {
        if let [build, date, verdict] = line.split(',').map(str::trim).collect::<Vec<_>>()[..] {
            results.push(json!({"TestCase": &cases[1], "Build": build, "Date": date, "Verdict": verdict}));
        }
    }
    // Each item has a result of its own, in the order given.
    for result in rally.create_many("TestCaseResult", results)? {
        match result {
            Ok(result) => println!("{} is recorded as {}", result.get("Build")?, result.get("Verdict")?),
            Err(error) => println!("{error}"),
        }
    }
    Ok(())
}
