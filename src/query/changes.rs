//! What has changed since a watermark.

use super::bin::Bin;
use super::dated::Dated;
use super::watermark::Watermark;
use super::{Query, Target};
use crate::entity::Entity;
use crate::error::{Error, ErrorKind, Result};
use crate::reference::Ref;
use std::iter::FusedIterator;
use std::time::Duration;

/// By how much each run begins before the end of the one before.
const OVERLAP: Duration = Duration::from_secs(300);

/// The attribute with the date of the last update.
const UPDATED: &str = "LastUpdateDate";

/// A change that [`Query::changes_since`] finds.
///
/// See [`Changes`] for an example.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// An object that was created, updated or restored, as it is now.
    Changed(Entity),
    /// An object that is in the recycle bin.
    Deleted(Ref),
}

/// An iterator over changes, made by [`Query::changes_since`]. It ends after an error.
///
/// ```
/// use rally_wsapi::{Change, Watermark};
/// use std::time::Duration;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let defects = rally.query("Defect").fetch("FormattedID,Name");
/// let before = defects.watermark()?; // only what comes from now on
/// rally.delete("Defect", "DE1")?;
///
/// let mut changes = defects.changes_since(before).overlap(Duration::from_secs(600));
/// for change in changes.by_ref() {
///     match change? {
///         Change::Changed(defect) => println!("{defect}"),
///         Change::Deleted(reference) => assert_eq!(reference.to_string(), "/defect/701"),
///         _ => {}
///     }
/// }
/// println!("{}", changes.watermark()); // to store: the next run goes on here
///
/// // Programs that keep rows by ObjectID and version need neither memory nor recycle bin.
/// let all = defects.changes_since(Default::default()).repeats(true).deletes(false);
/// assert!(all.count() > 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "changes are asked for as they are iterated"]
pub struct Changes {
    pub(super) query: Query,
    since: Watermark,
    overlap: Duration,
    repeats: bool,
    deletes: bool,
    /// `None` until the first item is asked for, as is the bin.
    rows: Option<Dated>,
    bin: Option<Bin>,
    pub(super) is_over: bool,
}

impl Query {
    /// Iterates over what has changed since a watermark: created and updated objects in the order of their
    /// `LastUpdateDate`, then those deleted. Each version of an object comes once; `Watermark::default()` is the
    /// beginning, where everything has changed.
    ///
    /// [`Changes::watermark`] is where to go on, after any item: a program that is killed reads no page twice. Its
    /// dates are the server's; this machine's clock does not matter. Updates may become visible a while after their
    /// date, so that each run begins five minutes ([`Changes::overlap`]) before the newest update that the server had
    /// when the run before began.
    ///
    /// Each run takes one request per page, two more if it has several pages, and one for each page of the recycle
    /// bin. The bin lists deletions of the whole workspace for as long as the workspace keeps them, but not those of
    /// types without a bin, nor those that the user may not see. Objects that no longer match the filter, or have
    /// moved out of the project, are not changes of the query. [`Query::sweep`] finds both.
    ///
    /// A query with an order, a start or a limit, of a collection, or of a type without `LastUpdateDate` is an error:
    /// the first item.
    ///
    /// See [`Changes`] for an example.
    pub fn changes_since(&self, watermark: Watermark) -> Changes {
        Changes {
            query: self.clone(),
            since: watermark,
            overlap: OVERLAP,
            repeats: false,
            deletes: true,
            rows: None,
            bin: None,
            is_over: false,
        }
    }

    /// Returns the watermark of now: [`Query::changes_since`] then gives only what changes from here on. Takes three
    /// requests or so.
    ///
    /// See [`Changes`] for an example.
    ///
    /// # Errors
    /// As [`Query::first`].
    pub fn watermark(&self) -> Result<Watermark> {
        let mut changes = self.changes_since(Watermark::default());
        changes.begin()?;
        let mut now = changes.watermark();
        if let Some(rows) = &mut changes.rows {
            rows.skip()?;
            now.rows = rows.mark.clone();
        }
        // What is within the overlap is known from then on.
        let mut recent = self.changes_since(now);
        for change in recent.by_ref() {
            change?;
        }
        Ok(recent.watermark())
    }

    fn refuse_as_changes(&self) -> Result<()> {
        self.refuse_mistakes()?;
        let (what, remedy) = if matches!(self.target, Target::Collection(_)) {
            ("of a collection", "query the type of its members")
        } else if self.order.is_some() || self.stable {
            ("with an order", "changes come in the order of `LastUpdateDate`: leave the order out")
        } else if self.limit.is_some() || self.start != 1 {
            ("with a limit or a start", "take as many as you need; the watermark says where to go on")
        } else {
            return Ok(());
        };
        Err(Error::input(format!("changes of a query {what}")).remedy(remedy))
    }
}

