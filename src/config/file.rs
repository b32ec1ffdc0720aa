//! pyral's settings files: `CAP_NAME = value`, a line each.

use crate::error::{Error, Result};
use std::path::Path;

/// The settings a file or a flag may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Server,
    ApiKey,
    User,
    Password,
    Workspace,
    Project,
    /// Not in files: a checked-out folder must not choose what stands between.
    Proxy,
}

impl Item {
    /// By the names of files and flags, in any case: `apikey`, `API_KEY`, `rallyUser`.
    pub(super) fn named(name: &str) -> Option<Item> {
        let plain: String =
            name.chars().filter(|c| !matches!(c, '_' | '-')).collect::<String>().to_ascii_lowercase();
        match plain.strip_prefix("rally").unwrap_or(&plain) {
            "server" => Some(Item::Server),
            "apikey" => Some(Item::ApiKey),
            "user" => Some(Item::User),
            "password" => Some(Item::Password),
            "workspace" => Some(Item::Workspace),
            "project" => Some(Item::Project),
            _ => None,
        }
    }
}

/// One setting of a file, with the line it stands in.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: Item,
    pub(super) value: String,
    pub(super) origin: String,
}

/// Reads a file's text. Lines are never repeated in an error: they may hold a secret.
pub(super) fn parse(path: &Path, text: &str) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for (i, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let origin = format!("{} line {}", path.display(), i.saturating_add(1));
        let refuse = |why: &str| {
            Error::config(origin.as_str(), why)
                .remedy("write lines as `SERVER = host`; the names are SERVER, APIKEY, USER, PASSWORD, WORKSPACE, PROJECT")
        };
        let (name, value) = line.split_once('=').ok_or_else(|| refuse("the line has no `=`"))?;
        let key = Item::named(name.trim()).ok_or_else(|| refuse("the line's name is no setting"))?;
        entries.push(Entry { key, value: value.trim().to_owned(), origin });
    }
    Ok(entries)
}

/// Whether the group or everybody may read the file. What cannot be told is no reason to warn.
pub(crate) fn open_to_others(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o044 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pyrals_files_read_as_they_are() {
        let text = "\u{feff}# comment\r\nSERVER    = rally1.rallydev.com  \r\n\r\nPASSWORD = a=b #c\nAPI_KEY=_k\nWorkspace=\n";
        let entries = parse(Path::new("x.cfg"), text).unwrap();
        let shown: Vec<_> = entries.iter().map(|e| (e.key, e.value.as_str(), e.origin.as_str())).collect();
        assert_eq!(
            shown,
            [
                (Item::Server, "rally1.rallydev.com", "x.cfg line 2"),
                (Item::Password, "a=b #c", "x.cfg line 4"),
                (Item::ApiKey, "_k", "x.cfg line 5"),
                (Item::Workspace, "", "x.cfg line 6"),
            ]
        );
    }

    #[test]
    fn a_line_that_is_not_understood_is_named_and_not_repeated() {
        for text in ["USER = me\nhunter2", "USER = me\nPASWORD = hunter2"] {
            let error = parse(Path::new("x.cfg"), text).unwrap_err().to_string();
            assert!(error.starts_with("x.cfg line 2: ") && !error.contains("hunter2"), "{error}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_text_panics(text in r"((SERVER|APIKEY|#|é| |=|\n|\r|x){0,40})") {
            let _ = parse(Path::new("x.cfg"), &text);
        }
    }
}
