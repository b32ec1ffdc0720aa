//! The result file: the rows of a sheet, and what became of each, so that a run that ended midway can be run again.

use super::origin::Origin;
use super::read::{OF_RESULTS, Row, Sheet, parse, place_of};
use crate::csv;
use crate::failure::Failure;
use crate::files;
use crate::input::PIPE;
use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Said of rows that this run has nothing to do with.
pub(super) const EARLIER: &str = "by an earlier run";

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Created,
    Updated,
    /// The object is as the row says.
    Unchanged,
    Refused,
    /// Sent, and no answer came: it may have been done.
    Unknown,
    Unsent,
}

impl Mark {
    const ALL: [Mark; 6] =
        [Mark::Created, Mark::Updated, Mark::Unchanged, Mark::Refused, Mark::Unknown, Mark::Unsent];

    pub(super) fn word(self) -> &'static str {
        match self {
            Mark::Created => "created",
            Mark::Updated => "updated",
            Mark::Unchanged => "unchanged",
            Mark::Refused => "refused",
            Mark::Unknown => "unknown",
            Mark::Unsent => "unsent",
        }
    }
}

/// What became of a row, with the id of its object and the server's words.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) mark: Mark,
    pub(super) id: String,
    pub(super) message: String,
}

/// One entry for each row of a sheet, and the file that holds them.
#[derive(Debug)]
pub(super) struct Results<'s> {
    sheet: &'s Sheet,
    pub(super) entries: Vec<Option<Entry>>,
    path: Option<PathBuf>,
    origin: Origin,
}

/// The columns of a result file behind those of its sheet.
fn added() -> Vec<String> {
    let of_row = ["line", "result", "id", "message"].map(|name| format!("{OF_RESULTS}{name}"));
    of_row.into_iter().chain(Origin::columns()).collect()
}

/// `d.result.csv` beside `d.csv`; none for standard input.
pub(super) fn path_beside(sheet: &Path) -> Option<PathBuf> {
    (sheet != Path::new(PIPE)).then(|| sheet.with_extension("result.csv"))
}

/// A pipe or a device holds no results, and would be replaced by a file.
fn refuse_others(path: &Path) -> Result<(), Failure> {
    match path.is_file() {
        true => Ok(()),
        false => Err(Failure::usage(format!(
            "{} is not a file, and cannot keep results; name a file with --result",
            path.display()
        ))),
    }
}

