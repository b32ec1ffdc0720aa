//! Attaches a file to an artifact.
//!
//! `cargo run --example creattach -- US1 picture.png` writes to the embedded sandbox; on the Rally of your settings it
//! needs `--live`.

mod common;

use rally_wsapi::Result;

fn main() -> Result<()> {
    let rally = common::rally()?;
    let artifact = rally.find(rally.arg(0, "US1"))?;
    if !rally.may_write() {
        println!("would attach {} to {artifact}", rally.arg(1, "hello.txt"));
        return Ok(());
    }
    let attachment = match rally.arg(1, "") {
        "" => artifact.attach_bytes("hello.txt", "Hello, world.\n")?,
        path => artifact.attach(path)?,
    };
    println!(
        "{} ({}, {} bytes) is attached to {artifact}",
        attachment.name(),
        attachment.content_type().unwrap_or_default(),
        attachment.size().unwrap_or_default()
    );
    Ok(())
}
