//! Lists test sets with their test cases.
//!
//! `cargo run --example show_testsets`

mod common;

use rally_wsapi::Result;

fn main() -> Result<()> {
    let rally = common::rally()?;
    for set in rally
        .query("TestSet")
        .fetch("FormattedID,Name,ScheduleState,Iteration,TestCases")
        .order("FormattedID")
    {
        let set = set?;
        println!("{set}  [{}]  {}", set.get("ScheduleState")?, set.get("Iteration.Name")?);
        for case in set.collection("TestCases")?.fetch("FormattedID,Name") {
            println!("    {}", case?);
        }
    }
    Ok(())
}