impl<'s> Results<'s> {
    pub(super) fn new(sheet: &'s Sheet, path: Option<PathBuf>, origin: Origin) -> Results<'s> {
        Results { sheet, entries: sheet.rows.iter().map(|_| None).collect(), path, origin }
    }

    /// Refuses to write over what no run of this program has made.
    pub(super) fn check_place(path: Option<&Path>) -> Result<(), Failure> {
        let Some(path) = path.filter(|path| path.exists()) else { return Ok(()) };
        refuse_others(path)?;
        let bytes = files::read(path)?;
        let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        match String::from_utf8_lossy(first).contains(&format!("{OF_RESULTS}result")) {
            true => Ok(()),
            false => Err(Failure::usage(format!(
                "{} exists and is not a file of results; name another with --result",
                path.display()
            ))),
        }
    }

    /// What an earlier run left of rows with the same cells: what it made, and what it may have made.
    pub(super) fn take_earlier(&mut self) -> Result<(), Failure> {
        let Some(path) = self.path.as_deref().filter(|path| path.exists()) else { return Ok(()) };
        refuse_others(path)?;
        let place = place_of(path);
        let bytes = files::read(path)?;
        let earlier = parse(&bytes, &place)?;
        let count = self.sheet.columns.len();
        let (own, more) = earlier.columns.split_at_checked(count).unwrap_or((&[], &[]));
        if own != self.sheet.columns.as_slice() || more != added() {
            return Err(Failure::usage(format!(
                "{place} exists and holds results of another sheet; name another with --result, or remove it"
            )));
        }
        let mut by_cells: HashMap<Vec<String>, Vec<Entry>> = HashMap::new();
        for row in earlier.rows.into_iter().rev() {
            let (cells, more) = row.cells.split_at_checked(count).unwrap_or((&[], &[]));
            let [_, word, id, _, origin @ ..] = more else { continue };
            let Some(mark) = Mark::ALL.into_iter().find(|mark| mark.word() == word.trim()) else { continue };
            let is_update = origin.first().is_some_and(|run| run == "update");
            if !is_update && matches!(mark, Mark::Created | Mark::Unknown) {
                if let Some(what) = self.origin.difference(origin) {
                    return Err(Failure::usage(format!(
                        "{place} holds the results of another run: {what}; name another file with --result, or remove {place} to make its rows here too"
                    )));
                }
                let entry = Entry { mark, id: id.clone(), message: EARLIER.to_owned() };
                by_cells.entry(cells.to_vec()).or_default().push(entry);
            }
        }
        for (row, entry) in self.sheet.rows.iter().zip(&mut self.entries) {
            *entry = by_cells.get_mut(&row.cells).and_then(Vec::pop);
        }
        Ok(())
    }

    /// Rows with the same cells that an earlier run has updated on the same server, or may have.
    pub(super) fn done_earlier(&self) -> HashSet<usize> {
        let bytes =
            self.path.as_deref().filter(|path| path.is_file()).and_then(|path| files::read(path).ok());
        let Some(earlier) = bytes.and_then(|bytes| parse(&bytes, "").ok()) else { return HashSet::new() };
        let count = self.sheet.columns.len();
        if earlier.columns != [self.sheet.columns.as_slice(), &added()].concat() {
            return HashSet::new();
        }
        let mut done: HashSet<&[String]> = HashSet::new();
        for row in &earlier.rows {
            let (cells, more) = row.cells.split_at_checked(count).unwrap_or((&[], &[]));
            let [_, word, _, _, origin @ ..] = more else { continue };
            let is_done = [Mark::Updated, Mark::Unknown].iter().any(|mark| mark.word() == word.trim());
            if is_done && self.origin.difference(origin).is_none() {
                done.insert(cells);
            }
        }
        let rows = self.sheet.rows.iter().enumerate();
        rows.filter(|(_, row)| done.contains(row.cells.as_slice())).map(|(at, _)| at).collect()
    }

    pub(super) fn mark_of(&self, row: usize) -> Option<Mark> {
        self.entries.get(row)?.as_ref().map(|entry| entry.mark)
    }

    pub(super) fn set(&mut self, row: usize, mark: Mark, id: String, message: String) {
        if let Some(entry) = self.entries.get_mut(row) {
            *entry = Some(Entry { mark, id, message });
        }
    }

    /// The rows that something is said about.
    pub(super) fn rows(&self) -> impl Iterator<Item = (&Row, &Entry)> {
        let rows = self.sheet.rows.iter().zip(&self.entries);
        rows.filter_map(|(row, entry)| Some((row, entry.as_ref()?)))
    }

    pub(super) fn place(&self) -> Option<String> {
        self.path.as_deref().map(place_of)
    }

    /// Puts the file in place whole, or leaves the one that is there.
    pub(super) fn save(&self) -> Result<(), Failure> {
        let Some(path) = &self.path else { return Ok(()) };
        let mut text = Vec::new();
        csv::push(&mut text, self.sheet.columns.iter().chain(&added()));
        for (row, entry) in self.sheet.rows.iter().zip(&self.entries) {
            let (word, id, message) = match entry {
                Some(entry) => (entry.mark.word(), entry.id.as_str(), entry.message.as_str()),
                None => ("", "", ""),
            };
            let line = row.line.to_string();
            let added = [line.as_str(), word, id, message].into_iter().chain(self.origin.cells());
            csv::push(&mut text, row.cells.iter().map(String::as_str).chain(added));
        }
        let mut beside = path.clone().into_os_string();
        beside.push(".new");
        let refuse = |e| {
            Failure::usage(format!("{} cannot be written: {e}; name another with --result", path.display()))
        };
        let written = fs::write(&beside, text).and_then(|()| fs::rename(&beside, path));
        if written.is_err() {
            let _ = fs::remove_file(&beside);
        }
        written.map_err(refuse)
    }
}
