//! Which server a command asks.

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Config, ConfigBuilder, Rally, Result, Source};
use std::ffi::OsString;

/// The settings, and the arguments for clap.
pub(crate) fn settings(arguments: Vec<OsString>) -> Result<(ConfigBuilder, Vec<OsString>)> {
    ConfigBuilder::from_args(arguments)
}

/// A client, and the sandbox that must live as long.
pub(crate) struct Connection {
    pub(crate) rally: Rally,
    _sandbox: Option<Sandbox>,
}

pub(crate) fn connect(settings: ConfigBuilder, in_sandbox: bool) -> Result<Connection> {
    if !in_sandbox {
        return Ok(Connection { rally: Rally::new(settings.build()?)?, _sandbox: None });
    }
    let sandbox = Sandbox::start()?;
    let config = for_sandbox(settings, &sandbox)?;
    Ok(Connection { rally: Rally::new(config)?, _sandbox: Some(sandbox) })
}

/// Flags choose workspace and project in the sandbox too; what the environment and files say is meant for a real server.
fn for_sandbox(settings: ConfigBuilder, sandbox: &Sandbox) -> Result<Config> {
    let settings = settings.server(sandbox.url()).api_key(sandbox.api_key());
    let config = settings.clone().trust_folder(true).build()?;
    let mut settings = settings.trust_folder(true);
    for source in config.sources().iter().filter(|s| !s.origin.starts_with("--")) {
        settings = match source.name {
            "workspace" => settings.workspace(""),
            "project" => settings.project(""),
            _ => settings,
        };
    }
    settings.build()
}

/// What would be in force with `--sandbox`.
pub(crate) fn sandbox_sources(settings: ConfigBuilder) -> Result<Vec<Source>> {
    Ok(for_sandbox(settings, &Sandbox::start()?)?.sources())
}
