//! Checks the connection step by step, from the name of the host to the project, and prints what to do.
//!
//! `cargo run --example admin_check -- --live --server=rally.example.com --workspace=Products --project="Shop // Web"`
//! takes settings from flags as well as from the `RALLY_*` variables; without `--live` it checks a sandbox.

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Config, Rally, Result};

fn main() -> Result<()> {
    let sandbox = Sandbox::start()?;
    let live = std::env::args().any(|arg| arg == "--live");
    let rally = if live {
        // Arguments that are not settings come back, for the program to use.
        let (config, _rest) = Config::from_args(std::env::args_os().skip(1))?;
        Rally::new(config)?
    } else {
        sandbox.rally()?.in_all_projects()
    };

    let report = rally.check();
    println!("{report}");
    if !report.is_ok() {
        std::process::exit(1);
    }
    Ok(())
}
