//! Looks for what stands between a script and its work, from the host's name to the project, and says what to do.
//!
//! `cargo run --example check -- --workspace="Products" --project="Shop // Web"`

mod common;

use rally_wsapi::Result;

fn main() -> Result<()> {
    let rally = common::rally()?;
    match rally.check() {
        Ok(report) => println!("{report}"),
        Err(report) => {
            println!("{report}");
            std::process::exit(1);
        }
    }
    Ok(())
}
