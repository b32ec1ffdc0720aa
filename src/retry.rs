//! What may be sent again, and when.

use crate::error::{Error, ErrorKind};
use std::time::Duration;

/// How often and how patiently a read is repeated.
#[derive(Clone, Debug)]
pub(crate) struct RetryPolicy {
    /// How often a request is sent at most, the first time included.
    pub(crate) attempts: u32,
    pub(crate) first_delay: Duration,
    pub(crate) longest_delay: Duration,
    /// No repeat starts later than this after the first attempt began.
    pub(crate) total: Duration,
}

impl RetryPolicy {
    /// How long to wait before the next attempt, or `None` where the error is final.
    ///
    /// `chance` in 0..1 spreads the delay over its upper half, so that many clients do not come back at once.
    pub(crate) fn next_delay(
        &self,
        error: &Error,
        sent: u32,
        spent: Duration,
        chance: f64,
    ) -> Option<Duration> {
        if !error.is_retryable() || sent >= self.attempts {
            return None;
        }
        let asked = match error.kind() {
            ErrorKind::Throttled { retry_after, .. } => *retry_after,
            _ => None,
        };
        let doubled = self.first_delay.saturating_mul(1 << sent.saturating_sub(1).min(16));
        let spread = doubled.min(self.longest_delay).mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0);
        let delay = asked.unwrap_or(spread).max(spread);
        (spent.saturating_add(delay) <= self.total).then_some(delay)
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
    }

    #[test]
    fn a_final_error_is_not_repeated() {
        let refused = Error::new(ErrorKind::Authentication, "401");
        assert_eq!(policy().next_delay(&refused, 1, Duration::ZERO, 0.0), None);
    }
}
