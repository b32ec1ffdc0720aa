//! Contents as files: at a path, or in a folder under their own names, made safe.

use super::Attachment;
use crate::error::{Error, Result};
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Files of one name in a folder; more are a mistake.
const MOST_OF_ONE_NAME: u32 = 1_000;

impl Attachment {
    /// Writes the content to the file at a path, over what is there, and tells how many bytes it has.
    /// The content is loaded first: where that fails, the file stays as it was.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?;
    /// # let folder = std::env::temp_dir().join(format!("rally-save-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder).unwrap();
    /// let attachment = &rally.find("DE1")?.attachments()?[0];
    /// let path = attachment.save_in(&folder)?;
    /// assert!(path.ends_with("total.txt"));
    /// let bytes = attachment.save(folder.join("as I like it.txt"))?;
    /// assert_eq!(bytes, 27);
    /// # std::fs::remove_dir_all(&folder).unwrap();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Attachment::bytes`]; `Input` where the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<u64> {
        let path = path.as_ref();
        let content = self.content()?;
        let file = File::create(path).map_err(|e| refuse(path, e))?;
        self.fill(path, file, &content)
    }

    /// Writes the content to a new file in a folder, and tells its path. It bears the attachment's name without
    /// what could lead out of the folder; `screen.png` that is there already makes `screen (2).png`.
    ///
    /// See [`Attachment::save`] for an example.
    ///
    /// # Errors
    /// As [`Attachment::save`].
    pub fn save_in(&self, folder: impl AsRef<Path>) -> Result<PathBuf> {
        let content = self.content()?;
        let name = safe(self.name());
        for turn in 1..=MOST_OF_ONE_NAME {
            let path = folder.as_ref().join(numbered(&name, turn));
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => return self.fill(&path, file, &content).map(|_| path),
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(refuse(&path, e)),
            }
        }
        Err(Error::input(format!("{} holds too many files named `{name}`", folder.as_ref().display())))
    }

    fn fill(&self, path: &Path, file: File, content: &super::Content) -> Result<u64> {
        self.pour(content, io::BufWriter::new(file)).inspect_err(|_| {
            // Half a file is worse than none; where it cannot be removed, the error tells enough.
            let _ = std::fs::remove_file(path);
        })
    }
}

fn refuse(path: &Path, error: io::Error) -> Error {
    Error::input(format!("cannot write {}: {error}", path.display()))
}

/// A name for a file from a name by a stranger.
fn safe(name: &str) -> String {
    let odd = |c: char| c.is_control() || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    let plain: String = name.chars().map(|c| if odd(c) { '_' } else { c }).collect();
    // Not `..`, nor a file that hides; Windows drops dots and blanks at the end.
    let plain = plain.trim_start_matches(['.', ' ']).trim_end_matches(['.', ' ']);
    if plain.is_empty() { "attachment".to_owned() } else { plain.to_owned() }
}

/// `screen.png`, `screen (2).png`.
fn numbered(name: &str, turn: u32) -> String {
    match (turn, name.rsplit_once('.')) {
        (1, _) => name.to_owned(),
        (_, Some((stem, end))) if !stem.is_empty() => format!("{stem} ({turn}).{end}"),
        _ => format!("{name} ({turn})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strangers_name_stays_in_the_folder() {
        for (name, file) in [
            ("screen.png", "screen.png"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("..", "attachment"),
            ("", "attachment"),
            (".bashrc", "bashrc"),
            ("C:\\boot.ini", "C__boot.ini"),
            ("a\0b\n", "a_b_"),
            ("Été 💸.txt", "Été 💸.txt"),
            ("end. ", "end"),
        ] {
            assert_eq!(safe(name), file);
            assert_eq!(Path::new(&safe(name)).components().count(), 1, "{name}");
        }
        assert_eq!((numbered("a.b.c", 2), numbered("a", 3)), ("a.b (2).c".to_owned(), "a (3)".to_owned()));
    }
}
