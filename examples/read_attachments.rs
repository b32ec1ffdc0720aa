//! Prints the attachments of an artifact: texts as they are, the size of all others. With a folder, saves them there.
//!
//! `cargo run --example read_attachments -- DE1 downloads`

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Rally, Result};

fn main() -> Result<()> {
    // Sample data in this process; with `--live` your own Rally, by the `RALLY_*` variables.
    let sandbox = Sandbox::start()?;
    let live = std::env::args().any(|arg| arg == "--live");
    let rally = if live { Rally::from_env()? } else { sandbox.rally()?.in_all_projects() };
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let id = args.next().unwrap_or_else(|| "DE1".to_owned());
    let folder = args.next();

    let artifact = rally.find(id.as_str())?;
    println!("{artifact}");
    for attachment in artifact.attachments()? {
        let content_type = attachment.content_type().unwrap_or_default().to_owned();
        println!("--- {attachment} ({content_type})");
        if let Some(folder) = &folder {
            // Two of one name become two files.
            println!("saved as {}", attachment.save_in(folder)?.display());
            continue;
        }
        let bytes = attachment.bytes()?;
        match std::str::from_utf8(&bytes) {
            Ok(text) if content_type.starts_with("text/") => println!("{}", text.trim_end()),
            _ => println!("{} bytes", bytes.len()),
        }
    }
    Ok(())
}
