//! Records many results of a test case, read from lines `build,date,verdict`, in one request.
//!
//! `cargo run --example add_tcrs -- TC2 results.csv` writes to the embedded sandbox; on the Rally of your settings it
//! shows what it would send, and sends it with `--live`.

mod common;

use rally_wsapi::{Mutation, Result};
use serde_json::{Value, json};

fn main() -> Result<()> {
    let rally = common::rally()?;
    let case = rally.find(rally.arg(0, "TC2"))?;
    let text = match rally.arg(1, "") {
        "" => "1.0.1,2026-04-11,Fail\n1.0.2,2026-04-18,Pass\n".to_owned(),
        file => std::fs::read_to_string(file).unwrap_or_else(|why| panic!("{file}: {why}")),
    };
    let result = |line: &str| -> Option<Value> {
        let mut parts = line.split(',').map(str::trim);
        let (build, date, verdict) = (parts.next()?, parts.next()?, parts.next()?);
        Some(json!({"TestCase": case, "Build": build, "Date": date, "Verdict": verdict}))
    };
    let results: Vec<Value> = text.lines().filter_map(result).collect();
    if !rally.may_write() {
        for fields in results {
            println!("would send {}", rally.preview(Mutation::create("TestCaseResult", fields))?);
        }
        return Ok(());
    }
    for (result, line) in rally.create_many("TestCaseResult", results)?.into_iter().zip(text.lines()) {
        match result {
            Ok(result) => println!("{line}: recorded as {}", result.get("Verdict")?),
            Err(error) => println!("{line}: {error}"),
        }
    }
    Ok(())
}
