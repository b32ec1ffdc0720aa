//! Lists milestones with their dates and projects.
//!
//! `cargo run --example get_milestones`

mod common;

use rally_wsapi::Result;

fn main() -> Result<()> {
    let rally = common::rally()?;
    for milestone in
        rally.query("Milestone").fetch("FormattedID,Name,TargetDate,Projects").order("TargetDate")
    {
        let milestone = milestone?;
        let date = milestone.get("TargetDate")?.to::<Option<rally_wsapi::Date>>()?;
        let date = date.map_or("no date".to_owned(), |d| d.to_string());
        let mut projects = Vec::new();
        for project in milestone.get("Projects")?.items()? {
            projects.push(project?.to_string());
        }
        println!("{:<24}  {date:<10}  {}", milestone.to_string(), projects.join(", "));
    }
    Ok(())
}
