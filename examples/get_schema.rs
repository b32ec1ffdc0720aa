//! Prints the definition of a type as a sheet.
//!
//! `cargo run --example get_schema -- "User Story"`

mod common;

use rally_wsapi::Result;

fn main() -> Result<()> {
    let rally = common::rally()?;
    println!("{}", rally.type_def(rally.arg(0, "User Story"))?);
    Ok(())
}
