//! The time of a cassette: the time of day stands still where it was recorded, and a replay waits for nothing.

use crate::clock::{Clock, SystemClock};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

pub(super) struct TapeClock {
    pub(super) seconds: u64,
    /// How long a replay would have waited; `None` while recording, which waits.
    pub(super) skipped: Option<Mutex<Duration>>,
}

impl Clock for TapeClock {
    fn now(&self) -> Instant {
        let now = SystemClock.now();
        let Some(skipped) = &self.skipped else { return now };
        now.checked_add(*skipped.lock().unwrap_or_else(PoisonError::into_inner)).unwrap_or(now)
    }

    fn sleep(&self, duration: Duration) {
        match &self.skipped {
            None => SystemClock.sleep(duration),
            Some(skipped) => {
                let mut skipped = skipped.lock().unwrap_or_else(PoisonError::into_inner);
                *skipped = skipped.saturating_add(duration);
            }
        }
    }

    fn seconds(&self) -> u64 {
        self.seconds
    }

    fn chance(&self) -> f64 {
        SystemClock.chance()
    }
}
