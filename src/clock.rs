//! Time and randomness as dependencies, so that tests neither sleep nor depend on chance.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

pub(crate) trait Clock: Send + Sync {
    fn now(&self) -> Instant;
    fn sleep(&self, duration: Duration);
    /// Returns the time of day in seconds since 1970; dates in answers are compared with it.
    fn seconds(&self) -> u64;
    /// Returns a random number in 0..1, for the jitter of delays.
    fn chance(&self) -> f64;
}

/// The only caller of the system's clock.
#[derive(Debug)]
pub(crate) struct SystemClock;

#[expect(clippy::disallowed_methods, reason = "the one place that asks the system")]
impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }

    fn seconds(&self) -> u64 {
        // A system clock before 1970 counts as not set.
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }

    fn chance(&self) -> f64 {
        // Each `RandomState` has keys of its own: random enough to spread retries.
        f64::from(RandomState::new().hash_one(0u8) as u32) / (f64::from(u32::MAX) + 1.0)
    }
}

/// A clock that advances only when a test sleeps on it.
#[cfg(test)]
pub(crate) mod fake {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Debug)]
    pub(crate) struct FakeClock(Arc<Mutex<(Instant, Vec<Duration>)>>);

    impl Default for FakeClock {
        #[expect(clippy::disallowed_methods, reason = "an `Instant` to start from")]
        fn default() -> FakeClock {
            FakeClock(Arc::new(Mutex::new((Instant::now(), Vec::new()))))
        }
    }

    impl FakeClock {
        pub(crate) fn slept(&self) -> Vec<Duration> {
            self.0.lock().unwrap().1.clone()
        }

        /// Advances the clock without a sleep, as while a server works.
        pub(crate) fn pass(&self, duration: Duration) {
            self.0.lock().unwrap().0 += duration;
        }
    }

    impl Clock for FakeClock {
        fn now(&self) -> Instant {
            self.0.lock().unwrap().0
        }

        fn sleep(&self, duration: Duration) {
            let mut state = self.0.lock().unwrap();
            state.0 += duration;
            state.1.push(duration);
        }

        fn seconds(&self) -> u64 {
            784_111_777
        }

        fn chance(&self) -> f64 {
            1.0
        }
    }
}
