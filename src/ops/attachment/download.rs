//! Contents: as bytes, streamed to a writer, and saved as files, of which none is ever left incomplete.

use super::Attachment;
use super::file_name::{numbered, safe};
use super::scan::{Scanner, Stop};
use crate::call::Call;
use crate::error::{Error, ErrorKind, Result, counted};
use crate::http::{MOST_AHEAD, Receiver, Response};
use crate::stats::RequestKind;
use crate::unfinished::Unfinished;
use crate::wire;
use std::cell::RefCell;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// The most files of one name in a folder; more are taken for a mistake.
const MOST_OF_ONE_NAME: u32 = 1_000;

/// Discards what was written so that the download can start over; gets the number of bytes to come, 0 if unknown.
type Rewind<W> = fn(&mut W, usize) -> io::Result<()>;

struct Download<'a, W> {
    attachment: &'a Attachment,
    writer: &'a mut W,
    rewind: Option<Rewind<W>>,
    scanner: Scanner,
    /// Bytes passed to the writer.
    len: u64,
}

impl Attachment {
    /// Returns the content.
    ///
    /// Sends one request; the base64 is decoded as it arrives.
    ///
    /// # Errors
    /// `NotWsapi` if the content is not base64; any transport or server error.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        // A compressed answer does not announce its length; the attachment's size may.
        let size = usize::try_from(self.size().unwrap_or_default()).unwrap_or(usize::MAX);
        let mut bytes = Vec::new();
        let _ = bytes.try_reserve_exact(size.min(MOST_AHEAD));
        self.download(&mut bytes, Some(begin_anew))?;
        // Shrinking copies the whole content, so a little spare capacity is kept.
        if bytes.capacity() / 8 * 7 > bytes.len() {
            bytes.shrink_to_fit();
        }
        Ok(bytes)
    }

    /// Writes the content as it arrives and returns its length in bytes. It is never whole in memory.
    ///
    /// A broken answer is retried only while nothing has been written; after that it is an error, and the writer
    /// has received the beginning of the content. [`Attachment::save`] starts over instead.
    ///
    /// # Errors
    /// As [`Attachment::bytes`]; `Input` if the writer fails, with its error as the source.
    pub fn write_to(&self, writer: impl Write) -> Result<u64> {
        let mut writer = writer;
        self.download(&mut writer, None)
    }

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
        let (part, len) = self.download_beside(path)?;
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
        let (part, _) = self.download_beside(&first)?;
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

    /// Downloads to a new file in the folder of `path`.
    fn download_beside(&self, path: &Path) -> Result<(Unfinished, u64)> {
        static TURN: AtomicU64 = AtomicU64::new(0);
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let short: String = name.chars().take(40).collect();
        for _ in 0..MOST_OF_ONE_NAME {
            let turn = TURN.fetch_add(1, Ordering::Relaxed);
            let part = path.with_file_name(format!(".{short}.{}-{turn}.part", std::process::id()));
            // The file is declared last, so that it is closed before it is removed.
            let (unfinished, file) = match Unfinished::create(part, &mut OpenOptions::new()) {
                Ok(created) => created,
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(e) => return Err(refuse(path, e)),
            };
            let mut file = BufWriter::with_capacity(64 << 10, file);
            let len = self.download(&mut file, Some(truncate))?;
            file.into_inner().map_err(|e| refuse(path, e.into_error()))?;
            return Ok((unfinished, len));
        }
        Err(Error::input(format!("beside {} there are too many unfinished files", path.display())))
    }

    /// Writes the content as it arrives and returns its length in bytes. If the writer can be rewound, a broken
    /// answer is retried like any read; if not, only while nothing has been written.
    fn download<W: Write>(&self, writer: &mut W, rewind: Option<Rewind<W>>) -> Result<u64> {
        let none = || Error::new(ErrorKind::NotFound, format!("the attachment `{self}` has no content"));
        let call = Call::new(self.content()?.ok_or_else(none)?.path());
        let (attachment, scanner) = (self, Scanner::new());
        let download = RefCell::new(Download { attachment, writer, rewind, scanner, len: 0 });
        let session = &self.entity.catalog().session;
        session.stream(RequestKind::Item, &call, &download, |response| download.borrow_mut().finish(response))
    }

    fn unwritten(&self, len: u64, error: io::Error) -> Error {
        Error::input(format!("the attachment `{self}` could not be written after {}", counted(len, "byte")))
            .because(error)
    }
}

impl<W: Write> Download<'_, W> {
    /// Checks the JSON around the content, and that the content is complete.
    fn finish(&mut self, mut response: Response) -> Result<u64> {
        if (200..300).contains(&response.status) {
            response.body = std::mem::replace(&mut self.scanner, Scanner::new()).into_around();
        }
        wire::content(&response)?;
        let (attachment, len) = (self.attachment, self.len);
        self.writer.flush().map_err(|e| attachment.unwritten(len, e))?;
        // The size is whatever the uploader said; a wrong one does no harm but is worth a warning.
        if let Some(size) = attachment.size().filter(|size| *size != len) {
            log::warn!("the attachment `{attachment}` has {}, not {size} as it says", counted(len, "byte"));
        }
        Ok(len)
    }
}

impl<W: Write> Receiver for Download<'_, W> {
    fn begin(&mut self, len: usize) -> Result<()> {
        if let Some(rewind) = self.rewind {
            rewind(self.writer, len / 4 * 3).map_err(|e| self.attachment.unwritten(0, e))?;
            self.len = 0;
        }
        self.scanner = Scanner::new();
        Ok(())
    }

    fn piece(&mut self, piece: &[u8]) -> Result<()> {
        let Download { attachment, writer, scanner, len, .. } = self;
        let taken = scanner.take(piece, &mut |bytes| {
            *len = len.saturating_add(bytes.len() as u64);
            writer.write_all(bytes)
        });
        taken.map_err(|stop| match stop {
            Stop::NotBase64 => Error::new(
                ErrorKind::NotWsapi { status: 200, cut: false },
                format!("the content of the attachment `{attachment}` is not base64"),
            ),
            Stop::Sink(e) => attachment.unwritten(*len, e),
        })
    }

    fn is_spent(&self) -> bool {
        self.len > 0 && self.rewind.is_none()
    }
}

fn begin_anew(bytes: &mut Vec<u8>, len: usize) -> io::Result<()> {
    bytes.clear();
    // If memory runs out, the first byte beyond it reports that.
    let _ = bytes.try_reserve_exact(len);
    Ok(())
}

fn truncate(file: &mut BufWriter<File>, _len: usize) -> io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    file.get_mut().set_len(0)
}

fn refuse(path: &Path, error: io::Error) -> Error {
    Error::input(format!("cannot write {}: {error}", path.display()))
}
