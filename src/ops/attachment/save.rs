//! Contents as files: at a path, or in a folder under their own names, made safe. None is ever half there.

use super::Attachment;
use crate::error::{Error, Result};
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Files of one name in a folder; more are a mistake.
const MOST_OF_ONE_NAME: u32 = 1_000;

impl Attachment {
    /// Writes the content to the file at a path, over what is there, and tells how many bytes it has. It is not held in
    /// memory, whatever its size.
    ///
    /// It goes to a new file beside it first, which takes the name once the content is whole: where that fails, what
    /// was at the path stays as it was and nothing else is left.
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
    /// As [`Attachment::write_to`]; `Input` where the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<u64> {
        let path = path.as_ref();
        // A link stays one: what it leads to is replaced.
        let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if path.metadata().is_ok_and(|there| !there.is_file()) {
            // A device or a pipe has no other beside it.
            let mut out = OpenOptions::new().write(true).open(path).map_err(|e| refuse(path, e))?;
            return self.download(&mut out, None);
        }
        let mut part = Part::beside(path)?;
        let len = part.fill(self)?;
        part.becomes(path)?;
        Ok(len)
    }

    /// Writes the content to a new file in a folder, and tells its path. It bears the attachment's name without
    /// what could lead out of the folder; `screen.png` that is there already makes `screen (2).png`.
    ///
    /// See [`Attachment::save`] for an example.
    ///
    /// # Errors
    /// As [`Attachment::save`].
    pub fn save_in(&self, folder: impl AsRef<Path>) -> Result<PathBuf> {
        let name = safe(self.name());
        let mut part = Part::beside(&folder.as_ref().join(&name))?;
        part.fill(self)?;
        for turn in 1..=MOST_OF_ONE_NAME {
            let path = folder.as_ref().join(numbered(&name, turn));
            // The name is taken before it is filled, so that two threads do not take the same.
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(_) => {
                    return part.becomes(&path).map(|()| path.clone()).inspect_err(|_| remove(&path));
                }
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(refuse(&path, e)),
            }
        }
        Err(Error::input(format!("{} holds too many files named `{name}`", folder.as_ref().display())))
    }
}

/// A file that is not whole yet. It goes away unless it becomes another.
struct Part {
    path: PathBuf,
    file: Option<BufWriter<File>>,
}

impl Part {
    /// A new file in the folder of `path`.
    fn beside(path: &Path) -> Result<Part> {
        static TURN: AtomicU64 = AtomicU64::new(0);
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let short: String = name.chars().take(40).collect();
        for _ in 0..MOST_OF_ONE_NAME {
            let turn = TURN.fetch_add(1, Ordering::Relaxed);
            let part = path.with_file_name(format!(".{short}.{}-{turn}.part", std::process::id()));
            match OpenOptions::new().write(true).create_new(true).open(&part) {
                Ok(file) => {
                    return Ok(Part { path: part, file: Some(BufWriter::with_capacity(64 << 10, file)) });
                }
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(refuse(path, e)),
            }
        }
        Err(Error::input(format!("beside {} there are too many unfinished files", path.display())))
    }

    fn fill(&mut self, attachment: &Attachment) -> Result<u64> {
        match &mut self.file {
            Some(file) => attachment.download(file, Some(begin_anew)),
            None => Err(Error::input("the file is closed")),
        }
    }

    /// Takes the place of `path`, whatever is there.
    fn becomes(&mut self, path: &Path) -> Result<()> {
        // Closed first: some systems move no open files.
        if let Some(file) = self.file.take() {
            file.into_inner().map_err(|e| refuse(path, e.into_error()))?;
        }
        if let Ok(there) = path.metadata() {
            // Who may read it stays as it was.
            let _ = std::fs::set_permissions(&self.path, there.permissions());
        }
        std::fs::rename(&self.path, path).map_err(|e| refuse(path, e))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.file = None;
        // Half a file is worse than none; after it became another there is none of this name.
        remove(&self.path);
    }
}

fn begin_anew(file: &mut BufWriter<File>) -> io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    file.get_mut().set_len(0)
}

/// Where it cannot be removed, the error that led here tells enough.
fn remove(path: &Path) {
    let _ = std::fs::remove_file(path);
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
