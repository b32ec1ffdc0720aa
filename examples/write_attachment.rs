//! Attaches a file to an artifact, unless it has the same file already, and lists its attachments.
//!
//! `cargo run --example write_attachment -- US1 screen.png`. Writes to a sandbox; with `--live` to your Rally.

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{NewAttachment, Rally, Result};

fn main() -> Result<()> {
    // Sample data in this process; with `--live` your own Rally, by the `RALLY_*` variables.
    let sandbox = Sandbox::start()?;
    let live = std::env::args().any(|arg| arg == "--live");
    let rally = if live { Rally::from_env()? } else { sandbox.rally()?.in_all_projects() };
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let id = args.next().unwrap_or_else(|| "US1".to_owned());
    let file = match args.next() {
        Some(path) => NewAttachment::file(path),
        None => NewAttachment::bytes("hello.txt", "Hello from a script.\n").description("no file was named"),
    };

    let artifact = rally.find(id.as_str())?;
    let attachment = artifact.ensure_attached(file)?;
    println!("{artifact} has {attachment}");
    for attachment in artifact.attachments()? {
        let size = attachment.size().unwrap_or_default();
        println!("  {attachment:<30} {size:>9} bytes  {}", attachment.content_type().unwrap_or_default());
    }
    Ok(())
}
