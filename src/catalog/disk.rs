//! Schemas kept on disk between runs: a file per server and workspace, with the server's hash.
//!
//! Nothing here is fatal: an unreadable or unexpected file is ignored and replaced. Several processes may read and
//! write at once, because a file is replaced atomically.

use crate::schema::Schema;
use crate::unfinished::Unfinished;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// The beginning of a file's first line. Another layout needs another number.
const MARK: &str = "rally-wsapi schema 1";

/// A larger file was not written by this library.
const LARGEST: u64 = 256 << 20;

/// The file for the schema of one workspace.
#[derive(Debug)]
pub(super) struct ScopeName {
    folder: PathBuf,
    file: PathBuf,
    /// Server and workspace, in case two have the same file name.
    key: String,
}

impl ScopeName {
    pub(super) fn new(folder: &Path, server: &str, workspace: &str) -> ScopeName {
        let key = format!(
            "{} {}",
            server.replace(char::is_whitespace, ""),
            workspace.replace(char::is_whitespace, "")
        );
        let mut name: String = key
            .chars()
            .skip_while(|c| *c != '/')
            .map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' })
            .collect();
        name = name.trim_matches('-').chars().take(120).collect();
        let file = folder.join(format!("schema-{name}-{:08x}.json", sum(key.as_bytes()) as u32));
        ScopeName { folder: folder.to_owned(), file, key }
    }

    fn head(&self, hash: &str, body: &[u8]) -> String {
        format!("{MARK} {} {hash} {} {:016x}", self.key, body.len(), sum(body))
    }

    /// Returns the schema with this hash, if it is here and intact.
    pub(super) fn read(&self, hash: &str) -> Option<Schema> {
        let report = |e: &io::Error| {
            if e.kind() != io::ErrorKind::NotFound {
                log::warn!("the kept schema {} cannot be read: {e}", self.file.display());
            }
        };
        let bytes = read_file(&self.file).inspect_err(report).ok()?;
        let end = bytes.iter().position(|b| *b == b'\n')?;
        let (head, body) = (bytes.get(..end)?, bytes.get(end + 1..)?);
        if head != self.head(hash, body).as_bytes() {
            log::info!("the kept schema {} is another or broken, and is replaced", self.file.display());
            return None;
        }
        Schema::parse(body).ok()
    }

    /// Stores a schema, if the folder is writable.
    pub(super) fn write(&self, hash: &str, body: &[u8]) {
        if let Err(e) = self.put(hash, body) {
            log::warn!("the schema cannot be kept as {}: {e}", self.file.display());
        }
    }

    fn put(&self, hash: &str, body: &[u8]) -> io::Result<()> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        private_folder(&self.folder)?;
        let turn = COUNT.fetch_add(1, Ordering::Relaxed);
        let mut name = self.file.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}-{turn}.tmp", std::process::id()));
        let draft = self.folder.join(name);
        // Remove the file of a crashed process with our process id.
        if draft.symlink_metadata().is_ok() {
            fs::remove_file(&draft)?;
        }
        let (draft, mut file) = Unfinished::create(draft, &mut private_file())?;
        file.write_all(self.head(hash, body).as_bytes())?;
        file.write_all(b"\n")?;
        file.write_all(body)?;
        file.sync_all()?;
        drop(file);
        draft.replaces(&self.file)
    }
}

fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// FNV-1a, the same in every build. Detects accidents, not forgery: the folder belongs to the user.
fn sum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, b| (sum ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3))
}

fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
