//! Attaches a file to an artifact, unless the same file hangs there already, and lists what hangs there then.
//!
//! `cargo run --example creattach -- US1 screen.png` writes to the embedded sandbox, to the Rally of your settings only
//! with `--live`.

mod common;

use rally_wsapi::{NewAttachment, Result};

fn main() -> Result<()> {
    let rally = common::rally()?;
    let artifact = rally.find(rally.arg(0, "US1"))?;
    let file = match rally.arg(1, "") {
        "" => NewAttachment::bytes("hello.txt", "Hello from a script.\n").description("no file was named"),
        path => NewAttachment::file(path),
    };
    if !rally.may_write() {
        println!("would attach {file:?} to {artifact}; add --live to do it");
        return Ok(());
    }
    let made = artifact.ensure_attached(file)?;
    println!("{artifact} has {made}");
    for one in artifact.attachments()? {
        let size = one.size().unwrap_or_default();
        println!("  {one:<30} {size:>9} bytes  {}", one.content_type().unwrap_or_default());
    }
    Ok(())
}
