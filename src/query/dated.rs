//! The rows of a query in the order of a date, from a mark on, each version once.

use super::answer::Loaded;
use super::paging::Pager;
use super::watermark::{Mark, Place, Run, Version};
use super::{Entities, Query};
use crate::entity::Entity;
use crate::error::{Error, ErrorKind, Result};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

/// Reads page after page, each after the date and ObjectID of the last row.
///
/// A row may become visible a while after the date it has, so that each run begins a bit before the end of the one
/// before: the overlap. Whatever was visible when a run began has a date up to its newest row, so that the next run
/// begins there, not at what came in while it was reading.
#[derive(Debug)]
pub(super) struct Dated {
    /// Its page size becomes what the server gives.
    query: Query,
    /// The attribute.
    date: &'static str,
    overlap: SignedDuration,
    pub(super) mark: Mark,
    /// Whether rows come that were given with the same version.
    repeats: bool,
    page: Option<(Loaded, usize)>,
    /// The rows given that have the date of the last one: where the server knows dates finer than it shows them, they
    /// come again.
    same_date: HashSet<i64>,
    /// Where the page before ended.
    before: Option<Place>,
    /// Rows from the last page on.
    pub(super) left: Option<u64>,
    /// The server's clock was ahead in an earlier run, or is behind now.
    pub(super) clock_went_back: bool,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Begins,
    GoesOn,
    LastPage,
    Over,
}

impl Dated {
    pub(super) fn new(
        query: Query,
        date: &'static str,
        overlap: Duration,
        mark: Mark,
        repeats: bool,
    ) -> Dated {
        let overlap = SignedDuration::try_from(overlap).unwrap_or(SignedDuration::MAX);
        let mark = if repeats { Mark { given: BTreeMap::new(), ..mark } } else { mark };
        Dated {
            query: query.fetch(date),
            date,
            overlap,
            mark,
            repeats,
            page: None,
            same_date: HashSet::new(),
            before: None,
            left: None,
            clock_went_back: false,
            state: State::Begins,
        }
    }

    /// Sets the mark to what is there now, without giving it.
    pub(super) fn skip(&mut self) -> Result<()> {
        let mut mark = Mark::default();
        for row in self.newest_first(self.query.page_size) {
            let row = row?;
            let place = self.place(&row)?;
            let from = *mark.from.get_or_insert(place.time);
            // What is within the overlap would come with the next run.
            if earlier(from, self.overlap).is_some_and(|from| place.time < from) {
                break;
            }
            mark.given.insert(place.id, version_of(&row, &place));
        }
        self.mark = mark;
        self.state = State::Over;
        Ok(())
    }

    pub(super) fn next_row(&mut self) -> Result<Option<Entity>> {
        loop {
            if let Some((page, index)) = &mut self.page {
                if *index < page.rows {
                    let row = page.entity(&self.query, *index)?;
                    *index = index.saturating_add(1);
                    match self.advance(&row)? {
                        true => return Ok(Some(row)),
                        false => continue,
                    }
                }
                self.page = None;
            }
            match self.state {
                State::Begins => self.begin()?,
                State::GoesOn => self.go_on()?,
                State::LastPage => self.end(),
                State::Over => return Ok(None),
            }
        }
    }

    /// Moves to a row; `false` if this version of it was given.
    fn advance(&mut self, row: &Entity) -> Result<bool> {
        let place = self.place(row)?;
        let run = self.mark.run.get_or_insert_default();
        match &run.at {
            Some(at) if at.time > place.time => {
                return Err(self.wrong(&format!("its rows are not in the order of `{}`", self.date)));
            }
            Some(at) if at.time == place.time => {}
            _ => self.same_date.clear(),
        }
        let keep_from = run.next.or(self.mark.from).and_then(|next| earlier(next, self.overlap));
        let (id, version) = (place.id, version_of(row, &place));
        let is_kept = !self.repeats && keep_from.is_none_or(|from| place.time >= from);
        run.at = Some(place);
        let is_new = self.same_date.insert(id);
        let was_given = self.mark.given.get(&id) == Some(&version);
        if is_kept {
            self.mark.given.insert(id, version);
        }
        Ok(is_new && !was_given)
    }

    fn place(&self, row: &Entity) -> Result<Place> {
        let id = row.object_id().ok_or_else(|| self.wrong("a row of it has no ObjectID"))?;
        let date = row[self.date].as_str().and_then(|date| Place::new(date, id));
        date.ok_or_else(|| self.wrong(&format!("a row of it has no `{}` to go on from", self.date)))
    }

    fn wrong(&self, why: &str) -> Error {
        Error::new(ErrorKind::Paging, format!("a page of changes is inconsistent: {why}"))
            .asked(self.query.asked())
            .remedy("retry; if it stays, report it to your Rally administrator")
    }

