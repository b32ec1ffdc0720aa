//! Time and chance, as a dependency: tests never sleep and never roll dice.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

pub(crate) trait Clock: Send + Sync {
    fn now(&self) -> Instant;
    fn sleep(&self, duration: Duration);
    /// A number in 0..1, for the jitter of delays.
    fn chance(&self) -> f64;
}

/// The only caller of the system's clock.
#[derive(Debug)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }

    fn chance(&self) -> f64 {
        // Every RandomState has keys of its own: enough chance to spread retries apart.
        f64::from(RandomState::new().hash_one(0u8) as u32) / (f64::from(u32::MAX) + 1.0)
    }
}
