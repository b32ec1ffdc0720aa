//! Makes a test set of the test cases named.
//!
//! `cargo run --example create_testset -- "Before the fair" TC1 TC2` writes to the embedded sandbox; on the Rally of your settings it shows what it would send, and sends it with `--live`.

mod common;

use rally_wsapi::{Mutation, Result};
use serde_json::json;

fn main() -> Result<()> {
    let rally = common::rally()?;
    let mut cases = Vec::new();
    for index in 1.. {
        match rally.arg(index, if index == 1 { "TC1" } else { "" }) {
            "" => break,
            id => cases.push(rally.find(id)?),
        }
    }
    let project = cases[0].get("Project")?.as_json().clone();
    let fields = json!({"Name": rally.arg(0, "Before the fair"), "Project": project, "TestCases": cases});
    if let Some(set) = rally.write(Mutation::create("TestSet", fields))? {
        println!("{set}, {} test cases", set.collection("TestCases")?.count()?);
    }
    Ok(())
}
