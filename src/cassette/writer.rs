//! Cassettes that are written: after each exchange the file is whole.

use super::exchange::{Exchange, indented};
use super::file::{self, Head, MARK};
use crate::error::Result;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// What ends every cassette.
const TAIL: &str = "\n  ]\n}\n";

pub(super) struct Writer {
    path: PathBuf,
    pub(super) head: Head,
    state: Mutex<State>,
}

struct State {
    file: File,
    /// Whether the file was not there before: it goes if nothing is recorded.
    is_new: bool,
    /// Whether a cassette was in it, which this one takes the place of.
    is_older: bool,
    /// Where the tail begins; 0 until the first exchange.
    end: u64,
    failed: bool,
}

impl Writer {
    /// Opens the file and leaves it as it is until there is something to record.
    pub(super) fn open(path: &Path, head: Head) -> Result<Writer> {
        let is_new = !path.exists();
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        // Ids and queries tell what a company works on: the file is its owner's.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let refuse = |e: io::Error| {
            file::fault(path, format!("it cannot be written: {e}"))
                .remedy("name a file in a folder that is there and may be written")
        };
        let mut file = options.open(path).map_err(refuse)?;
        let mut begin = String::new();
        let is_file = file.metadata().map_err(refuse)?.is_file();
        let read = if is_file { (&mut file).take(200).read_to_string(&mut begin) } else { Ok(0) };
        if read.is_err() || (!begin.trim().is_empty() && !begin.contains(MARK)) {
            return Err(file::fault(path, "it is another file, which is not overwritten")
                .remedy("name a new file, or one that was recorded"));
        }
        let state = State { file, is_new, is_older: is_file && !begin.is_empty(), end: 0, failed: false };
        Ok(Writer { path: path.to_owned(), head, state: Mutex::new(state) })
    }

    /// Adds an exchange. If that fails, the program's own work continues: one warning is logged, and nothing more is recorded.
    pub(super) fn add(&self, exchange: &Exchange) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.failed {
            return;
        }
        if let Err(e) = state.add(&self.head, exchange) {
            state.failed = true;
            log::warn!("cassette {}: recording ends, the file cannot be written: {e}", self.path.display());
        }
    }
}

impl State {
    fn add(&mut self, head: &Head, exchange: &Exchange) -> io::Result<()> {
        let (start, before) = match self.end {
            0 => (0, begin(head)?),
            end => (end, ",".to_owned()),
        };
        // An older cassette is whole until the first exchange of this one is in its place.
        let mut older = Vec::new();
        if start == 0 && self.is_older {
            self.file.seek(SeekFrom::Start(0))?;
            self.file.read_to_end(&mut older)?;
        }
        let text = format!("{before}\n    {}", indented(exchange, "    ")?);
        let written = self.put(start, format!("{text}{TAIL}"));
        match written {
            Ok(()) => self.end = start.saturating_add(text.len() as u64),
            // What was whole before is whole again, as far as there is room for its end.
            Err(_) if start > 0 => drop(self.put(start, TAIL)),
            Err(_) => drop(self.put(0, &older)),
        }
        written
    }

    /// This, and nothing after it. What is after is cut off last: what was overwritten until a failure has room to be
    /// written back.
    fn put(&mut self, start: u64, text: impl AsRef<[u8]>) -> io::Result<()> {
        let text = text.as_ref();
        self.file.seek(SeekFrom::Start(start))?;
        self.file.write_all(text)?;
        self.file.set_len(start.saturating_add(text.len() as u64))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        if state.is_new && state.end == 0 {
            // Why an empty file cannot be removed does not matter.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// The head, open for exchanges.
fn begin(head: &Head) -> io::Result<String> {
    let text = indented(head, "")?;
    Ok(format!("{},\n  \"exchanges\": [", text.trim_end().trim_end_matches('}').trim_end()))
}
