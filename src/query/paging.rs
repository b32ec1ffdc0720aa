//! Paging: the next page follows from what came back, and each page is checked against what it says of itself.

use super::Query;
use super::answer::{Answer, Loaded};
use super::plan::placed;
use super::prefetch::Ahead;
use super::way::{Cursor, Given, Keyset, Way};
use crate::call::Call;
use crate::error::{Error, ErrorKind, Result};
use crate::page::{PageOrigin, Tuning, Wanted};
use crate::session::refuses_order;
use crate::wire::{RawPage, ReadRows};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Requests pages one after the other. The cursor is taken before each request, so that an error ends the paging.
#[derive(Debug)]
pub(super) struct Pager {
    pub(super) query: Query,
    /// The whole query without start and page size, once it is resolved.
    call: Option<Call>,
    cursor: Option<Cursor>,
    way: Way,
    ahead: Ahead<Fetched>,
    /// What earlier rows needed and did not have; `None` if rows load alone.
    wanted: Option<Arc<Wanted>>,
    /// The fetch list as the user wrote it, once page 1 is here and if later pages may bring more.
    fetch: Option<Option<String>>,
    /// What is wrong with the last page; returned after its rows.
    fault: Option<Error>,
}

/// A prefetched page, and what it brings in addition to the user's fetch list.
type Fetched = (Result<RawPage>, Option<Arc<Tuning>>);

impl Pager {
    pub(super) fn new(query: Query) -> Pager {
        let cursor = Cursor { start: query.start, left: query.limit, size: query.page_size };
        let way = match query.pages_by_id() {
            true => Way::Keyset(Keyset::new(query.stable)),
            false => Way::Start(Given::default()),
        };
        let (ahead, wanted) = (Ahead::new(query.prefetch), query.page_chase.then(Arc::default));
        Pager { query, call: None, cursor: Some(cursor), way, ahead, wanted, fetch: None, fault: None }
    }

    /// Ends the paging.
    pub(super) fn stop(&mut self) {
        self.cursor = None;
    }

    /// Returns the next page. `reader` reads its rows as they are split, unless the page was prefetched.
    pub(super) fn next_page(&mut self, reader: &mut dyn ReadRows) -> Result<Option<Loaded>> {
        reader.begin();
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        let Some(cursor) = self.cursor.take() else { return Ok(None) };
        let is_first = self.call.is_none();
        let whole = self.call.take().map_or_else(|| self.query.call(), Ok)?;
        let members = self.query.members(&whole, cursor.place());
        let mut answer = members.map_or_else(|| self.load(&whole, cursor, is_first, reader), Ok)?;
        // If the server refused the order, the call was replaced by one without it.
        self.call.get_or_insert(whole);
        let refuse = |answer: &Answer, why: &str| {
            Error::new(
                ErrorKind::Paging,
                format!("the page from row {} is inconsistent: {why}", cursor.start),
            )
            .asked_times(answer.call.asked(), answer.raw.attempts)
            .remedy("retry; if it stays, report it to your Rally administrator")
        };
        let pace = answer.pace().map_err(|why| refuse(&answer, &why))?;
        if answer.overlaps {
            answer.raw.skip_first();
        }
        let given = answer.raw.len() as u64;
        let wanted = cursor.left.map_or(given, |left| left.min(given));
        // A gateway that timed out halves the page size; keep it for the remaining pages, or each would time out
        // again.
        let size = if pace.size < answer.size { pace.size.max(given) } else { cursor.size };
        let next = Cursor { size, ..cursor.after(given) };
        let goes_on = pace.has_more && next.left != Some(0) && pace.short.is_none();
        if let Err(why) = self.way.advance(&mut answer.raw, is_first, goes_on) {
            const CHANGED: &str = "retry; others may have moved rows meanwhile: without an order pages follow the ObjectIDs, which stay";
            let error = refuse(&answer, &why);
            let may_have_changed = !is_first && matches!(self.way, Way::Start(_));
            return Err(if may_have_changed { error.remedy(CHANGED) } else { error });
        }
        if let Some(why) = pace.short {
            self.fault = Some(refuse(&answer, &why));
        }
        if goes_on {
            self.cursor = Some(next);
            if is_first && !self.query.brings_all() {
                self.fetch = Some(answer.call.get("fetch").map(str::to_owned));
            }
            self.look_ahead(next, pace.size, answer.raw.total);
        }
        let Answer { call, raw, tuning, origins, .. } = answer;
        if given == 0 && is_first {
            self.query.found_nothing(&call);
        }
        self.query.bring_along(&raw, &call);
        let (len, raw) = (raw.len(), Arc::new(raw));
        let origin = PageOrigin::new(call, cursor.start, &raw, self.wanted.clone());
        let origin = Arc::new(origin.asked_less(self.query.fetched_without_with()));
        let rows = usize::try_from(wanted).unwrap_or(len);
        Ok(Some(Loaded { raw, origin, rows, tuning, origins }))
    }