impl Changes {
    /// Sets by how much each run begins before the end of the one before: the longest time that the server may take
    /// until an update is visible, and the difference between its clocks. Defaults to five minutes.
    pub fn overlap(self, overlap: Duration) -> Changes {
        Changes { overlap, ..self }
    }

    /// Sets whether updates within the overlap come again in the same version. The watermark then lists none of them,
    /// which keeps it short. Defaults to `false`.
    pub fn repeats(self, yes: bool) -> Changes {
        Changes { repeats: yes, ..self }
    }

    /// Sets whether the recycle bin is read. Defaults to `true`.
    pub fn deletes(self, yes: bool) -> Changes {
        Changes { deletes: yes, ..self }
    }

    /// Returns where to go on after the items so far.
    pub fn watermark(&self) -> Watermark {
        Watermark {
            rows: self.rows.as_ref().map_or(&self.since.rows, |rows| &rows.mark).clone(),
            bin: self.bin.as_ref().map(|bin| &bin.dated.mark).or(self.since.bin.as_ref()).cloned(),
        }
    }

    /// Returns how many changed rows the server had left at the last page, that page included, as for a progress bar.
    /// `None` before the first page.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let mut changes = rally.query("Defect").changes_since(Default::default());
    /// let (before, first) = (changes.left(), changes.next().transpose()?);
    /// assert_eq!((before, first.is_some(), changes.left()), (None, true, Some(6)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn left(&self) -> Option<u64> {
        self.rows.as_ref().and_then(|rows| rows.left)
    }

    /// `true` if the server's clock is behind an earlier run, as far as this run knows. Updates that were dated before
    /// that run's end are not among the changes; [`Query::sweep`] finds them.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let mut changes = rally.query("Defect").changes_since(Default::default());
    /// let found = changes.by_ref().count();
    /// assert!(found > 0 && !changes.clock_went_back());
    /// # Ok(())
    /// # }
    /// ```
    pub fn clock_went_back(&self) -> bool {
        let dated = self.rows.iter().chain(self.bin.as_ref().map(|bin| &bin.dated));
        dated.into_iter().any(|rows| rows.clock_went_back)
    }

    /// The same changes from the watermark on.
    pub(super) fn next_run(&self) -> Changes {
        let next = self.query.changes_since(self.watermark());
        next.overlap(self.overlap).repeats(self.repeats).deletes(self.deletes)
    }

    /// Sends nothing, except for what the bin has before the first run.
    fn begin(&mut self) -> Result<()> {
        self.query.refuse_as_changes()?;
        if self.deletes {
            let mark = self.since.bin.clone().unwrap_or_default();
            let mut bin = Bin::new(&self.query, self.overlap, mark)?;
            if self.since.bin.is_none() {
                bin.dated.skip().map_err(of_bin)?;
            }
            self.bin = Some(bin);
        }
        let rows = self.since.rows.clone();
        self.rows = Some(Dated::new(self.query.clone(), UPDATED, self.overlap, rows, self.repeats));
        Ok(())
    }

    fn step(&mut self) -> Result<Option<Change>> {
        if self.rows.is_none() {
            self.begin()?;
        }
        let row = self.rows.as_mut().map(Dated::next_row).transpose();
        if let Some(row) = row.map_err(|error| self.undated(error))?.flatten() {
            return Ok(Some(Change::Changed(row)));
        }
        let deleted = self.bin.as_mut().map(Bin::next_deleted).transpose().map_err(of_bin)?.flatten();
        // Restored, it comes again, even in the same version.
        if let (Some(rows), Some(id)) = (&mut self.rows, deleted.as_ref().and_then(Ref::object_id)) {
            rows.mark.given.remove(&id);
        }
        Ok(deleted.map(Change::Deleted))
    }

    fn undated(&self, error: Error) -> Error {
        match error.kind() {
            ErrorKind::UnknownName(detail) if detail.name == UPDATED => {
                let name = self.query.type_name().unwrap_or_default();
                Error::input(format!("objects of type {name} have no `{UPDATED}`"))
                    .remedy("read all of them each time")
            }
            _ => error,
        }
    }
}

fn of_bin(error: Error) -> Error {
    error.within("what was deleted, by the recycle bin; `deletes(false)` leaves it out")
}

impl Iterator for Changes {
    type Item = Result<Change>;

    fn next(&mut self) -> Option<Result<Change>> {
        if self.is_over {
            return None;
        }
        let change = self.step().transpose();
        self.is_over = !matches!(change, Some(Ok(_)));
        change
    }
}

impl FusedIterator for Changes {}
