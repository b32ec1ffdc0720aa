//! Checks of the documents, the public items and the layers against the code.

mod capabilities;
mod cassettes;
mod documented;
mod examples;
mod features;
mod layers;
mod messages;
mod public_api;
mod readme;
mod rustdoc;
mod side_by_side;

/// Cargo without its own variables about this package: with them build scripts run again, and all dependencies are rebuilt.
fn cargo() -> std::process::Command {
    let mut cargo = std::process::Command::new(env!("CARGO"));
    cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_", "CARGO_BIN_"].iter().any(|p| name.starts_with(p))
        {
            cargo.env_remove(name);
        }
    }
    cargo
}
