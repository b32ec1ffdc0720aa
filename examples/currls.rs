//! Shows the features and stories of a release.
//!
//! `cargo run --example currls -- "2026 Spring"`

mod common;

use rally_wsapi::{Result, attr};

fn main() -> Result<()> {
    let rally = common::rally()?;
    let name = rally.arg(0, "2026 Spring");
    let release = rally.query("Release").filter(("Name", name)).fetch("Name,State,ReleaseDate").one()?;
    println!("{release} ({}), until {}", release.get("State")?, release.get("ReleaseDate")?.date()?);
    let stories = rally
        .query("Story")
        .filter(attr("Release").eq(&release))
        .fetch("FormattedID,Name,ScheduleState,PlanEstimate,PortfolioItem")
        .order("PortfolioItem.Name,FormattedID")
        .all_projects();
    let mut feature = String::new();
    for story in stories {
        let story = story?;
        let parent = story.get("PortfolioItem.Name")?.to_string();
        if parent != feature {
            println!("  {}", if parent.is_empty() { "(no feature)" } else { &parent });
            feature = parent;
        }
        println!("    {:<12}  {:>4}  {story}", story.get("ScheduleState")?, story.get("PlanEstimate")?);
    }
    Ok(())
}
