//! The API key: given directly, in a file, or as a command's output.

use super::file;
use super::item::Item;
use super::settings::Entry;
use crate::error::{Error, Result};
use crate::secret::Secret;
use std::io::Read;
use std::process::{Command, Stdio};

pub(super) fn read(entry: &Entry) -> Result<Secret> {
    let text = match entry.item {
        Item::ApiKeyFile => from_file(entry)?,
        Item::ApiKeyCommand => from_command(entry)?,
        _ => Secret::new(entry.as_text()),
    };
    // Editors and `echo` end a file with a line break; `pass` prints notes after the first line.
    let line = text.expose().trim_start().lines().next().unwrap_or_default().trim_end();
    let refuse = |why| Err(Error::config(entry.origin.as_str(), why).remedy("give the API key alone"));
    if line.is_empty() {
        return refuse("the API key is empty");
    }
    if !line.bytes().all(|b| b.is_ascii_graphic()) {
        return refuse("the API key holds blanks or characters no header can carry");
    }
    Ok(Secret::new(line))
}

fn from_file(entry: &Entry) -> Result<Secret> {
    let path = entry.as_path();
    let refuse = |e| {
        Error::config(entry.origin.as_str(), format!("cannot read the API key from {}: {e}", path.display()))
            .remedy("name a readable file that holds the API key")
    };
    let text = file::read(path).map_err(refuse)?;
    file::warn_if_open(path);
    Ok(Secret::new(text))
}

/// In bytes: a key, and the notes that a password manager prints after it.
const MOST_PRINTED: u64 = 64 << 10;

/// The command may prompt: it inherits standard input and standard error.
fn from_command(entry: &Entry) -> Result<Secret> {
    let refuse = |why: String| {
        Error::config(entry.origin.as_str(), format!("the command for the API key {why}"))
            .remedy("run it by hand: it must print the API key on standard output")
    };
    let (shell, flag) = if cfg!(unix) { ("/bin/sh", "-c") } else { ("cmd", "/C") };
    let mut command = Command::new(shell);
    command.arg(flag).arg(entry.as_text());
    let child = command.stdin(Stdio::inherit()).stderr(Stdio::inherit()).stdout(Stdio::piped()).spawn();
    let mut child = child.map_err(|e| refuse(format!("cannot be started: {e}")))?;
    let mut printed = Vec::new();
    if let Some(output) = child.stdout.take() {
        let read = output.take(MOST_PRINTED.saturating_add(1)).read_to_end(&mut printed);
        read.map_err(|e| refuse(format!("cannot be read: {e}")))?;
    }
    if printed.len() as u64 > MOST_PRINTED {
        // Its pipe is closed, which ends most programs; whether it can be killed does not matter.
        let _ = child.kill();
        let _ = child.wait();
        return Err(refuse(format!("printed more than {} KiB", MOST_PRINTED >> 10)));
    }
    let status = child.wait().map_err(|e| refuse(format!("cannot be waited for: {e}")))?;
    if !status.success() {
        return Err(refuse(format!("failed ({status})")));
    }
    let text = String::from_utf8(printed).map_err(|_| refuse("printed no UTF-8 text".to_owned()))?;
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn of_command(line: &str) -> Result<Secret> {
        read(&Entry::text(Item::ApiKeyCommand, line, "RALLY_API_KEY_COMMAND"))
    }

    #[test]
    fn only_the_first_line_of_a_text_is_the_key() {
        let given = |text: &str| read(&Entry::text(Item::ApiKey, text, "x")).map(|k| k.expose().to_owned());
        assert_eq!(given("\n _key \r\nuser: me\n").unwrap(), "_key");
        for (text, why) in [(" \n", "is empty"), ("_k y", "holds blanks"), ("_ké", "holds blanks")] {
            let error = given(text).unwrap_err().to_string();
            assert!(error.starts_with("x: the API key ") && error.contains(why), "{error}");
            assert!(!error.contains("_k"), "{error}");
        }
    }

    #[test]
    fn a_key_file_is_a_regular_file() {
        let of_file = |path: &Path| read(&Entry::path(Item::ApiKeyFile, path, "RALLY_API_KEY_FILE"));
        let error = of_file(Path::new("/dev/zero")).unwrap_err().to_string();
        assert!(error.starts_with("RALLY_API_KEY_FILE: cannot read the API key from /dev/zero: "), "{error}");
        assert!(of_file(Path::new("no-such-file")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_command_prints_the_key() {
        assert_eq!(of_command("printf '_key\\nnotes\\n'").unwrap().expose(), "_key");
        for (line, why) in [
            ("echo _marker; exit 3", "failed"),
            ("true", "the API key is empty"),
            ("yes _marker", "printed more than 64 KiB"),
        ] {
            let error = of_command(line).unwrap_err().to_string();
            assert!(error.contains(why) && !error.contains("_marker"), "{error}");
        }
    }
}
