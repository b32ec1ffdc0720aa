//! Checks a connection step by step and says which step failed and what to do.
//!
//! `cargo run --example check -- --server=rally1.rallydev.com --apikey=...`

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
