//! Prints one item with its description as plain text.
//!
//! `cargo run --example getitem -- Story US1` takes a FormattedID, an ObjectID, a UUID or a reference.

mod common;

use rally_wsapi::Result;

fn main() -> Result<()> {
    let rally = common::rally()?;
    let item = rally.get(rally.arg(0, "Story"), rally.arg(1, "US1"))?;
    println!("{item}");
    println!("    {} in {}", item.type_name(), item.get("Project.Name")?);
    println!("    owner {}, state {}", item.get("Owner.Name")?, item.get("ScheduleState")?);
    println!("    {}", plain(&item.get("Description")?.to_string()));
    Ok(())
}

/// Descriptions are HTML: without its tags and entities.
fn plain(html: &str) -> String {
    let mut text = String::new();
    for part in html.split('<') {
        text.push_str(part.split_once('>').map_or(part, |(_, rest)| rest));
    }
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", " ").replace("&amp;", "&")
}
