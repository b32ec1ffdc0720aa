//! Where settings come from, the weaker first: environment, `rally-v2.0.cfg` here, the file that
//! `RALLY_CONFIG` names, the file that a flag names, single flags. What surrounds us is injected.

use super::ConfigBuilder;
use super::file::{self, Entry, Item};
use crate::error::{Error, Result};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

/// The file that pyral looks for in the current folder.
const LOCAL_FILE: &str = "rally-v2.0.cfg";

/// The environment and the files, as the process sees them or as a test makes them up.
pub(super) struct Surroundings<'s> {
    pub(super) variable: &'s dyn Fn(&str) -> Option<OsString>,
    pub(super) read: &'s dyn Fn(&Path) -> io::Result<String>,
    /// Whether other users of the machine may read a file.
    pub(super) open: &'s dyn Fn(&Path) -> bool,
}

/// The settings, and the arguments that were none.
pub(super) fn resolve(
    around: &Surroundings<'_>,
    arguments: Vec<OsString>,
) -> Result<(ConfigBuilder, Vec<OsString>)> {
    let mut builder = ConfigBuilder::default().environment(around.variable)?;
    let (flags, named, rest) = flags(arguments)?;
    if let Some(text) = optional(around, Path::new(LOCAL_FILE))? {
        builder = builder.local_entries(parse(around, Path::new(LOCAL_FILE), &text)?);
    }
    let from_variable = (around.variable)("RALLY_CONFIG")
        .filter(|v| !v.is_empty())
        .map(|v| ("RALLY_CONFIG", PathBuf::from(v)));
    for (origin, path) in from_variable.into_iter().chain(named.map(|path| ("--config", path))) {
        builder = builder.entries(read_named(around, origin, &path)?);
    }
    Ok((builder.entries(flags), rest))
}

/// A file's settings; a secret in it that others may read is warned about.
fn parse(around: &Surroundings<'_>, path: &Path, text: &str) -> Result<Vec<Entry>> {
    let entries = file::parse(path, text)?;
    let secret =
        entries.iter().any(|e| matches!(e.key, Item::ApiKey | Item::Password) && !e.value.is_empty());
    if secret && (around.open)(path) {
        log::warn!("{} holds a secret and others may read it: chmod 600 it", path.display());
    }
    Ok(entries)
}

