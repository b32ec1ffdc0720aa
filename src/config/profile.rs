//! Profiles: named groups of settings in the user's own file, `rally/config` in the platform's folder for settings.

use super::DEFAULT_SERVER;
use super::file;
use super::item::{Item, KEYS, SIGN_IN};
use super::settings::{Entry, Profile};
use crate::error::{Error, Result};
use crate::text::nearest;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The profile that is used by default; also that of the lines above the first heading.
const DEFAULT: &str = "default";

/// The profiles of the file.
#[derive(Debug, Default)]
pub(super) struct Profiles {
    path: PathBuf,
    pub(super) sections: BTreeMap<String, Vec<Entry>>,
}

/// The user's file: below `XDG_CONFIG_HOME` or `~/.config`, on Windows below `APPDATA`.
pub(super) fn path(variable: &dyn Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let folder = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let below = match cfg!(windows) {
        true => folder("APPDATA")?,
        false => folder("XDG_CONFIG_HOME").or_else(|| Some(folder("HOME")?.join(".config")))?,
    };
    Some(below.join("rally").join("config"))
}

impl Profiles {
    /// Returns the profiles in a file's text, and warnings as for any settings file.
    pub(super) fn parse(path: &Path, text: &str) -> Result<(Profiles, Vec<String>)> {
        let mut profiles = Profiles { path: path.to_owned(), sections: BTreeMap::new() };
        let mut warnings = Vec::new();
        let mut name = DEFAULT.to_owned();
        for (origin, line) in file::lines(path, text) {
            if let Some(heading) = line.strip_prefix('[') {
                let heading = heading.strip_suffix(']').map(str::trim).filter(|heading| is_name(heading));
                // Any other reading would put one profile's secrets into another.
                name = heading.map(str::to_owned).ok_or_else(|| {
                    Error::config(origin.as_str(), "this is not the heading of a profile")
                        .remedy("write `[work]`: letters, digits, `-`, `_` and `.`")
                })?;
                profiles.section(&name);
                continue;
            }
            match file::setting(&format!("profile {name}, {origin}"), line) {
                Ok(entry) => profiles.section(&name).push(entry),
                Err(warning) => warnings.push(warning),
            }
        }
        Ok((profiles, warnings))
    }

    /// Returns the section of a name, which may have several headings.
    fn section(&mut self, name: &str) -> &mut Vec<Entry> {
        self.sections.entry(name.to_owned()).or_default()
    }

    /// Returns the default profile, if there is one.
    pub(super) fn unasked(&self) -> Vec<Entry> {
        let origin = self.path.display().to_string();
        let section = self.sections.get(DEFAULT);
        section.map(|entries| of_profile(DEFAULT, entries, &origin, false)).unwrap_or_default()
    }

    /// Returns the requested profile.
    pub(super) fn named(&self, origin: &str, wanted: &str) -> Result<Vec<Entry>> {
        if let Some(entries) = self.sections.get(wanted) {
            return Ok(of_profile(wanted, entries, origin, true));
        }
        let shown: String = wanted.chars().filter(|c| !c.is_control()).take(60).collect();
        if self.path.as_os_str().is_empty() {
            let why = format!("unknown profile `{shown}`: the folder for settings is unknown");
            return Err(Error::config(origin, why).remedy("set HOME, or XDG_CONFIG_HOME; on Windows APPDATA"));
        }
        let names: Vec<&str> = self.sections.keys().map(String::as_str).collect();
        let there = match (nearest(wanted, names.iter().copied()).first(), names.is_empty()) {
            (_, true) => "it has none".to_owned(),
            (None, _) => format!("it has: {}", names.join(", ")),
            (Some(near), _) => format!("did you mean {near}? It has: {}", names.join(", ")),
        };
        let name = if is_name(wanted) { wanted } else { "NAME" };
        Err(Error::config(origin, format!("unknown profile `{shown}` in {}; {there}", self.path.display()))
            .remedy(format!("`rally login --profile {name}` makes one")))
    }
}

/// Letters, digits, `-`, `_` and `.`.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

