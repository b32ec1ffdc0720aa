//! Records one result of a test case, with its tester and duration.
//!
//! `cargo run --example create_tcr -- TC1 2.0.7 Pass` writes to the embedded sandbox; on the Rally of your settings it shows what it would send, and sends it with `--live`.

mod common;

use rally_wsapi::{Mutation, Result};
use serde_json::json;

fn main() -> Result<()> {
    let rally = common::rally()?;
    let case = rally.find(rally.arg(0, "TC1"))?;
    let fields = json!({
        "TestCase": case,
        "Build": rally.arg(1, "2.0.7"),
        "Verdict": rally.arg(2, "Pass"),
        "Date": "2026-04-21T09:30:00Z",
        "Tester": rally.user()?,
        "Duration": 2.5,
    });
    if let Some(result) = rally.write(Mutation::create("TestCaseResult", fields))? {
        println!("{} {} by {}", result.get("Build")?, result.get("Verdict")?, result.get("Tester.Name")?);
    }
    Ok(())
}
