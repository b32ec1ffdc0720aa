//! Files that are not whole yet: each goes away unless it becomes another, even where a signal ends the process.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Those of all threads; `None` once the process is about to end.
static FILES: Mutex<Option<BTreeSet<PathBuf>>> = Mutex::new(Some(BTreeSet::new()));

/// Removes the files that downloads and the schema cache have begun and not finished, in all threads of this process.
///
/// What is unfinished goes away by itself when a call returns, fails or panics. A program that ends while calls are
/// under way (`std::process::exit` in a handler of SIGINT or SIGTERM, as the crates `ctrlc` and `signal-hook` have
/// them) calls this right before. It is for the end of a process: from then on, saving an attachment fails.
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

/// A file that is not whole yet.
#[derive(Debug)]
pub(crate) struct Unfinished {
    path: PathBuf,
}

impl Unfinished {
    /// A new file; `AlreadyExists` where the name is taken.
    pub(crate) fn create(path: PathBuf, options: &mut OpenOptions) -> io::Result<(Unfinished, File)> {
        let mut files = files();
        let Some(known) = files.as_mut() else { return Err(io::Error::other("the process is ending")) };
        let file = options.write(true).create_new(true).open(&path)?;
        known.insert(path.clone());
        Ok((Unfinished { path }, file))
    }

    /// Takes the place of `path`, whatever is there. The file must be closed: some systems move no open ones.
    pub(crate) fn replaces(&self, path: &Path) -> io::Result<()> {
        let _whole = files();
        fs::rename(&self.path, path)
    }

    /// Becomes `path`; `false` where that name is taken. No two threads or processes get the same.
    pub(crate) fn becomes(&self, path: &Path) -> io::Result<bool> {
        // Held for as long as the name stands for an empty file.
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
        // After it became another, there is none of this name. Why it cannot be removed helps less than the error before.
        let _ = fs::remove_file(&self.path);
    }
}

fn files() -> MutexGuard<'static, Option<BTreeSet<PathBuf>>> {
    FILES.lock().unwrap_or_else(PoisonError::into_inner)
}
