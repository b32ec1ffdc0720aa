//! The sources of settings, weakest first: the default profile, environment, `rally-v2.0.cfg` in the current
//! folder, the file that `RALLY_CONFIG` names, the file that a flag names, the named profile, single flags. The
//! environment is injected for tests.

use super::flags::{self, not_text};
use super::item::Item;
use super::profile::{self, Profiles};
use super::settings::{Entry, Settings};
use super::{ConfigBuilder, file};
use crate::error::{Error, Result};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

/// The file that pyral looks for in the current folder.
const LOCAL_FILE: &str = "rally-v2.0.cfg";

/// The environment, the files and standard input, of the process or of a test.
pub(super) struct Surroundings<'s> {
    pub(super) variable: &'s dyn Fn(&str) -> Option<OsString>,
    pub(super) read: &'s dyn Fn(&Path) -> io::Result<String>,
    pub(super) first_line: &'s dyn Fn() -> io::Result<String>,
}

impl Surroundings<'_> {
    /// Returns a variable of the environment. An empty one counts as unset.
    fn set(&self, name: &str) -> Option<OsString> {
        (self.variable)(name).filter(|value| !value.is_empty())
    }

    /// Reads a file; `None` if there is none, by the kinds of the error.
    fn text(&self, path: &Path, none: &[io::ErrorKind]) -> Result<Option<String>> {
        match (self.read)(path) {
            Ok(text) => Ok(Some(text)),
            Err(e) if none.contains(&e.kind()) => Ok(None),
            Err(e) => Err(Error::config(path.display().to_string(), format!("cannot be read: {e}"))),
        }
    }
}

/// Returns the settings, and the arguments that are not settings.
pub(super) fn resolve(
    around: &Surroundings<'_>,
    arguments: Vec<OsString>,
) -> Result<(ConfigBuilder, Vec<OsString>)> {
    let mut settings = Settings::default();
    let flags = flags::read(around.first_line, arguments)?;
    let mut add = |entries: Vec<Entry>| settings.entries.extend(entries);
    let profiles = profiles(around)?;
    add(profiles.unasked());
    add(variables(around)?);
    let local = optional(around, LOCAL_FILE.as_ref())?.unwrap_or_default();
    add(local.into_iter().map(|entry| Entry { folder: true, ..entry }).collect());
    let from_variable = around.set("RALLY_CONFIG").map(|path| ("RALLY_CONFIG", PathBuf::from(path)));
    for (origin, path) in from_variable.into_iter().chain(flags.config.map(|path| ("--config", path))) {
        add(named(around, origin, &path)?);
    }
    let (origin, profile) = match (flags.profile, around.set("RALLY_PROFILE")) {
        (None, Some(name)) => ("RALLY_PROFILE", name.into_string().map_err(|_| not_text("RALLY_PROFILE"))?),
        (flag, _) => ("--profile", flag.unwrap_or_default()),
    };
    if !profile.is_empty() {
        add(profiles.named(origin, &profile)?);
    }
    add(flags.entries);
    Ok((ConfigBuilder { settings, ..ConfigBuilder::default() }, flags.rest))
}

/// The settings of the environment.
fn variables(around: &Surroundings<'_>) -> Result<Vec<Entry>> {
    let set = |item: Item| {
        let (name, value) = item.variables().iter().find_map(|name| Some((*name, around.set(name)?)))?;
        let entry = Entry::of_variable(item, value, name);
        Some(entry.ok_or_else(|| Error::config(name, "the value is not valid UTF-8")))
    };
    Item::all().filter_map(set).collect()
}

/// A missing file is skipped; one that cannot be read is an error.
fn optional(around: &Surroundings<'_>, path: &Path) -> Result<Option<Vec<Entry>>> {
    let Some(text) = around.text(path, &[io::ErrorKind::NotFound])? else { return Ok(None) };
    let (mut entries, warnings) = file::parse(path, &text);
    warnings.iter().for_each(|warning| log::warn!("{warning}"));
    settled(around, path, &mut entries);
    Ok(Some(entries))
}

/// Warns about secrets that other users can read, and expands `~/`.
fn settled(around: &Surroundings<'_>, path: &Path, entries: &mut [Entry]) {
    if entries.iter().any(|e| matches!(e.item, Item::ApiKey | Item::Password) && !e.is_blank()) {
        file::warn_if_open(path);
    }
    let home = (around.variable)("HOME").map(PathBuf::from);
    entries.iter_mut().for_each(|entry| entry.expand_home(home.as_deref()));
}

