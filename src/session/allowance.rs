//! The limit on the requests of a client.

use crate::error::{Error, ErrorKind, Result, counted};
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts every request, retries, tokens and look-ups included, up to the allowed maximum.
#[derive(Debug)]
pub(super) struct Allowance {
    most: Option<u64>,
    taken: AtomicU64,
}

impl Allowance {
    pub(super) fn new(most: Option<u64>) -> Allowance {
        Allowance { most, taken: AtomicU64::new(0) }
    }

    /// Counts one request; an error if none is left.
    pub(super) fn take(&self) -> Result<()> {
        let Some(most) = self.most else { return Ok(()) };
        let one_more = |taken: u64| (taken < most).then(|| taken.saturating_add(1));
        let taken = self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
        taken.map(drop).map_err(|_| {
            let sent = counted(most, "request");
            let message = format!("not sent: this client has sent {sent}, all that `max_requests` allows");
            Error::new(ErrorKind::Limit, message)
                .remedy("ask for less, as `Query::explain` shows it, or raise `max_requests`")
                .unsent()
        })
    }

    /// A counted request is not sent after all.
    pub(super) fn give_back(&self) {
        let one_less = |taken: u64| taken.checked_sub(1);
        // Without a limit nothing is counted.
        let _ = self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_together_get_as_many_as_allowed() {
        let (allowance, given) = (Allowance::new(Some(100)), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        given.fetch_add(u64::from(allowance.take().is_ok()), Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(given.into_inner(), 100);
        allowance.give_back();
        assert!(allowance.take().is_ok() && allowance.take().is_err());
        assert!(Allowance::new(None).take().is_ok());
    }
}
