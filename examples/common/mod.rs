//! Which server an example asks: the Rally of the settings or flags, else the embedded sandbox.

// Each example uses a part of this.
#![allow(dead_code, unreachable_pub)]

use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Config, Entity, Mutation, Rally, Result};
use std::ffi::OsString;
use std::ops::Deref;

/// A client, the sandbox behind it if any, and the arguments that are no settings.
#[derive(Debug)]
pub(crate) struct Connection {
    rally: Rally,
    sandbox: Option<Sandbox>,
    pub(crate) args: Vec<String>,
}

/// The Rally that the `RALLY_*` variables, `rally-v2.0.cfg` or flags as `--server=` name, else a sandbox of its own.
pub(crate) fn rally() -> Result<Connection> {
    let given: Vec<OsString> = std::env::args_os().skip(1).collect();
    let (rally, sandbox, rest) = if rally_is_set(&given) {
        let (config, rest) = Config::from_args(given)?;
        (Rally::new(config)?, None, rest)
    } else {
        let sandbox = Sandbox::start()?;
        (sandbox.rally()?.in_all_projects(), Some(sandbox), given)
    };
    let place = if sandbox.is_some() { "the embedded sandbox" } else { "the Rally of your settings" };
    eprintln!("asking {place}");
    let args = rest.into_iter().map(|a| a.to_string_lossy().into_owned()).collect();
    Ok(Connection { rally, sandbox, args })
}

impl Connection {
    /// Whether this is a real server, where writing needs `--live`.
    pub(crate) fn is_live(&self) -> bool {
        self.sandbox.is_none()
    }

    /// The how many-th argument that is no flag, from 0, or what stands for it.
    pub(crate) fn arg<'a>(&'a self, index: usize, default: &'a str) -> &'a str {
        self.args.iter().filter(|a| !a.starts_with("--")).nth(index).map_or(default, String::as_str)
    }

    /// Whether a flag as `--dry-run` is there.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.args.iter().any(|a| a == name)
    }

    /// On the sandbox always; on a real server only with `--live`, and never with `--dry-run`.
    pub(crate) fn may_write(&self) -> bool {
        (!self.is_live() || self.flag("--live")) && !self.flag("--dry-run")
    }

    /// Sends a write, or shows what it would send.
    pub(crate) fn write(&self, mutation: Mutation) -> Result<Option<Entity>> {
        if self.may_write() {
            return self.rally.apply(mutation)?.into_entity().map(Some);
        }
        println!("would send {}", self.rally.preview(mutation)?);
        Ok(None)
    }
}

impl Deref for Connection {
    type Target = Rally;

    fn deref(&self) -> &Rally {
        &self.rally
    }
}

/// Whether any setting names a Rally; half of one is then an error that says what is missing.
fn rally_is_set(given: &[OsString]) -> bool {
    // A log, a schema cache or trusted issuers are no server.
    let other = ["RALLY_LOG", "RALLY_SCHEMA_CACHE", "RALLY_CA_FILE"];
    let variable = |name: &str| (name.starts_with("RALLY_") || name == "APIKEY") && !other.contains(&name);
    let flag = |text: &str| {
        let name = text.split_once('=').map_or("", |(name, _)| name).to_ascii_lowercase();
        ["server", "apikey", "user", "config", "conf", "cfg"]
            .iter()
            .any(|end| name == format!("--{end}") || name == format!("--rally{end}"))
    };
    std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).any(|name| variable(&name))
        || given.iter().any(|text| flag(&text.to_string_lossy()))
        || std::path::Path::new("rally-v2.0.cfg").exists()
}
