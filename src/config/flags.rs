//! The flags that are settings among a program's arguments.

use super::item::Item;
use super::settings::Entry;
use crate::error::{Error, Result};
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

/// The arguments that are settings, as `--name=value` or `--name value`, and the rest; `--` ends them.
#[derive(Default)]
pub(super) struct Flags {
    pub(super) entries: Vec<Entry>,
    pub(super) config: Option<PathBuf>,
    /// Empty for none.
    pub(super) profile: Option<String>,
    pub(super) rest: Vec<OsString>,
}

pub(super) fn read(first_line: &dyn Fn() -> io::Result<String>, arguments: Vec<OsString>) -> Result<Flags> {
    let mut flags = Flags::default();
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        if argument == "--" {
            flags.rest.push(argument);
            flags.rest.extend(arguments);
            break;
        }
        // The name of an argument that is not UTF-8 still counts, so that its value is refused instead of
        // ignored.
        let text = argument.to_string_lossy();
        let flag = text.strip_prefix("--").unwrap_or_default();
        let (name, value) = flag.split_once('=').map_or((flag, None), |(n, v)| (n, Some(v)));
        let is_config = ["config", "cfg", "conf", "rallyConfig"].contains(&name);
        let item = Item::in_flag(name);
        if !is_config && name != "profile" && item.is_none() {
            flags.rest.push(argument);
            continue;
        }
        let origin = format!("--{name}");
        let value = match value {
            Some(value) => argument.to_str().map(|_| value.to_owned()),
            None => arguments.next().ok_or_else(|| no_value(&origin))?.into_string().ok(),
        };
        let value = value.ok_or_else(|| not_text(&origin))?;
        match item {
            Some(Item::ApiKey) if value == "-" => {
                let why = |e| format!("cannot read the API key from standard input: {e}");
                let line = first_line().map_err(|e| Error::config(origin.as_str(), why(e)))?;
                flags.entries.push(Entry::text(Item::ApiKey, line, "standard input"));
            }
            Some(item) => flags.entries.push(Entry::text(item, value, origin)),
            None if !is_config => flags.profile = Some(value),
            None if value.is_empty() => return Err(no_value(&origin)),
            None => flags.config = Some(PathBuf::from(value)),
        }
    }
    Ok(flags)
}

fn no_value(origin: &str) -> Error {
    Error::config(origin, "the value is missing").remedy(format!("write it as {origin}=VALUE"))
}

pub(super) fn not_text(origin: &str) -> Error {
    Error::config(origin, "the value is not valid UTF-8").remedy("write it in a UTF-8 locale")
}
