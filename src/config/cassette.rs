//! Which cassette a client records or replays, and what may stand in it as it is.

use super::item::Item;
use super::settings::{Entry, Settings};
use crate::error::{Error, Result};
use std::path::{Path, PathBuf};

/// A file of recorded exchanges, to run a program again without server, network and credentials.
///
/// It is JSON that people read and compare: a list of requests with their answers. A replayed request is matched by
/// method, path, parameters and body, whatever the order; equal requests get their answers in the order recorded.
///
/// # What stands in it
///
/// Credentials, security tokens and cookies are never written. Names, people, mail addresses, texts and the server's
/// address are replaced by aliases before anything is written, in answers, filters and bodies alike: the same text always
/// has the same alias in one cassette. Ids, references, FormattedIDs, dates, numbers, states, the values of standard
/// drop-downs, names of types and attributes stay. Attachments are kept as size and hash; a replay gives as many bytes
/// of filling.
///
/// An alias is a hash of the text under a key that stands in the cassette, so that replayed requests get the same: who
/// has the cassette can guess a short name, and try whether its alias is there. Treat it as a list of ids, not as public.
///
/// A name that the program itself asks for, as a project or a user, comes back under that name. Where a program
/// compares names that it never asks for, or values of custom drop-downs, [`keep`](Cassette::keep) leaves them as they are.
///
/// # Examples
///
/// ```
/// use rally_wsapi::{Cassette, Config, Rally};
///
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let path = std::env::temp_dir().join(format!("rally-doc-{}.json", std::process::id()));
/// fn open(rally: &Rally) -> rally_wsapi::Result<usize> {
///     Ok(rally.query("Defect").filter("State = Open").all()?.len())
/// }
///
/// let settings = Config::builder().server(sandbox.url()).api_key(sandbox.api_key()).project("null");
/// let recorded = open(&Rally::new(settings.record(&path).build()?)?)?;
/// # drop(sandbox);
///
/// // No server, no key:
/// let rally = Rally::new(Config::builder().project("null").replay(&path).build()?)?;
/// assert_eq!(open(&rally)?, recorded);
/// assert!(rally.unused_exchanges().is_empty());
///
/// // With names of iterations and projects as they are, and with the bytes of attachments:
/// let cassette = Cassette::new(&path).keep(["Name", "c_Team"]).keep_attachments();
/// let settings = Config::builder().replay_or_record(cassette);
/// // All as it is, for data that are not secret; credentials are left out all the same:
/// let settings = Config::builder().replay_or_record(Cassette::new(&path).keep_all());
/// # std::fs::remove_file(&path).unwrap();
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Cassette {
    pub(super) path: PathBuf,
    keep: Vec<String>,
    attachments: bool,
}

/// Among the names to keep, it stands for all.
pub(crate) const ALL: &str = "*";

/// In `RALLY_CASSETTE_KEEP` it stands for the bytes of attachments. The attribute has a capital letter.
const ATTACHMENTS: &str = "attachments";

impl Cassette {
    /// The cassette in this file.
    pub fn new(path: impl AsRef<Path>) -> Cassette {
        Cassette { path: path.as_ref().to_owned(), keep: Vec::new(), attachments: false }
    }

    /// Records the texts of these attributes as they are, as `Name` or `c_Team`, wherever they stand. The names of users
    /// are kept by `DisplayName`. A replay uses what the cassette says.
    pub fn keep<I>(mut self, attributes: I) -> Cassette
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.keep.extend(attributes.into_iter().map(Into::into));
        self
    }

    /// Records all texts as they are. Credentials, tokens and cookies are still left out.
    pub fn keep_all(self) -> Cassette {
        self.keep([ALL])
    }

    /// Records the bytes of attachments.
    pub fn keep_attachments(mut self) -> Cassette {
        self.attachments = true;
        self
    }
}

macro_rules! from_path {
    ($($from:ty),*) => {$(
        impl From<$from> for Cassette {
            fn from(path: $from) -> Cassette {
                Cassette::new(path)
            }
        }
    )*};
}

from_path!(&str, String, &Path, PathBuf, &PathBuf);

/// What a client does with a cassette, decided once.
#[derive(Clone, Debug)]
pub(crate) struct Tape {
    pub(crate) path: PathBuf,
    pub(crate) replays: bool,
    pub(crate) keep: Vec<String>,
    pub(crate) attachments: bool,
}

/// The cassette in force. The settings file of the current folder has no say: it could write or read any file.
pub(super) fn tape(settings: &Settings, trusted: bool, by_program: Option<Cassette>) -> Result<Option<Tape>> {
    let value = |item| settings.value(&[item], trusted);
    let (entry, replays) = match (value(Item::Record), value(Item::Replay)) {
        (None, None) => return Ok(None),
        (Some(record), None) => (record, false),
        (None, Some(replay)) => (replay, true),
        (Some(both), Some(replay)) if both.as_path() == replay.as_path() => (both, both.as_path().exists()),
        (Some(record), Some(replay)) => {
            let why = format!("{} names another cassette", replay.origin);
            return Err(Error::config(record.origin.as_str(), why)
                .remedy("record or replay, or name the same file twice: it is recorded if it is not there"));
        }
    };
    let path = entry.as_path().to_owned();
    let listed = value(Item::CassetteKeep).map_or("", Entry::as_text);
    let names = listed.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned);
    let (bytes, mut keep): (Vec<_>, Vec<_>) = names.partition(|name| name == ATTACHMENTS);
    let mut attachments = !bytes.is_empty();
    if let Some(cassette) = by_program.filter(|cassette| cassette.path == path) {
        keep.extend(cassette.keep);
        attachments |= cassette.attachments;
    }
    keep.sort();
    keep.dedup();
    Ok(Some(Tape { path, replays, keep, attachments }))
}