/// Only a file that is not there may be missing; one that cannot be read is an error.
fn optional(around: &Surroundings<'_>, path: &Path) -> Result<Option<String>> {
    match (around.read)(path) {
        Ok(text) => Ok(Some(text)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(Error::config(path.display().to_string(), e)),
    }
}

/// `.cfg` may be left off the name.
fn read_named(around: &Surroundings<'_>, origin: &str, path: &Path) -> Result<Vec<Entry>> {
    if let Some(text) = optional(around, path)? {
        return parse(around, path, &text);
    }
    let mut longer = path.as_os_str().to_owned();
    longer.push(".cfg");
    let longer = PathBuf::from(longer);
    match optional(around, &longer)? {
        Some(text) => parse(around, &longer, &text),
        None => Err(Error::config(origin, format!("the file {} is not there", path.display()))
            .remedy("name a settings file; `.cfg` may be left off")),
    }
}

type Flags = (Vec<Entry>, Option<PathBuf>, Vec<OsString>);

/// Takes the flags that are settings, as `--name=value` or `--name value`; `--` ends them.
fn flags(arguments: Vec<OsString>) -> Result<Flags> {
    let (mut entries, mut config, mut rest) = (Vec::new(), None, Vec::new());
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let text = argument.to_str().unwrap_or_default().to_owned();
        if text == "--" {
            rest.push(argument);
            rest.extend(arguments);
            break;
        }
        let Some(flag) = text.strip_prefix("--") else {
            rest.push(argument);
            continue;
        };
        let (name, value) = flag.split_once('=').map_or((flag, None), |(n, v)| (n, Some(v.to_owned())));
        let is_config = ["config", "cfg", "conf", "rallyConfig"].contains(&name);
        let key = Item::named(name).filter(|_| !name.is_empty());
        if !is_config && key.is_none() {
            rest.push(argument);
            continue;
        }
        let origin = format!("--{name}");
        let missing = || {
            Error::config(origin.as_str(), "the value is missing")
                .remedy(format!("write it as --{name}=VALUE"))
        };
        let value = match value {
            Some(value) => value,
            None => arguments.next().and_then(|v| v.into_string().ok()).ok_or_else(missing)?,
        };
        match key {
            Some(key) => entries.push(Entry { key, value, origin }),
            None if value.is_empty() => return Err(missing()),
            None => config = Some(PathBuf::from(value)),
        }
    }
    Ok((entries, config, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    type Pairs<'a> = &'a [(&'a str, &'a str)];

    fn run(variables: Pairs<'_>, files: Pairs<'_>, arguments: &[&str]) -> Result<(Config, Vec<OsString>)> {
        let variable =
            |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| OsString::from(v));
        let read = |path: &Path| {
            let found = files.iter().find(|(n, _)| Path::new(n) == path);
            found.map(|(_, text)| (*text).to_owned()).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
        };
        let around = Surroundings { variable: &variable, read: &read, open: &|_| false };
        let (builder, rest) = resolve(&around, arguments.iter().map(OsString::from).collect())?;
        Ok((builder.build()?, rest))
    }

    #[test]
    fn every_value_remembers_where_it_came_from() {
        let variables = [("RALLY_API_KEY", "_marker_key"), ("RALLY_USER", "me"), ("RALLY_WORKSPACE", "env")];
        let (config, _) =
            run(&variables, &[("rally-v2.0.cfg", "#\nWORKSPACE = here")], &["--project=P"]).unwrap();
        let shown: Vec<_> = config.sources().into_iter().map(|s| (s.name, s.value, s.origin)).collect();
        let source = |name, value: &str, origin: &str| (name, value.to_owned(), origin.to_owned());
        assert_eq!(
            shown,
            [
                source("server", "https://rally1.rallydev.com/slm", "default"),
                source("apikey", "***", "RALLY_API_KEY"),
                source("user", "me", "RALLY_USER"),
                source("password", "", "default"),
                source("workspace", "here", "rally-v2.0.cfg line 2"),
                source("project", "P", "--project"),
                source("proxy", "", "default"),
            ]
        );
    }

    #[test]
    fn files_named_in_the_environment_are_taken_and_empty_ones_are_none() {
        let key = ("RALLY_API_KEY", "_k");
        let (config, _) =
            run(&[key, ("RALLY_CA_FILE", "ca.pem"), ("RALLY_SCHEMA_CACHE", "s")], &[], &[]).unwrap();
        assert_eq!(
            (config.ca_file(), config.schema_cache()),
            (Some(Path::new("ca.pem")), Some(Path::new("s")))
        );
        let (config, _) = run(&[key, ("RALLY_CA_FILE", ""), ("RALLY_SCHEMA_CACHE", "")], &[], &[]).unwrap();
        assert_eq!((config.ca_file(), config.schema_cache()), (None, None));
    }

    #[test]
    fn each_source_beats_the_one_before() {
        let variables = [("RALLY_WORKSPACE", "env"), ("RALLY_API_KEY", "_k"), ("RALLY_CONFIG", "named")];
        let files = [
            ("rally-v2.0.cfg", "WORKSPACE = local\nPROJECT = local"),
            ("named.cfg", "WORKSPACE = named"),
            ("flag.cfg", "WORKSPACE = flag"),
        ];
        let workspace = |n: usize, files: Pairs<'_>, arguments: &[&str]| {
            run(&variables[..n], files, arguments)
                .map(|(c, _)| c.workspace().unwrap_or_default().to_owned())
                .unwrap()
        };
        assert_eq!(workspace(2, &[], &[]), "env");
        assert_eq!(workspace(2, &files, &[]), "local");
        assert_eq!(workspace(3, &files, &[]), "named");
        assert_eq!(workspace(3, &files, &["--cfg=flag"]), "flag");
        assert_eq!(workspace(3, &files, &["--conf", "flag.cfg", "--rallyWorkspace=last"]), "last");
    }

    #[test]
    fn arguments_that_are_no_settings_come_back_in_order() {
        let (config, rest) =
            run(&[], &[], &["Defect", "--apikey=_k", "--limit=3", "--", "--user=x"]).unwrap();
        assert_eq!(rest, ["Defect", "--limit=3", "--", "--user=x"]);
        assert_eq!(config.user(), None);
    }

    #[test]
    fn what_is_named_must_be_there() {
        let error = run(&[("RALLY_CONFIG", "gone")], &[], &[]).unwrap_err();
        assert!(error.to_string().starts_with("RALLY_CONFIG: the file gone is not there"), "{error}");
        assert!(run(&[], &[], &["--server"]).is_err());
        assert!(run(&[], &[], &["--config="]).is_err());
    }

    #[test]
    fn a_folder_does_not_collect_keys() {
        let secret = [("RALLY_API_KEY", "_marker_key")];
        let error =
            run(&secret, &[("rally-v2.0.cfg", "SERVER = evil.example")], &[]).unwrap_err().to_string();
        assert!(error.contains("rally-v2.0.cfg line 1") && !error.contains("_marker"), "{error}");
        // Its own key it may name, and a flag may name the server.
        assert!(run(&[], &[("rally-v2.0.cfg", "SERVER = own.example\nAPIKEY = _k")], &[]).is_ok());
        assert!(run(&secret, &[("rally-v2.0.cfg", "SERVER = evil.example")], &["--server=h"]).is_ok());
    }
}
