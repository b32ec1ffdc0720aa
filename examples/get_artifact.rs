//! Prints everything about one artifact, found by its FormattedID wherever it is in the workspace.
//!
//! `cargo run --example get_artifact -- DE2` asks the Rally of your settings, else the embedded sandbox.

mod common;

use rally_wsapi::Result;

fn main() -> Result<()> {
    let rally = common::rally()?;
    let artifact = rally.find(rally.arg(0, "DE1"))?;
    println!("{}", artifact.details());
    // References are followed as they are read.
    println!("owner: {} <{}>", artifact.get("Owner.Name")?, artifact.get("Owner.EmailAddress")?);
    Ok(())
}
