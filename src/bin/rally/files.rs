//! Files that a command line names: read whole, if they have an end.

use crate::failure::Failure;
use std::fs::{self, File, FileType};
use std::io::{self, Read};
use std::path::Path;

/// No file that is read whole is larger.
const LIMIT: u64 = 256 << 20;

/// The bytes of a file or a pipe.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    bytes(path).map_err(|e| unreadable(path, &e))
}

/// The same as a text.
pub(crate) fn text(path: &Path) -> Result<String, Failure> {
    String::from_utf8(read(path)?).map_err(|_| {
        Failure::usage(format!(
            "{} cannot be read: it is not UTF-8, the one encoding that is read",
            path.display()
        ))
    })
}

/// A file or a pipe, to be read as it comes.
pub(crate) fn open(path: &Path) -> Result<File, Failure> {
    opened(path).map_err(|e| unreadable(path, &e))
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let remedy = match error.kind() {
        io::ErrorKind::NotFound => "; check the path",
        io::ErrorKind::PermissionDenied => "; check who may read it",
        _ => "",
    };
    Failure::usage(format!("{} cannot be read: {error}{remedy}", path.display()))
}

/// Whether it is an SQLite file, whatever its name. What comes through a pipe is not looked at: it would be gone.
pub(crate) fn is_sqlite(path: &Path) -> bool {
    let magic = b"SQLite format 3\0";
    let mut start = Vec::new();
    let is_file = fs::metadata(path).is_ok_and(|found| found.is_file());
    let read = |file: File| file.take(magic.len() as u64).read_to_end(&mut start);
    is_file && File::open(path).and_then(read).is_ok() && start == magic
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    to_end(opened(path)?)
}

fn opened(path: &Path) -> io::Result<File> {
    let kind = fs::metadata(path)?.file_type();
    if kind.is_dir() {
        return Err(io::Error::other("it is a folder"));
    }
    // A device may go on without end.
    if !kind.is_file() && !is_pipe(kind) {
        return Err(io::Error::other("it is neither a file nor a pipe"));
    }
    File::open(path)
}

/// All there is, up to a limit.
pub(crate) fn to_end(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(LIMIT + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > LIMIT {
        true => Err(io::Error::other("it is larger than 256 MiB")),
        false => Ok(bytes),
    }
}

#[cfg(unix)]
fn is_pipe(kind: FileType) -> bool {
    use std::os::unix::fs::FileTypeExt;
    kind.is_fifo()
}

#[cfg(not(unix))]
fn is_pipe(_: FileType) -> bool {
    false
}
