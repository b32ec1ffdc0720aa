//! Changes a task: owner by user name, state, hours.
//!
//! `cargo run --example uptask -- TA1 bo@sandbox.example Completed` writes to the embedded sandbox. On the Rally of your
//! settings it shows what it would send, and sends it with `--live`.

mod common;

use rally_wsapi::{Mutation, Result};
use serde_json::json;

fn main() -> Result<()> {
    let rally = common::rally()?;
    let user = rally.arg(1, "bo@sandbox.example");
    let owner = rally.query("User").filter(("UserName", user)).one()?;
    let fields = json!({
        "Owner": owner,
        "State": rally.arg(2, "Completed"),
        "ToDo": 0,
        "Actuals": 6,
        "Notes": "Done, and read by a second pair of eyes.",
    });
    if let Some(task) = rally.write(Mutation::update("Task", rally.arg(0, "TA1"), fields))? {
        println!(
            "{task}: {}, {} of {} hours",
            task.get("State")?,
            task.get("Actuals")?,
            task.get("Estimate")?
        );
        println!("owner: {}", task.get("Owner.Name")?);
    }
    Ok(())
}
