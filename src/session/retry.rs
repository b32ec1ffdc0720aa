//! Decides what may be sent again, and when.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

use crate::config::{Config, RetryMode};
use crate::error::{Error, ErrorKind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// The retry policy.
#[derive(Clone, Debug)]
pub(crate) struct RetryPolicy {
    /// The most attempts, the first one included.
    pub(crate) attempts: u32,
    pub(crate) first_delay: Duration,
    pub(crate) longest_delay: Duration,
    /// No retry starts later than this after the first attempt began.
    pub(crate) total: Duration,
}

impl RetryPolicy {
    pub(crate) fn of(config: &Config) -> RetryPolicy {
        RetryPolicy {
            attempts: if config.retries() == RetryMode::Off { 1 } else { config.attempts() },
            first_delay: config.retry_delay(),
            longest_delay: config.longest_retry_delay(),
            total: config.retry_total(),
        }
    }

    /// Returns the pause before the next attempt, or `None` if the error is final.
    ///
    /// `chance` in 0..1 spreads the pause over its upper half, so that many clients do not return at the same time.
    pub(crate) fn next_delay(
        &self,
        error: &Error,
        sent: u32,
        spent: Duration,
        chance: f64,
    ) -> Option<Duration> {
        let again = error.is_retryable() && sent < self.attempts;
        let delay = again.then(|| self.delay(error, sent, chance));
        delay.filter(|delay| spent.saturating_add(*delay) <= self.total)
    }

    /// Returns the pause that the server asks for, or one that doubles with each attempt.
    fn delay(&self, error: &Error, sent: u32, chance: f64) -> Duration {
        let doubled = self.first_delay.saturating_mul(1 << sent.saturating_sub(1).min(16));
        let spread = doubled.min(self.longest_delay).mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0);
        match error.kind() {
            ErrorKind::Throttled { retry_after: Some(wait), .. } => spread.max(*wait),
            _ => spread,
        }
    }

    /// Returns how long all requests of the client must pause because the server is throttling. A wait that is
    /// longer than any request would accept does not pause the client: the server tells each request itself.
    pub(crate) fn pause(&self, error: &Error, sent: u32) -> Option<Duration> {
        let throttled = matches!(error.kind(), ErrorKind::Throttled { .. });
        throttled.then(|| self.delay(error, sent, 0.0)).filter(|pause| *pause <= self.total)
    }
}

/// `true` if the server cannot have done the failed write, so that it may be sent again: nothing was sent, or the
/// server rejected it or rolled it back.
pub(crate) fn write_may_be_repeated(error: &Error) -> bool {
    let turned_away = matches!(error.kind(), ErrorKind::Throttled { .. } | ErrorKind::Conflict { .. });
    error.is_retryable() && (error.is_unsent() || turned_away)
}

/// `true` if a write that failed like this may have been done: the server sent no verdict.
pub(crate) fn fate_unknown(error: &Error) -> bool {
    match error.kind() {
        _ if error.is_unsent() => false,
        ErrorKind::Config(_)
        | ErrorKind::Input
        | ErrorKind::Authentication
        | ErrorKind::Permission
        | ErrorKind::NotFound
        | ErrorKind::Server
        | ErrorKind::Conflict { .. }
        | ErrorKind::Throttled { .. }
        | ErrorKind::UnknownName(_) => false,
        ErrorKind::NotWsapi { status, .. } => !(300..=499).contains(status),
        _ => true,
    }
}

/// Keeps retries a small part of all requests, so that an outage is not made worse: each retry costs tokens, each
/// success returns some.
#[derive(Debug)]
pub(crate) struct RetryBudget {
    left: AtomicU32,
}

impl RetryBudget {
    const FULL: u32 = 250;
    const COST: u32 = 5;

    /// Enough for fifty retries in a row.
    pub(crate) fn new() -> RetryBudget {
        RetryBudget { left: AtomicU32::new(RetryBudget::FULL) }
    }

    /// Pays for one retry, if enough is left.
    pub(crate) fn take(&self) -> bool {
        let pay = |left: u32| left.checked_sub(RetryBudget::COST);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, pay).is_ok()
    }

    /// Records a success.
    pub(crate) fn give(&self) {
        let gain = |left: u32| (left < RetryBudget::FULL).then_some(left.saturating_add(1));
        // Fails only if the budget is full.
        let _ = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, gain);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> RetryPolicy {
        RetryPolicy {
            attempts: 3,
            first_delay: Duration::from_millis(500),
            longest_delay: Duration::from_secs(30),
            total: Duration::from_secs(60),
        }
    }

    fn throttled(seconds: u64) -> Error {
        Error::new(ErrorKind::Throttled { retry_after: Some(Duration::from_secs(seconds)) }, "slow down")
    }

    #[test]
    fn delays_double_and_are_spread() {
        let cut = Error::new(ErrorKind::Connection, "cut");
        let zero = Duration::ZERO;
        assert_eq!(policy().next_delay(&cut, 1, zero, 0.0), Some(Duration::from_millis(250)));
        assert_eq!(policy().next_delay(&cut, 1, zero, 1.0), Some(Duration::from_millis(500)));
        assert_eq!(policy().next_delay(&cut, 2, zero, 1.0), Some(Duration::from_secs(1)));
        assert_eq!(policy().next_delay(&cut, 3, zero, 1.0), None);
    }

    #[test]
    fn what_the_server_asks_is_honoured_within_the_budget() {
        assert_eq!(policy().next_delay(&throttled(7), 1, Duration::ZERO, 0.0), Some(Duration::from_secs(7)));
        assert_eq!(policy().next_delay(&throttled(61), 1, Duration::ZERO, 0.0), None);
        assert_eq!(policy().next_delay(&throttled(7), 1, Duration::from_secs(55), 0.0), None);
        assert_eq!(policy().pause(&throttled(7), 3), Some(Duration::from_secs(7)));
        assert_eq!(policy().pause(&throttled(61), 1), None);
    }

    #[test]
    fn a_final_error_is_not_repeated() {
        let refused = Error::new(ErrorKind::Authentication, "401");
        assert_eq!(policy().next_delay(&refused, 1, Duration::ZERO, 0.0), None);
    }

    #[test]
    fn a_write_is_repeated_only_where_it_cannot_have_been_done() {
        let error = |kind| Error::new(kind, "");
        let cases = [
            (error(ErrorKind::Connection), false, true),
            (error(ErrorKind::Connection).unsent(), true, false),
            (error(ErrorKind::Timeout), false, true),
            (error(ErrorKind::Tls).unsent(), false, false),
            (throttled(1), true, false),
            (error(ErrorKind::Conflict { held: None, current: None }), true, false),
            (error(ErrorKind::Unavailable { status: 503 }), false, true),
            (error(ErrorKind::NotWsapi { status: 200, cut: true }), false, true),
            (error(ErrorKind::NotWsapi { status: 302, cut: false }), false, false),
            (error(ErrorKind::Limit), false, true),
            (error(ErrorKind::Server), false, false),
        ];
        for (error, again, unknown) in cases {
            assert_eq!(write_may_be_repeated(&error), again, "{error:#?}");
            assert_eq!(fate_unknown(&error), unknown, "{error:#?}");
        }
    }

    #[test]
    fn repeats_are_paid_for_by_successes() {
        let budget = RetryBudget::new();
        assert_eq!((0..100).filter(|_| budget.take()).count(), 50);
        (0..5).for_each(|_| budget.give());
        assert!(budget.take() && !budget.take());
        (0..1_000).for_each(|_| budget.give());
        assert_eq!((0..100).filter(|_| budget.take()).count(), 50);
    }
}