    /// Requests the first page. One that is not the only one is requested again, once the newest date is known: what
    /// it shows is then at least as new.
    fn begin(&mut self) -> Result<()> {
        if self.mark.run.as_ref().is_some_and(|run| run.at.is_some()) {
            return self.go_on();
        }
        // As the server writes dates.
        let filter = self.start().map(|start| format!("{} >= \"{start:.3}\"", self.date));
        let (mut page, mut has_more) = self.load(filter.as_deref())?;
        let newest = if has_more {
            let newest = self.time_of(self.newest_first(1).next())?;
            (page, has_more) = self.load(filter.as_deref())?;
            newest
        } else {
            let last = page.rows.checked_sub(1);
            self.time_of(last.map(|last| page.entity(&self.query, last)))?
        };
        let newest = newest.max(self.mark.from);
        // A date in the future, made while the server's clock was wrong, would hide what comes until then. The header
        // has whole seconds.
        let now = page.raw.date.and_then(|date| i64::try_from(date).ok()?.checked_add(1));
        let now = now.and_then(|now| Timestamp::from_second(now).ok());
        let next = now.filter(|now| newest > Some(*now)).or(newest);
        self.clock_went_back = next < self.mark.from;
        if self.clock_went_back {
            log::warn!(
                "{}: the server's clock is behind an earlier run; a sweep finds what changed in between",
                self.query.asked()
            );
        }
        self.mark.run = Some(Run { next, at: None });
        self.turn(page, has_more)
    }

    fn go_on(&mut self) -> Result<()> {
        let Some(at) = self.mark.run.as_ref().and_then(|run| run.at.clone()) else {
            return Err(self.wrong("it has no rows, although more match"));
        };
        if self.before.as_ref() == Some(&at) {
            return Err(self.wrong("it has only rows that came before"));
        }
        let (name, date, id) = (self.date, &at.date, at.id);
        let filter = format!("(({name} > \"{date}\") OR (({name} = \"{date}\") AND (ObjectID > {id})))");
        self.before = Some(at);
        let (page, has_more) = self.load(Some(&filter))?;
        self.turn(page, has_more)
    }

    fn turn(&mut self, page: Loaded, has_more: bool) -> Result<()> {
        if page.rows == 0 && has_more {
            return Err(self.wrong("it has no rows, although more match"));
        }
        self.state = if has_more { State::GoesOn } else { State::LastPage };
        self.page = Some((page, 0));
        Ok(())
    }

    /// Returns a page, and whether more rows follow.
    fn load(&mut self, filter: Option<&str>) -> Result<(Loaded, bool)> {
        let size = self.query.page_size;
        let query = self.query.clone().order(format!("{},ObjectID", self.date)).limit(size);
        let query = filter.into_iter().fold(query, Query::filter);
        let Some(page) = Pager::new(query).next_page(&mut ())? else {
            return Err(self.wrong("there is none"));
        };
        let given = page.rows as u64;
        self.left = page.raw.total;
        let has_more = page.raw.total.map_or(given == size, |total| total > given);
        // A server that gives less than asked would time out each time before it does.
        if has_more && given > 0 {
            self.query.page_size = size.min(given);
        }
        Ok((page, has_more))
    }

    /// Where the overlap begins, if there is a beginning.
    fn start(&self) -> Option<Timestamp> {
        self.mark.from.and_then(|from| earlier(from, self.overlap))
    }

    fn time_of(&self, row: Option<Result<Entity>>) -> Result<Option<Timestamp>> {
        row.map(|row| Ok(self.place(&row?)?.time)).transpose()
    }

    fn newest_first(&self, rows: u64) -> Entities {
        let order = format!("{} DESC,ObjectID DESC", self.date);
        let query = self.query.clone().filter(format!("{} != null", self.date)).order(order);
        query.limit(rows).page_size(rows).iter()
    }

    fn end(&mut self) {
        if let Some(run) = self.mark.run.take() {
            self.mark.from = run.next.or(self.mark.from);
        }
        let from = self.start().map_or(i64::MIN, Timestamp::as_millisecond);
        self.mark.given.retain(|_, (date, _)| *date >= from);
        self.state = State::Over;
    }
}

fn earlier(time: Timestamp, by: SignedDuration) -> Option<Timestamp> {
    // Before the first one there is nothing to ask for.
    time.checked_sub(by).ok()
}

fn version_of(row: &Entity, place: &Place) -> Version {
    let text = row["_objectVersion"].as_str().or_else(|| row["VersionId"].as_str()).unwrap_or_default();
    // Versions are numbers; another text counts by its bytes.
    let spread = |text: &str| {
        text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
            (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    };
    (place.time.as_millisecond(), text.parse().unwrap_or_else(|_| spread(text)))
}
