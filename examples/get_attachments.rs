//! Shows the attachments of an artifact: texts as they are, of anything else the size. With a folder, saves them there.
//!
//! `cargo run --example get_attachments -- DE1 downloads`

mod common;

use rally_wsapi::Result;

fn main() -> Result<()> {
    let rally = common::rally()?;
    let artifact = rally.find(rally.arg(0, "DE1"))?;
    let folder = rally.arg(1, "");
    println!("{artifact}");
    for attachment in artifact.attachments()? {
        let kind = attachment.content_type().unwrap_or_default().to_owned();
        println!("--- {attachment} ({kind})");
        if !folder.is_empty() {
            // Two of one name become two files.
            println!("saved as {}", attachment.save_in(folder)?.display());
            continue;
        }
        let bytes = attachment.bytes()?;
        match std::str::from_utf8(&bytes) {
            Ok(text) if kind.starts_with("text/") => println!("{}", text.trim_end()),
            _ => println!("{} bytes", bytes.len()),
        }
    }
    Ok(())
}
