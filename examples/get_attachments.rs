//! Lists the attachments of an artifact, and saves them where a folder is named.
//!
//! `cargo run --example get_attachments -- DE1 some/folder`

mod common;

use rally_wsapi::Result;

fn main() -> Result<()> {
    let rally = common::rally()?;
    let artifact = rally.find(rally.arg(0, "DE1"))?;
    for attachment in artifact.attachments()? {
        println!(
            "{:<20}  {:<12}  {:>8} bytes",
            attachment.name(),
            attachment.content_type().unwrap_or_default(),
            attachment.size().unwrap_or_default()
        );
        if !rally.arg(1, "").is_empty() {
            println!("    saved as {}", attachment.save_in(rally.arg(1, ""))?.display());
        }
    }
    Ok(())
}