    /// Returns the page at the cursor: prefetched, or by a request.
    fn load(
        &mut self,
        whole: &Call,
        cursor: Cursor,
        is_first: bool,
        reader: &mut dyn ReadRows,
    ) -> Result<Answer> {
        let place = self.way.ahead(cursor).place();
        if let Some((page, tuning)) = self.ahead.take(place) {
            match page {
                Ok(raw) if self.way.is_next(&raw) => {
                    let answer = Answer::new(placed(whole.clone(), place), raw, tuning, place);
                    return Ok(Answer { overlaps: place.0 < cursor.start, ..answer });
                }
                Ok(_) => {
                    log::debug!("{}: rows have moved; pages go on after the last one given", whole.asked());
                    self.ahead.give_up();
                }
                Err(error) if tuning.is_some() && refuses_the_query(&error) => self.untuned(whole, &error),
                Err(error) => return Err(error),
            }
        }
        let (from, place) = match &self.way {
            Way::Keyset(keyset) if !is_first => (keyset.rest(whole), Cursor { start: 1, ..cursor }.place()),
            _ => (whole.clone(), cursor.place()),
        };
        let mut call = placed(from, place);
        let mut tuning = self.tuning();
        let page = match self.ask(&mut call, tuning.as_deref(), reader) {
            Err(error) if tuning.is_some() && refuses_the_query(&error) => {
                self.untuned(&call, &error);
                tuning = None;
                self.ask(&mut call, None, reader)?
            }
            // Some types cannot be sorted by the ObjectID that we append.
            Err(error) if is_first && refuses_order(&error) && self.drops_order(&call) => {
                let mut plain = whole.clone();
                match self.query.plain_order() {
                    Some(order) => plain.set("order", order),
                    None => plain.params.retain(|(name, _)| name != "order"),
                }
                call = placed(plain.clone(), place);
                (self.call, self.way) = (Some(plain), Way::Start(Given::default()));
                self.ask(&mut call, None, reader)?
            }
            other => other?,
        };
        Ok(Answer::new(call, page, tuning, place))
    }

    /// Requests a page, with what earlier rows wanted. The call then has the final size.
    fn ask(&self, call: &mut Call, tuning: Option<&Tuning>, reader: &mut dyn ReadRows) -> Result<RawPage> {
        let mut tuned = tuned(call.clone(), tuning);
        let page = self.query.catalog.session.shrinking_page(&mut tuned, reader, None);
        if let Some(size) = tuned.get("pagesize") {
            call.set("pagesize", size);
        }
        page
    }

    /// `true` if the order is only ours, not the user's.
    fn drops_order(&self, call: &Call) -> bool {
        !self.way.is_asked_for() && call.get("order") != self.query.plain_order()
    }

    /// Some servers refuse a name that one of the requested types lacks. We added it, so it must not fail the
    /// query.
    fn untuned(&mut self, call: &Call, error: &Error) {
        log::info!("{}: asked again without what earlier rows wanted: {error}", call.asked());
        self.fetch = None;
        self.ahead.give_up();
    }

    /// From page 2 on, what earlier rows had to load comes with the page.
    fn tuning(&self) -> Option<Arc<Tuning>> {
        let (wanted, fetch) = (self.wanted.as_ref()?, self.fetch.as_ref()?);
        wanted.tuning(&self.query.catalog, &self.query.scope, fetch.as_deref())
    }

    /// Prefetches pages if possible: only in the size that the server itself reported, or pages would overlap or
    /// leave gaps.
    fn look_ahead(&mut self, next: Cursor, size: u64, total: Option<u64>) {
        let (Some(call), Some(total)) = (&self.call, total) else { return };
        let step = match self.way {
            Way::Keyset(_) => size.saturating_sub(1).max(1),
            Way::Start(_) => size,
        };
        let (catalog, tuning) = (&self.query.catalog, self.tuning());
        let place = |k| {
            let cursor = next.after(step.saturating_mul(k));
            let exists = cursor.start <= total && cursor.place().1 > 0;
            exists.then(|| self.way.ahead(cursor).place())
        };
        self.ahead.fill(place, |place| {
            let mut call = tuned(placed(call.clone(), place), tuning.as_deref());
            let (catalog, tuning) = (catalog.clone(), tuning.clone());
            move |stop: &AtomicBool| (catalog.session.shrinking_page(&mut call, &mut (), Some(stop)), tuning)
        });
    }
}

/// Returns the call with what earlier rows wanted.
fn tuned(mut call: Call, tuning: Option<&Tuning>) -> Call {
    if let Some(tuning) = tuning {
        call.set("fetch", tuning.fetch());
    }
    call
}

/// `true` if the server understood the query and refused it.
fn refuses_the_query(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Server | ErrorKind::UnknownName(_))
}