fn of_profile(name: &str, entries: &[Entry], origin: &str, is_named: bool) -> Vec<Entry> {
    let server = entries.iter().rev().find(|entry| entry.item == Item::Server && !entry.is_blank());
    let server = server.map_or(DEFAULT_SERVER, Entry::as_text).to_owned();
    let profile = Arc::new(Profile { name: name.to_owned(), origin: origin.to_owned(), server, is_named });
    let gives = |items: &[Item]| entries.iter().any(|entry| items.contains(&entry.item) && !entry.is_blank());
    // A key wins over user and password, but a key from another source must not win over those of a requested
    // profile.
    let takes_back = is_named && gives(&[Item::User, Item::Password]) && !gives(KEYS);
    // Its secrets are for its server: Broadcom's, if it names none.
    let goes_home = !gives(&[Item::Server]) && (gives(SIGN_IN) || gives(&[Item::ClientCert]));
    let blank = |item| Entry::text(item, "", format!("profile {name}"));
    let blanks = [takes_back.then(|| blank(Item::ApiKey)), goes_home.then(|| blank(Item::Server))];
    let entries = blanks.into_iter().flatten().chain(entries.iter().cloned());
    entries.map(|entry| Entry { profile: Some(profile.clone()), ..entry }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::config::chain::tests::{Pairs, builder};
    use crate::secret::Secret;

    const FILE: &str = "\
# mine
SERVER = corp.example
APIKEY = _corp
PROJECT = Shop

[lab]
SERVER = https://lab.example/slm
USER = ann
PASSWORD = _lab
[other]
APIKEY = _cloud
";

    fn config(variables: Pairs<'_>, files: Pairs<'_>, arguments: &[&str]) -> Result<Config> {
        let home = if cfg!(windows) { ("APPDATA", "C:\\home") } else { ("HOME", "/home/ann") };
        let mut around = vec![home];
        around.extend(variables);
        let path = path(&|name| around.iter().find(|(n, _)| *n == name).map(|(_, v)| v.into())).unwrap();
        let mut all = vec![(path.to_str().unwrap(), FILE)];
        all.extend(files);
        builder(&around, &all, arguments)?.build()
    }

    /// Server, user, key, project.
    fn told(config: Result<Config>) -> (String, String, String, String) {
        let config = config.unwrap();
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let key = config.api_key().map(Secret::expose);
        (config.address().0.to_owned(), text(config.user()), text(key), text(config.project()))
    }

    fn four(server: &str, user: &str, key: &str, project: &str) -> (String, String, String, String) {
        (server.into(), user.into(), key.into(), project.into())
    }

    #[test]
    fn the_default_profile_is_the_weakest_and_a_named_one_beats_all_but_flags() {
        assert_eq!(told(config(&[], &[], &[])), four("corp.example", "", "_corp", "Shop"));
        let env = [("RALLY_PROJECT", "Env"), ("RALLY_API_KEY", "_env")];
        assert_eq!(told(config(&env, &[], &[])), four("corp.example", "", "_env", "Env"));
        // User and password from a source replace the key of the default profile.
        let basic = [("RALLY_USER", "bo"), ("RALLY_PASSWORD", "_env")];
        assert_eq!(told(config(&basic, &[], &[])), four("corp.example", "bo", "", "Shop"));
        let lab = four("lab.example", "ann", "", "Env");
        assert_eq!(told(config(&env, &[], &["--profile=lab"])), lab);
        assert_eq!(told(config(&[env[0], env[1], ("RALLY_PROFILE", "lab")], &[], &[])), lab);
        let files =
            [("rally-v2.0.cfg", "PROJECT = Folder"), ("x.cfg", "PROJECT = File\nSERVER = file.example")];
        let flags = ["--config=x", "--profile", "lab", "--project=Flag"];
        assert_eq!(told(config(&[], &files, &flags)), four("lab.example", "ann", "", "Flag"));
        assert_eq!(told(config(&[], &files, &["--profile=lab"])), four("lab.example", "ann", "", "Folder"));
        // The flag wins over the variable, and an empty name means no profile.
        assert_eq!(told(config(&[("RALLY_PROFILE", "gone")], &[], &["--profile=lab"])).0, "lab.example");
        assert_eq!(told(config(&[("RALLY_PROFILE", "lab")], &[], &["--profile="])).0, "corp.example");
        assert_eq!(
            told(config(&[], &[], &["--profile=other"])),
            four("rally1.rallydev.com", "", "_cloud", "")
        );
    }

    #[test]
    fn secrets_of_a_profile_go_to_its_server_alone() {
        for (variables, files, arguments) in [
            (&[("RALLY_SERVER", "evil.example")][..], &[][..], &[][..]),
            (&[], &[("rally-v2.0.cfg", "SERVER = evil.example")], &[]),
            (&[("RALLY_CONFIG", "x.cfg")], &[("x.cfg", "SERVER = evil.example")], &[]),
            (&[], &[], &["--server=evil.example"]),
            (&[], &[], &["--server=corp.example:8443"]),
            (&[], &[], &["--profile=lab", "--server=evil.example"]),
            (&[], &[], &["--profile=other", "--server=corp.example"]),
        ] {
            let error = config(variables, files, arguments).unwrap_err().to_string();
            assert!(error.contains("of the profile `") && !error.contains("_corp"), "{error}");
        }
        // The same server named by another source is not another one.
        let same = [("RALLY_SERVER", "https://CORP.example:443/slm/")];
        assert_eq!(told(config(&same, &[], &[])), four("CORP.example", "", "_corp", "Shop"));
        let folder = [("rally-v2.0.cfg", "SERVER = corp.example")];
        assert_eq!(told(config(&[], &folder, &[])), four("corp.example", "", "_corp", "Shop"));
        // Another server excludes the whole default profile, which is reported only if no credentials are left.
        let other = [("RALLY_SERVER", "b.example"), ("RALLY_API_KEY", "_b")];
        assert_eq!(told(config(&other, &[], &[])), four("b.example", "", "_b", ""));
        // The server without the folder's file is the profile's.
        let key = [("RALLY_API_KEY", "_env")];
        let cloud = [("rally-v2.0.cfg", "SERVER = rally1.rallydev.com")];
        let refused = config(&key, &cloud, &[]).unwrap_err().to_string();
        assert!(refused.contains("gets no secret from elsewhere (RALLY_API_KEY)"), "{refused}");
        assert_eq!(told(config(&key, &folder, &[])), four("corp.example", "", "_env", "Shop"));
        // A builder cannot send them elsewhere either.
        let home = if cfg!(windows) { ("APPDATA", "C:\\home") } else { ("HOME", "/home/ann") };
        let path = path(&|name| (name == home.0).then(|| home.1.into())).unwrap();
        let files = [(path.to_str().unwrap(), FILE)];
        let built = builder(&[home], &files, &["--profile=lab"]).unwrap().server("evil.example").build();
        assert!(
            built.unwrap_err().to_string().starts_with("builder: the secrets of the profile `lab` are for ")
        );
        assert!(builder(&[home], &files, &[]).unwrap().server("evil.example").build().is_err());
    }

    #[test]
    fn an_unknown_profile_lists_those_there_are() {
        let error = |arguments: &[&str]| config(&[], &[], arguments).unwrap_err().to_string();
        let text = error(&["--profile=prod"]);
        assert!(
            text.starts_with("--profile: unknown profile `prod` in ")
                && text.contains("it has: default, lab, other"),
            "{text}"
        );
        assert!(error(&["--profile=labb"]).contains("did you mean lab?"));
        let nowhere = builder(&[("RALLY_PROFILE", "lab")], &[], &[]).unwrap_err().to_string();
        assert!(nowhere.starts_with("RALLY_PROFILE: unknown profile `lab`: "), "{nowhere}");
        let empty = builder(&[("HOME", "/home/ann"), ("APPDATA", "C:\\home")], &[], &["--profile=lab"]);
        assert!(
            empty.unwrap_err().to_string().contains("it has none; `rally login --profile lab` makes one")
        );
    }

    #[test]
    fn headings_are_names_and_nothing_else_is() {
        let parsed = |text: &str| Profiles::parse(Path::new("x"), text);
        let (profiles, warnings) =
            parsed("[a]\nUSER = 1\n[ b.c-d_1 ]\nUSER = 2\n[a]\nUSER = 3\nVERSION = 1\n").unwrap();
        let users: Vec<_> =
            profiles.sections.iter().map(|(n, e)| (n.as_str(), e.last().unwrap().as_text())).collect();
        assert_eq!(users, [("a", "3"), ("b.c-d_1", "2")]);
        assert_eq!(warnings, ["profile a, x line 7 is ignored: unknown setting VERSION"]);
        for bad in ["[", "[]", "[a", "[a]]", "[a b]", "[_secret=1"] {
            let error = parsed(&format!("USER = 1\n{bad}\nPASSWORD = 2")).unwrap_err().to_string();
            assert!(
                error.starts_with("x line 2: this is not the heading") && !error.contains("_secret"),
                "{error}"
            );
        }
    }

    #[test]
    fn the_file_is_where_the_platform_keeps_settings() {
        let at =
            |pairs: Pairs<'_>| path(&|name| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| v.into()));
        if cfg!(windows) {
            assert_eq!(at(&[("APPDATA", "C:\\a"), ("HOME", "C:\\h")]), Some("C:\\a\\rally\\config".into()));
        } else {
            assert_eq!(at(&[("HOME", "/h")]), Some("/h/.config/rally/config".into()));
            assert_eq!(at(&[("HOME", "/h"), ("XDG_CONFIG_HOME", "/x")]), Some("/x/rally/config".into()));
            assert_eq!(
                at(&[("HOME", "/h"), ("XDG_CONFIG_HOME", "")]),
                Some("/h/.config/rally/config".into())
            );
        }
        assert_eq!(at(&[("HOME", "relative")]), None);
        assert_eq!(at(&[]), None);
    }
}