/// Reads the profiles of the user's own file; none if it does not exist.
fn profiles(around: &Surroundings<'_>) -> Result<Profiles> {
    let Some(path) = profile::path(around.variable) else { return Ok(Profiles::default()) };
    let none = [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory];
    let text = around.text(&path, &none)?.unwrap_or_default();
    let (mut profiles, warnings) = Profiles::parse(&path, &text)?;
    warnings.iter().for_each(|warning| log::warn!("{warning}"));
    profiles.sections.values_mut().for_each(|entries| settled(around, &path, entries));
    Ok(profiles)
}

/// `.cfg` may be omitted.
fn named(around: &Surroundings<'_>, origin: &str, path: &Path) -> Result<Vec<Entry>> {
    if let Some(entries) = optional(around, path)? {
        return Ok(entries);
    }
    let mut longer = path.as_os_str().to_owned();
    longer.push(".cfg");
    optional(around, Path::new(&longer))?.ok_or_else(|| {
        Error::config(origin, format!("the file {} is not there", path.display()))
            .remedy("name a settings file; `.cfg` may be left off")
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::config::Config;
    use crate::secret::Secret;

    pub(in crate::config) type Pairs<'a> = &'a [(&'a str, &'a str)];

    fn run(variables: Pairs<'_>, files: Pairs<'_>, arguments: &[&str]) -> Result<(Config, Vec<OsString>)> {
        let (builder, rest) = sources(variables, files, arguments)?;
        Ok((builder.build()?, rest))
    }

    pub(in crate::config) fn builder(
        variables: Pairs<'_>,
        files: Pairs<'_>,
        arguments: &[&str],
    ) -> Result<ConfigBuilder> {
        sources(variables, files, arguments).map(|(builder, _)| builder)
    }

    fn sources(
        variables: Pairs<'_>,
        files: Pairs<'_>,
        arguments: &[&str],
    ) -> Result<(ConfigBuilder, Vec<OsString>)> {
        let variable =
            |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| OsString::from(v));
        let read = |path: &Path| {
            let found = files.iter().find(|(n, _)| Path::new(n) == path);
            found.map(|(_, text)| (*text).to_owned()).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
        };
        let around =
            Surroundings { variable: &variable, read: &read, first_line: &|| Ok("_piped\n".to_owned()) };
        resolve(&around, arguments.iter().map(OsString::from).collect())
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
                source("noproxy", "", "default"),
                source("cafile", "", "default"),
                source("clientcert", "", "default"),
                source("clientkey", "", "default"),
                source("schemacache", "", "default"),
                source("log", "", "default"),
                source("record", "", "default"),
                source("replay", "", "default"),
                source("cassettekeep", "", "default"),
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
        let evil = |lines: &str| [("rally-v2.0.cfg", format!("SERVER = evil.example\n{lines}"))];
        let refused = |variables: Pairs<'_>, lines: &str| {
            let files = evil(lines);
            let error = run(variables, &[(files[0].0, &files[0].1)], &[]).unwrap_err().to_string();
            assert!(error.contains("rally-v2.0.cfg line 1") && !error.contains("_marker"), "{error}");
        };
        refused(&secret, "");
        // A blank value unsets the key, which makes user and password from elsewhere effective.
        let basic = [("RALLY_USER", "me"), ("RALLY_PASSWORD", "_marker_password"), secret[0]];
        for lines in [
            "APIKEY =",
            "APIKEY =   ",
            "APIKEY = own\nAPIKEY =",
            "PASSWORD = own\nAPIKEY=",
            "USER = own\nAPIKEY=",
        ] {
            refused(&basic, lines);
        }
        // It may set its own key, and a flag may name the server.
        let own = evil("APIKEY = _k");
        assert!(run(&basic, &[(own[0].0, &own[0].1)], &[]).is_ok());
        let bare = evil("");
        assert!(run(&secret, &[(bare[0].0, &bare[0].1)], &["--server=h"]).is_ok());
    }

    #[test]
    fn a_folder_may_name_the_server_that_holds_without_it() {
        let key = ("RALLY_API_KEY", "_k");
        let here = |server: &str, variables: Pairs<'_>| {
            let text = format!("SERVER = {server}\nPROJECT = Shop");
            run(variables, &[("rally-v2.0.cfg", &text)], &[]).is_ok()
        };
        for same in ["rally1.rallydev.com", "https://RALLY1.rallydev.com:443/slm/", ""] {
            assert!(here(same, &[key]), "{same}");
        }
        assert!(here("corp.example", &[key, ("RALLY_SERVER", "https://corp.example/slm")]));
        for other in [
            "corp.example:8443",
            "corp.example/other",
            "corp.example.evil.example",
            "rally1.rallydev.com",
            "",
        ] {
            assert!(!here(other, &[key, ("RALLY_SERVER", "corp.example")]), "{other}");
        }
    }

    #[test]
    fn the_folder_may_not_run_commands_nor_name_files_to_read() {
        for line in ["API_KEY_COMMAND = touch pwned", "API_KEY_FILE = /etc/hostname"] {
            let error = run(&[("RALLY_API_KEY", "_k")], &[("rally-v2.0.cfg", line)], &[]).unwrap_err();
            let text = error.to_string();
            assert!(text.starts_with("rally-v2.0.cfg line 1: ") && text.contains("is refused"), "{text}");
        }
        // Only effective settings are checked.
        assert!(run(&[], &[("rally-v2.0.cfg", "API_KEY_FILE = x")], &["--apikey=_k"]).is_ok());
    }

    #[test]
    fn the_connection_is_the_folders_only_where_all_secrets_are() {
        let lines = "PROXY = http://evil:1\nCA_FILE = ca.pem\nSCHEMA_CACHE = cache\nLOG = log";
        let outside = [("RALLY_API_KEY", "_k"), ("RALLY_CA_FILE", "mine.pem")];
        let (config, _) = run(&outside, &[("rally-v2.0.cfg", lines)], &[]).unwrap();
        assert!(
            config.proxy().is_none() && config.schema_cache().is_none() && config.request_log().is_none()
        );
        assert_eq!(config.ca_file(), Some(Path::new("mine.pem")));
        let own = format!("{lines}\nAPIKEY = _k");
        let (config, _) = run(&[], &[("rally-v2.0.cfg", &own)], &[]).unwrap();
        assert_eq!(config.proxy().map(|p| p.host.as_str()), Some("evil"));
        assert_eq!((config.ca_file(), config.request_log()), (Some(Path::new("ca.pem")), None));
        // A named file may set everything.
        let (config, _) = run(&outside, &[("team.cfg", lines)], &["--config=team"]).unwrap();
        assert_eq!(config.request_log(), Some(Path::new("log")));
    }

    #[test]
    fn a_key_comes_from_standard_input_and_from_files_in_the_home_folder() {
        let (config, _) = run(&[], &[], &["--apikey", "-"]).unwrap();
        assert_eq!(config.api_key().map(Secret::expose), Some("_piped"));
        let home = std::env::temp_dir().join(format!("rally-wsapi-home-{}", std::process::id()));
        std::fs::create_dir_all(&home).unwrap();
        std::fs::write(home.join("key"), "_filed\n").unwrap();
        let variables = [("HOME", home.to_str().unwrap()), ("RALLY_API_KEY", "_k")];
        let (config, _) = run(&variables, &[("x.cfg", "API_KEY_FILE = ~/key")], &["--config=x"]).unwrap();
        assert_eq!(config.api_key().map(Secret::expose), Some("_filed"));
        std::fs::remove_dir_all(&home).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_value_that_is_not_text_is_refused_and_its_flag_named() {
        use std::os::unix::ffi::OsStringExt;
        for flag in ["project", "workspace", "server", "apikey", "user", "password", "config", "rallyProject"]
        {
            let value = OsString::from_vec(b"\xe9quipe".to_vec());
            let mut joined = OsString::from(format!("--{flag}="));
            joined.push(&value);
            for arguments in [vec![joined], vec![OsString::from(format!("--{flag}")), value]] {
                let around = Surroundings {
                    variable: &|_| None,
                    read: &|_| Err(io::ErrorKind::NotFound.into()),
                    first_line: &|| Ok(String::new()),
                };
                let error = resolve(&around, arguments).unwrap_err().to_string();
                assert!(error.starts_with(&format!("--{flag}: the value is not valid UTF-8")), "{error}");
            }
        }
    }
}
