//! Cassettes that are read: what is wrong with one is said before anything is replayed.

use super::exchange::Exchange;
use crate::config::read_at_most;
use crate::error::{Error, ErrorKind, Result};
use crate::text::shorten;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;

/// The version of the form that this library writes, and the newest it reads.
pub(super) const VERSION: u64 = 1;

/// The first name in every cassette.
pub(super) const MARK: &str = "rally_cassette";

/// What a cassette says of itself, and what is in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    #[serde(rename = "rally_cassette")]
    pub(super) version: u64,
    /// As `2026-04-20T12:00:00Z`: the time of a replay.
    pub(super) recorded: jiff::Timestamp,
    /// `key` or `password`.
    pub(super) signed_in_by: String,
    /// Of the aliases.
    pub(super) salt: String,
    /// The attributes whose texts stand as they are.
    pub(super) keep: Vec<String>,
    pub(super) attachments: bool,
    /// Written one by one, after the rest.
    #[serde(skip_serializing)]
    pub(super) exchanges: Vec<Exchange>,
}

impl Head {
    /// In seconds since 1970.
    pub(super) fn recorded_at(&self) -> u64 {
        u64::try_from(self.recorded.as_second()).unwrap_or(0)
    }
}

/// What is looked at first: another form than ours says nothing else of use.
#[derive(Deserialize)]
struct Marked {
    #[serde(rename = "rally_cassette")]
    version: Option<u64>,
}

const AGAIN: &str = "record it again, or take the file from version control";

pub(super) fn fault(path: &Path, what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Cassette, format!("cassette {}: {what}", path.display()))
}

/// In bytes.
const LARGEST: u64 = 1 << 30;

pub(super) fn read(path: &Path) -> Result<Head> {
    let bytes = read_at_most(path, LARGEST)
        .and_then(|bytes| String::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData.into()));
    let text = bytes.map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => {
            fault(path, "the file does not exist").remedy("record it first, with `record` or RALLY_RECORD")
        }
        io::ErrorKind::InvalidData => fault(path, "it is not text").remedy("name a file that was recorded"),
        _ => fault(path, format!("it cannot be read: {e}")),
    })?;
    if text.trim().is_empty() {
        return Err(fault(path, "it is empty").remedy(AGAIN));
    }
    let other = || {
        fault(path, format!("it is not a cassette: it has no `{MARK}`"))
            .remedy("name a file that was recorded")
    };
    let marked: Marked = serde_json::from_str(&text).map_err(|e| match e.is_data() {
        true => other(),
        false => {
            let what = if e.is_eof() { "it is cut short" } else { "it is not JSON" };
            fault(path, format!("{what}, at line {} column {}", e.line(), e.column())).remedy(AGAIN)
        }
    })?;
    match marked.version {
        Some(VERSION) => {}
        Some(newer) if newer > VERSION => {
            return Err(fault(path, format!("it has version {newer}, this library reads {VERSION}"))
                .remedy("update the library, or record it again"));
        }
        _ => return Err(other()),
    }
    let damaged = |what: &dyn std::fmt::Display| fault(path, format!("it is damaged: {what}")).remedy(AGAIN);
    let head: Head = serde_json::from_str(&text).map_err(|e| damaged(&e))?;
    let is_whole = |one: &Exchange| (100..600).contains(&one.status) || one.failed.is_some();
    match head.exchanges.iter().find(|one| !is_whole(one)) {
        Some(bad) => Err(damaged(&format!("{} has no `status`", shorten(&bad.shown(), 200)))),
        None => Ok(head),
    }
}
