//! Incomplete files: each is removed unless it is completed, even if a signal ends the process.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Those of all threads; `None` once the process is ending.
static FILES: Mutex<Option<BTreeSet<PathBuf>>> = Mutex::new(Some(BTreeSet::new()));

/// Removes the incomplete files of downloads and the schema cache, in all threads of this process.
///
/// Incomplete files are removed by themselves when a call returns, fails or panics. A program that ends during
/// calls (`std::process::exit` in a handler of SIGINT or SIGTERM, as with the crates `ctrlc` and `signal-hook`)
/// should call this right before. It is meant for the end of a process: afterwards, saving an attachment fails.
///
/// ```
/// // In the handler of the signal:
/// rally_wsapi::remove_unfinished_files();
/// // std::process::exit(130);
/// ```
pub fn remove_unfinished_files() {
    for path in files().take().into_iter().flatten() {
        let _ = fs::remove_file(path);
    }
}

/// An incomplete file.
#[derive(Debug)]
pub(crate) struct Unfinished {
    path: PathBuf,
}

impl Unfinished {
    /// Creates a file; `AlreadyExists` if the name is taken.
    pub(crate) fn create(path: PathBuf, options: &mut OpenOptions) -> io::Result<(Unfinished, File)> {
        let mut files = files();
        let Some(known) = files.as_mut() else { return Err(io::Error::other("the process is ending")) };
        let file = options.write(true).create_new(true).open(&path)?;
        known.insert(path.clone());
        Ok((Unfinished { path }, file))
    }

    /// Replaces `path`. The file must be closed, because some systems cannot move open ones.
    pub(crate) fn replaces(&self, path: &Path) -> io::Result<()> {
        let _whole = files();
        fs::rename(&self.path, path)
    }

    /// Renames it to `path`; `false` if that name is taken. No two threads or processes get the same name.
    pub(crate) fn becomes(&self, path: &Path) -> io::Result<bool> {
        // Held as long as the name stands for an empty file.
        let _whole = files();
        match OpenOptions::new().write(true).create_new(true).open(path) {
            Ok(_) => fs::rename(&self.path, path).map(|()| true).inspect_err(|_| {
                let _ = fs::remove_file(path);
            }),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(e) => Err(e),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let mut files = files();
        if let Some(known) = files.as_mut() {
            known.remove(&self.path);
        }
        // After a rename the name is gone. The error before matters more than why the file cannot be removed.
        let _ = fs::remove_file(&self.path);
    }
}

fn files() -> MutexGuard<'static, Option<BTreeSet<PathBuf>>> {
    FILES.lock().unwrap_or_else(PoisonError::into_inner)
}
