//! Settings files in pyral's syntax: one `NAME = value` per line.

use super::item::Item;
use super::settings::Entry;
use crate::text::nearest;
use std::fs::File;
use std::io::{self, Read};
#[cfg(unix)]
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// More than any settings file or key needs.
const LARGEST: u64 = 1 << 20;

/// Returns the settings in a file's text, and a warning for each ignored line, as pyral does. The value of such a
/// line is never repeated, because it may be a secret.
pub(super) fn parse(path: &Path, text: &str) -> (Vec<Entry>, Vec<String>) {
    let (mut entries, mut warnings) = (Vec::new(), Vec::new());
    for (origin, line) in lines(path, text) {
        match setting(&origin, line) {
            Ok(entry) => entries.push(entry),
            Err(warning) => warnings.push(warning),
        }
    }
    (entries, warnings)
}

/// The lines with content, each with its position.
pub(super) fn lines<'t>(path: &Path, text: &'t str) -> impl Iterator<Item = (String, &'t str)> {
    let numbered = text.trim_start_matches('\u{feff}').lines().zip(1_usize..);
    let said = numbered.map(|(line, number)| (line.trim(), number));
    said.filter(|(line, _)| !line.is_empty() && !line.starts_with('#'))
        .map(move |(line, number)| (format!("{} line {number}", path.display()), line))
}

/// The setting of a line, or a warning.
pub(super) fn setting(origin: &str, line: &str) -> Result<Entry, String> {
    let Some((name, value)) = line.split_once('=') else {
        return Err(format!("{origin} is ignored: it has no `=`; write `SERVER = host`"));
    };
    let item =
        Item::in_file(name.trim()).ok_or_else(|| format!("{origin} is ignored: {}", unknown(name.trim())))?;
    Ok(Entry::text(item, value.trim(), origin))
}

/// Shows a name only if it looks like one: anything else may be part of a secret.
fn unknown(name: &str) -> String {
    let shown = name.len() <= 30
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-'));
    if !shown {
        return "unknown setting".to_owned();
    }
    let names: Vec<&str> = Item::all().map(Item::name).collect();
    let near = nearest(&name.to_ascii_lowercase().replace(['_', '-'], ""), names.iter().copied());
    match near.first() {
        Some(near) => format!("unknown setting {name}; did you mean {}?", near.to_uppercase()),
        None => format!("unknown setting {name}"),
    }
}

/// Reads a regular file of at most 1 MiB.
pub(super) fn read(path: &Path) -> io::Result<String> {
    let not_text = |_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text");
    String::from_utf8(read_at_most(path, LARGEST)?).map_err(not_text)
}

/// Reads a regular file of at most `largest` bytes: a pipe could block for ever, and a device may be endless.
pub(crate) fn read_at_most(path: &Path, largest: u64) -> io::Result<Vec<u8>> {
    let refuse = |why: &str| Err(io::Error::new(io::ErrorKind::InvalidInput, why.to_owned()));
    // Opening a pipe blocks, so check the kind of file before and after.
    if !std::fs::metadata(path)?.is_file() {
        return refuse("it is not a regular file");
    }
    let file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return refuse("it is not a regular file");
    }
    let mut bytes = Vec::new();
    file.take(largest.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > largest {
        return refuse(&format!("it is larger than {} MiB", largest >> 20));
    }
    Ok(bytes)
}

/// Reads a file of certificates or keys, of at most several times what a platform trusts.
pub(crate) fn read_pem(path: &Path) -> io::Result<Vec<u8>> {
    read_at_most(path, 16 << 20)
}

/// Warns about a secret that the group or others can read, as far as that is known.
pub(crate) fn warn_if_open(path: &Path) {
    #[cfg(unix)]
    if std::fs::metadata(path).is_ok_and(|file| PermissionsExt::mode(&file.permissions()) & 0o044 != 0) {
        log::warn!("{} holds a secret and others may read it: chmod 600 it", path.display());
    }
    #[cfg(not(unix))]
    let _ = path;
}

/// The parser of settings files, for the fuzz targets.
#[cfg(any(test, fuzzing))]
pub(crate) fn warnings_of_file(text: &str) -> Vec<String> {
    parse(Path::new("x.cfg"), text).1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pyrals_files_read_as_they_are() {
        let text = "\u{feff}# comment\r\nSERVER    = rally1.rallydev.com  \r\n\r\nPASSWORD = a=b #c\nAPI_KEY=_k\nWorkspace=\n\
                    VERSION = v2.0\nstray word\nPASWORD = x\n";
        let (entries, warnings) = parse(Path::new("x.cfg"), text);
        let shown: Vec<_> = entries.iter().map(|e| (e.item, e.as_text(), e.origin.as_str())).collect();
        assert_eq!(
            shown,
            [
                (Item::Server, "rally1.rallydev.com", "x.cfg line 2"),
                (Item::Password, "a=b #c", "x.cfg line 4"),
                (Item::ApiKey, "_k", "x.cfg line 5"),
                (Item::Workspace, "", "x.cfg line 6"),
            ]
        );
        assert_eq!(
            warnings,
            [
                "x.cfg line 7 is ignored: unknown setting VERSION",
                "x.cfg line 8 is ignored: it has no `=`; write `SERVER = host`",
                "x.cfg line 9 is ignored: unknown setting PASWORD; did you mean PASSWORD?",
            ]
        );
    }

    #[test]
    fn an_unknown_name_is_shown_and_what_may_be_a_secret_is_not() {
        assert_eq!(unknown("VERSION"), "unknown setting VERSION");
        assert_eq!(unknown("PASWORD"), "unknown setting PASWORD; did you mean PASSWORD?");
        for text in ["hunter2", "correct horse", "_abc", "", "é"] {
            assert_eq!(unknown(text), "unknown setting", "{text}");
        }
    }

    #[test]
    fn only_regular_files_of_a_sane_size_are_read() {
        let folder = std::env::temp_dir().join(format!("rally-wsapi-file-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let large = folder.join("large.cfg");
        std::fs::write(&large, vec![b'#'; (1 << 20) + 1]).unwrap();
        assert_eq!(read(&large).unwrap_err().to_string(), "it is larger than 1 MiB");
        std::fs::write(&large, vec![b'#'; 1 << 20]).unwrap();
        assert_eq!(read(&large).unwrap().len(), 1 << 20);
        assert_eq!(read(&folder).unwrap_err().to_string(), "it is not a regular file");
        if cfg!(unix) {
            assert_eq!(read(Path::new("/dev/zero")).unwrap_err().to_string(), "it is not a regular file");
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_text_panics(text in r"((SERVER|APIKEY|#|é| |=|\n|\r|x){0,40})") {
            let _ = parse(Path::new("x.cfg"), &text);
        }
    }
}
