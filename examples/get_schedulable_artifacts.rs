//! Lists what can be planned, of all types at once, in the projects named.
//!
//! `cargo run --example get_schedulable_artifacts -- "Shop // Web" "Bank // Mobile"`

mod common;

use rally_wsapi::Result;

fn main() -> Result<()> {
    let rally = common::rally()?;
    for index in 0..2 {
        let project = rally.arg(index, ["Shop // Web", "Bank // Mobile"][index]);
        println!("{project}");
        let items = rally.in_project(project).query("SchedulableArtifact");
        for item in items.fetch("FormattedID,Name,ScheduleState").order("FormattedID").page_size(2_000) {
            let item = item?;
            println!("    {:<24}  {:<12}  {}", item.type_name(), item.get("ScheduleState")?, item);
        }
    }
    Ok(())
}
