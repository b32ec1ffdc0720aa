//! Saves contents as files: at a path, or in a folder under a safe name. No file is ever left incomplete.

use super::Attachment;
use super::file_name::{numbered, safe};
use crate::error::{Error, Result};
use crate::unfinished::Unfinished;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// The most files of one name in a folder; more are taken for a mistake.
const MOST_OF_ONE_NAME: u32 = 1_000;

impl Attachment {
    /// Writes the content to the file at a path, replacing what is there, and returns its length in bytes. It is
    /// never whole in memory.
    ///
    /// The content goes to a temporary file in the same folder, which is renamed once it is complete. On failure
    /// the old file stays as it was and the temporary file is removed.
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
    /// As [`Attachment::write_to`]; `Input` if the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<u64> {
        let path = path.as_ref();
        // Replace the target of a symbolic link, not the link.
        let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if path.metadata().is_ok_and(|there| !there.is_file()) {
            // A device or a pipe cannot be replaced by renaming a file.
            let mut out = OpenOptions::new().write(true).open(path).map_err(|e| refuse(path, e))?;
            return self.download(&mut out, None);
        }
        let mut part = Part::beside(path)?;
        let len = part.fill(self)?;
        let part = part.closed().map_err(|e| refuse(path, e))?;
        if let Ok(there) = path.metadata() {
            // Keep the permissions of the old file.
            let _ = std::fs::set_permissions(part.path(), there.permissions());
        }
        part.replaces(path).map_err(|e| refuse(path, e))?;
        Ok(len)
    }

    /// Writes the content to a new file in a folder and returns its path.
    ///
    /// Existing files stay: the file gets the first free [`file_name`](Attachment::file_name), `screen.png`,
    /// `screen (2).png` and so on.
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

    /// Returns the name that [`Attachment::save_in`] gives the file: the attachment's own, made safe for Linux,
    /// macOS and Windows, with a number from the second file of that name on.
    ///
    /// Path separators, control and bidirectional characters become `_`, dots and spaces at both ends are removed,
    /// device names such as `CON` get a `_` before them, and a long name is cut to 255 bytes, keeping its
    /// extension.
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

/// A content being written to a temporary file.
struct Part {
    /// Declared first, so that it is closed before the file is removed.
    file: BufWriter<File>,
    unfinished: Unfinished,
}

impl Part {
    /// Creates a new file in the folder of `path`.
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

    /// Flushes and closes the file.
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
