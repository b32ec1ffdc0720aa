//! Prints one artifact with all its fields, its owner, and its description as plain text.
//!
//! `cargo run --example read_item -- US1` takes a FormattedID, a reference or the address of its page.

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Rally, Result};

fn main() -> Result<()> {
    // Sample data in this process; with `--live` your own Rally, by the `RALLY_*` variables.
    let sandbox = Sandbox::start()?;
    let live = std::env::args().any(|arg| arg == "--live");
    let rally = if live { Rally::from_env()? } else { sandbox.rally()?.in_all_projects() };
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let id = args.next().unwrap_or_else(|| "US1".to_owned());

    // `rally.get("Story", 1234)` reads an object of a known type.
    let item = rally.find(id.as_str())?;
    println!("{}\n", item.details());
    println!("{item}");
    println!("    {} in {}", item.type_name(), item.get("Project.Name")?);
    // A path follows references; what the row lacks is loaded.
    println!("    owner: {} <{}>", item.get("Owner.Name")?, item.get("Owner.EmailAddress")?);
    println!("    {}", plain_text(&item.get("Description")?.to_string()));
    Ok(())
}

/// Descriptions are HTML.
fn plain_text(html: &str) -> String {
    let mut text = String::new();
    for part in html.split('<') {
        text.push_str(part.split_once('>').map_or(part, |(_, rest)| rest));
    }
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", " ").replace("&amp;", "&")
}
