//! The user's file of profiles: one is written or taken out, and every other line stays as it is.

use crate::failure::Failure;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The profile of the lines above the first heading.
pub(crate) const DEFAULT: &str = "default";

/// The names of credentials, as files are read.
const CREDENTIALS: [&str; 5] = ["apikey", "apikeyfile", "apikeycommand", "user", "password"];

/// The text with these settings in a profile, in place of its credentials and of what is set now; `None` where there
/// is nothing to take out and nothing to put in.
pub(crate) fn edited(text: &str, profile: &str, settings: &[(&str, &str)]) -> Option<String> {
    let goes = |line: &str| {
        let name = line.split_once('=').map(|(name, _)| plain(name)).unwrap_or_default();
        CREDENTIALS.contains(&name.as_str()) || settings.iter().any(|(set, _)| plain(set) == name)
    };
    let new: String = settings.iter().map(|(name, value)| format!("{name} = {value}\n")).collect();
    let mut edited = String::new();
    let (mut here, mut place, mut goes_out) = (profile == DEFAULT, None, false);
    for line in text.split_inclusive('\n') {
        let said = line.trim_start_matches('\u{feff}').trim();
        if let Some(name) = said.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            here = name.trim() == profile;
            edited.push_str(line);
            if here && place.is_none() {
                end_line(&mut edited);
                place = Some(edited.len());
            }
        } else if here && !said.starts_with('#') && goes(said) {
            // Where the first of them stood.
            place = if goes_out { place } else { Some(edited.len()) };
            goes_out = true;
        } else {
            edited.push_str(line);
        }
    }
    match place {
        Some(place) => edited.insert_str(place, &new),
        None if new.is_empty() => {}
        None => {
            end_line(&mut edited);
            let gap = if edited.is_empty() { "" } else { "\n" };
            edited.push_str(&format!("{gap}[{profile}]\n{new}"));
        }
    }
    (goes_out || !new.is_empty()).then_some(edited)
}

fn end_line(text: &mut String) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
}

/// As the library reads the name of a setting.
fn plain(name: &str) -> String {
    let plain = name.trim().replace(['_', '-'], "").to_ascii_lowercase();
    plain.strip_prefix("rally").map(str::to_owned).unwrap_or(plain)
}

/// The file's text; nothing where it is not there.
pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(e) => Err(Failure::usage(format!("{} cannot be read: {e}", path.display()))),
    }
}

/// The whole file or nothing, for its owner's eyes alone.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    put(path, text).map_err(|e| Failure::usage(format!("{} cannot be written: {e}", path.display())))
}

fn put(path: &Path, text: &str) -> io::Result<()> {
    // A link stays one.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if let Some(folder) = path.parent() {
        private_folder(folder)?;
    }
    let draft = PathBuf::from(format!("{}.{}.new", path.display(), std::process::id()));
    let done = private_file(&draft).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, &path)
    });
    if done.is_err() {
        let _ = fs::remove_file(&draft);
    }
    done
}

/// Made for the owner alone; one that is there stays as it is.
fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.write(true).create_new(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: [(&str, &str); 2] = [("SERVER", "h"), ("APIKEY", "_new")];

    #[test]
    fn a_profile_is_put_where_it_was() {
        let before = "# mine\n[a]\n# the lab\nserver=old\nWORKSPACE = W\nApi_Key = _old\nPASSWORD=x\n\n[b]\nSERVER = b\n";
        let after = "# mine\n[a]\n# the lab\nSERVER = h\nAPIKEY = _new\nWORKSPACE = W\n\n[b]\nSERVER = b\n";
        assert_eq!(edited(before, "a", &NEW).as_deref(), Some(after));
        assert_eq!(edited(after, "a", &NEW).as_deref(), Some(after));
        let gone = "# mine\n[a]\n# the lab\nSERVER = h\nWORKSPACE = W\n\n[b]\nSERVER = b\n";
        assert_eq!(edited(after, "a", &[]).as_deref(), Some(gone));
        assert_eq!((edited(gone, "a", &[]), edited(gone, "c", &[])), (None, None));
    }

    #[test]
    fn a_new_profile_comes_last_and_lines_above_headings_are_the_default() {
        let own = "[default]\nSERVER = h\nAPIKEY = _new\n";
        assert_eq!(edited("", "default", &NEW).as_deref(), Some(own));
        assert_eq!(
            edited("[b]\nUSER = u", "c", &NEW).unwrap(),
            "[b]\nUSER = u\n\n[c]\nSERVER = h\nAPIKEY = _new\n"
        );
        assert_eq!(
            edited("APIKEY = _old\n[b]\n", "default", &NEW).unwrap(),
            "SERVER = h\nAPIKEY = _new\n[b]\n"
        );
        assert_eq!(edited("# x\n[b]\n", "default", &NEW).unwrap(), format!("# x\n[b]\n\n{own}"));
        assert_eq!(edited("[b]", "b", &NEW).unwrap(), "[b]\nSERVER = h\nAPIKEY = _new\n");
        assert_eq!(
            edited("\u{feff}[b]\r\nUSER = u\r\n", "b", &NEW).unwrap(),
            "\u{feff}[b]\r\nSERVER = h\nAPIKEY = _new\n"
        );
    }
}
