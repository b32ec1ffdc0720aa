//! Contents as files: at a path, or in a folder under their own names, made safe. None is ever half there.

use super::Attachment;
use super::file_name::{numbered, safe};
use crate::error::{Error, Result};
use crate::unfinished::Unfinished;
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
    /// # let rally = sandbox.rally()?.in_all_projects();
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
        let part = part.closed().map_err(|e| refuse(path, e))?;
        if let Ok(there) = path.metadata() {
            // Who may read it stays as it was.
            let _ = std::fs::set_permissions(part.path(), there.permissions());
        }
        part.replaces(path).map_err(|e| refuse(path, e))?;
        Ok(len)
    }

    /// Writes the content to a new file in a folder, and returns its path. What is there already stays: the file gets the
    /// first [`file_name`](Attachment::file_name) that is free, `screen.png`, `screen (2).png` and so on.
    ///
    /// See [`Attachment::save`] for an example.
    ///
    /// # Errors
    /// As [`Attachment::save`].
    pub fn save_in(&self, folder: impl AsRef<Path>) -> Result<PathBuf> {
        let first = folder.as_ref().join(self.file_name(1));
        let mut part = Part::beside(&first)?;
        part.fill(self)?;
        let part = part.closed().map_err(|e| refuse(&first, e))?;
        for turn in 1..=MOST_OF_ONE_NAME {
            let path = folder.as_ref().join(self.file_name(turn));
            if part.becomes(&path).map_err(|e| refuse(&path, e))? {
                return Ok(path);
            }
        }
        Err(Error::input(format!("there are too many files named {}", first.display())))
    }

    /// The name that [`Attachment::save_in`] gives the file: the attachment's own, made safe for Linux, macOS and Windows;
    /// with a number for the second file of that name and those after it.
    ///
    /// Path separators, control and bidirectional characters become `_`, dots and blanks at both ends go, names of devices
    /// such as `CON` get a `_` before them, and a long name is cut to 255 bytes with its ending kept.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let plan = rally.find("DE2")?.attach_bytes("nul:plan.txt ", "first")?;
    /// assert_eq!(plan.file_name(1), "nul_plan.txt");
    /// assert_eq!(plan.file_name(2), "nul_plan (2).txt");
    /// # Ok(())
    /// # }
    /// ```
    pub fn file_name(&self, turn: u32) -> String {
        numbered(&safe(self.name()), turn)
    }
}

/// A content on its way to a file.
struct Part {
    /// Above the other, and so closed before that is removed.
    file: BufWriter<File>,
    unfinished: Unfinished,
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
            match Unfinished::create(part, &mut OpenOptions::new()) {
                Ok((unfinished, file)) => {
                    return Ok(Part { file: BufWriter::with_capacity(64 << 10, file), unfinished });
                }
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(refuse(path, e)),
            }
        }
        Err(Error::input(format!("beside {} there are too many unfinished files", path.display())))
    }

    fn fill(&mut self, attachment: &Attachment) -> Result<u64> {
        attachment.download(&mut self.file, Some(begin_anew))
    }

    /// All is written.
    fn closed(self) -> io::Result<Unfinished> {
        let Part { file, unfinished } = self;
        file.into_inner().map(|_closed| unfinished).map_err(|e| e.into_error())
    }
}

fn begin_anew(file: &mut BufWriter<File>, _len: usize) -> io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    file.get_mut().set_len(0)
}

fn refuse(path: &Path, error: io::Error) -> Error {
    Error::input(format!("cannot write {}: {error}", path.display()))
}
