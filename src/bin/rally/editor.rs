//! The user's editor, and the file it is given.

use crate::failure::Failure;
use crate::signals;
use std::ffi::OsStr;
use std::io::{IsTerminal, Write, stdin};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

/// The command line of `VISUAL`, else of `EDITOR`, else what every system has.
pub(crate) fn chosen() -> Result<String, Failure> {
    let named = |name: &str| env::var(name).ok().filter(|command| !command.trim().is_empty());
    match named("VISUAL").or_else(|| named("EDITOR")) {
        Some(command) => Ok(command),
        None if stdin().is_terminal() => Ok(if cfg!(windows) { "notepad" } else { "vi" }.to_owned()),
        None => Err(Failure::usage("no editor is set; set VISUAL or EDITOR, or use `rally update`")),
    }
}

/// A file to edit. It stays until it is removed: what was typed is not lost.
#[derive(Debug)]
pub(crate) struct File {
    path: PathBuf,
    is_own: bool,
}

impl File {
    pub(crate) fn at(path: PathBuf) -> File {
        File { path, is_own: false }
    }

    /// In the folder for such files, for its owner alone.
    pub(crate) fn new(name: &str, text: &str, base: &str) -> Result<File, Failure> {
        let safe: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let mut turn = 0;
        loop {
            let path = env::temp_dir().join(format!("rally-{safe}-{}-{turn}.json", std::process::id()));
            match create(&path, text) {
                Ok(()) => {
                    let file = File { path, is_own: true };
                    return match file.rebase(base) {
                        Ok(()) => Ok(file),
                        Err(failure) => {
                            file.remove();
                            Err(failure)
                        }
                    };
                }
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists && turn < 100 => turn += 1,
                Err(e) => return Err(Failure::usage(format!("{} cannot be made: {e}", path.display()))),
            }
        }
    }

    pub(crate) fn place(&self) -> String {
        self.path.display().to_string()
    }

    /// The file beside it that tells what the edit began with.
    fn base_path(&self) -> PathBuf {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        self.path.with_file_name(format!(".{name}.base"))
    }

    pub(crate) fn base(&self) -> Result<String, Failure> {
        fs::read_to_string(self.base_path()).map_err(|e| {
            Failure::usage(format!(
                "{} cannot be gone on with: what it began with is in {}, which cannot be read: {e}",
                self.place(),
                self.base_path().display()
            ))
        })
    }

    pub(crate) fn rebase(&self, base: &str) -> Result<(), Failure> {
        let path = self.base_path();
        // A link of others is not followed.
        let _ = fs::remove_file(&path);
        create(&path, base).map_err(|e| Failure::usage(format!("{} cannot be made: {e}", path.display())))
    }

    /// The text once the editor has ended.
    pub(crate) fn edited(&self, editor: &str) -> Result<String, Failure> {
        let unread = |e: io::Error| Failure::usage(format!("{} cannot be read: {e}", self.place()));
        let before = fs::read_to_string(&self.path).map_err(unread)?;
        let status = signals::left_to(|| command(editor, &self.path).status());
        let after = fs::read_to_string(&self.path).map_err(unread)?;
        let why = match status {
            Ok(status) if status.success() => return Ok(after),
            Ok(status) => format!("the editor `{editor}` failed ({status})"),
            Err(e) => format!("the editor `{editor}` cannot be started: {e}"),
        };
        if before == after {
            self.remove();
            return Err(Failure::usage(format!("{why}; nothing was sent")));
        }
        Err(Failure::usage(format!("{why}; nothing was sent; the file is kept: {}", self.place())))
    }

    /// What somebody else made stays.
    pub(crate) fn remove(&self) {
        if self.is_own {
            let _ = fs::remove_file(&self.path);
            let _ = fs::remove_file(self.base_path());
        }
    }
}

/// A new file for its owner alone.
fn create(path: &Path, text: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(format!("{text}\n").as_bytes())
}

/// A command line of the user's, read as a shell reads it, so that `code --wait` is a command and its flag.
pub(crate) fn command(line: &str, argument: impl AsRef<OsStr>) -> Command {
    let mut command;
    if cfg!(windows) {
        let mut words = line.split_whitespace();
        command = Command::new(words.next().unwrap_or_default());
        command.args(words);
    } else {
        command = Command::new("sh");
        command.arg("-c").arg(format!("{line} \"$1\"")).arg("rally");
    }
    command.arg(argument);
    command
}
