//! Sends a request until there is a final answer: attempts, pauses, deadlines.

use super::throttle::{Held, Permit};
use super::{Asking, Session, page_size, retry};
use crate::error::{Error, ErrorKind, Result, counted};
use crate::http::Response;
use crate::stats::RequestKind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

impl Session {
    pub(super) fn repeat<T>(
        &self,
        asking: &mut Asking<'_>,
        mut parse: impl FnMut(Response) -> Result<T>,
    ) -> Result<T> {
        self.options.check()?;
        if let Some(refused) = self.options.refused() {
            return Err(refused.note(&asking.call));
        }
        loop {
            let permit = self.permit(asking).map_err(|error| self.last(asking, error))?;
            self.line.allowance.take().map_err(|error| self.last(asking, error))?;
            asking.sent = asking.sent.saturating_add(1);
            let error = match self.send(asking, permit).and_then(|r| self.timed(|| parse(r))) {
                Ok(value) => {
                    self.line.budget.give();
                    return Ok(value);
                }
                Err(error) => error,
            };
            if let Some(pause) = self.line.policy.pause(&error, asking.sent) {
                self.line.throttle.pause(self.now().checked_add(pause).unwrap_or(asking.started));
            }
            let Some(delay) = self.delay(asking, &error) else { return Err(self.last(asking, error)) };
            log::info!(target: asking.kind.target(), "attempt {} failed, next in {} ms", asking.sent, delay.as_millis());
            self.line.counts.retried();
            if !self.sleep(delay, asking.stop) {
                return Err(self.last(asking, error));
            }
        }
    }

    /// Sleeps; `false` if it ended early because the answer is not needed any more.
    fn sleep(&self, delay: Duration, stop: Option<&AtomicBool>) -> bool {
        const SLICE: Duration = Duration::from_millis(100);
        let Some(stop) = stop else {
            self.line.clock.sleep(delay);
            return true;
        };
        let start = self.now();
        while !stop.load(Ordering::Relaxed) {
            let rest = delay.saturating_sub(self.since(start));
            if rest.is_zero() {
                return true;
            }
            self.line.clock.sleep(rest.min(SLICE));
        }
        false
    }

    /// Measures our own work.
    pub(crate) fn timed<T>(&self, work: impl FnOnce() -> T) -> T {
        let before = self.now();
        let done = work();
        self.line.counts.worked(self.since(before));
        done
    }

    /// Returns the pause before the next attempt; `None` if there is none.
    fn delay(&self, asking: &mut Asking<'_>, error: &Error) -> Option<Duration> {
        let may_repeat = asking.is_read || retry::write_may_be_repeated(error);
        if !may_repeat || asking.receiver.is_some_and(|receiver| receiver.borrow().is_spent()) {
            return None;
        }
        // A smaller page counts as another request: the large one may have used up all the time.
        if asking.sent < self.line.policy.attempts && asking.shrink(error) {
            asking.started = self.now();
        }
        let deadline = self.deadline(asking.started);
        self.affordable_delay(asking.kind, error, asking.sent, asking.started).filter(|delay| {
            let next = self.now().checked_add(*delay);
            deadline.is_none_or(|deadline| next.is_some_and(|next| next < deadline))
        })
    }

    /// Returns the total timeout of a call.
    pub(super) fn timeout(&self) -> Duration {
        self.options.timeout.unwrap_or(self.config.timeout())
    }

    /// Returns the deadline of a call; `None` if the clock cannot represent it.
    pub(super) fn deadline(&self, started: Instant) -> Option<Instant> {
        started.checked_add(self.timeout())
    }

    /// Waits for a permit to send, until the call's deadline.
    fn permit(&self, asking: &Asking<'_>) -> Result<Permit<'_>> {
        let entered = self.line.throttle.enter(self.line.clock.as_ref(), self.deadline(asking.started));
        entered.map_err(|held| match held {
            Held::Paused(rest) => {
                let wait = rest.as_secs_f64();
                let text = format!(
                    "the server throttles this client, which sends nothing for {wait:.1} s more; the timeout ends before that"
                );
                let kind = ErrorKind::Throttled { retry_after: Some(rest) };
                Error::new(kind, text).remedy("try again then, or raise `timeout`").unsent()
            }
            Held::Full(most) => {
                let most = counted(most, "request");
                let text = format!(
                    "this client may have {most} under way at once, and none ended in time for one more"
                );
                Error::new(ErrorKind::Timeout, text).remedy("raise `max_in_flight` or `timeout`").unsent()
            }
        })
    }

    /// Returns the pause that the retry policy allows, after taking it from the budget.
    fn affordable_delay(
        &self,
        kind: RequestKind,
        error: &Error,
        sent: u32,
        started: Instant,
    ) -> Option<Duration> {
        let chance = self.line.clock.chance();
        let delay = self.line.policy.next_delay(error, sent, self.since(started), chance)?;
        if !self.line.budget.take() {
            log::warn!(target: kind.target(), "too many requests failed; none is repeated until some succeed");
            return None;
        }
        Some(delay)
    }

    /// Waits until items that the server rejected inside an answer may be sent again; `false` if they may not.
    pub(crate) fn wait_to_repeat(&self, error: &Error, sent: u32, started: Instant) -> bool {
        let may_repeat = retry::write_may_be_repeated(error);
        let delay = || self.affordable_delay(RequestKind::Write, error, sent, started);
        let Some(delay) = may_repeat.then(delay).flatten() else { return false };
        log::info!(target: RequestKind::Write.target(), "items were rejected, attempt {sent}; next in {} ms", delay.as_millis());
        self.line.counts.retried();
        self.line.clock.sleep(delay);
        true
    }

    /// Returns the error as the caller gets it.
    fn last(&self, asking: &Asking<'_>, error: Error) -> Error {
        let unknown = !asking.is_read && retry::fate_unknown(&error);
        let error = if unknown { error.fate_unknown() } else { error };
        error
            .asked(asking.call.asked_by(asking.method.name()))
            .after(asking.sent)
            .within_time(self.since(asking.begun))
            .cleaned(|text| self.scrub(text))
    }
}

impl Asking<'_> {
    /// Halves the page size after a gateway timeout: the server cuts off queries after five minutes, and the same
    /// page would time out again.
    fn shrink(&mut self, error: &Error) -> bool {
        let timed_out = matches!(error.kind(), ErrorKind::Unavailable { status: 502 | 504 | 520..=524 });
        let Some(size) = page_size(&self.call).filter(|size| self.may_shrink && timed_out && *size > 1)
        else {
            return false;
        };
        let half = size / 2;
        log::warn!(target: self.kind.target(), "a gateway timed out on {} from {}; asking for {half}", counted(size, "row"), self.call.path);
        self.call.to_mut().set("pagesize", half.to_string());
        true
    }
}
