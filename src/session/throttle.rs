//! Limits the concurrent requests of a client, and pauses all of them.

use crate::clock::Clock;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A wait with a deadline checks the clock this often.
const SLICE: Duration = Duration::from_millis(100);

/// One for all clones and scoped handles of a client, and for the pages they prefetch.
#[derive(Debug)]
pub(crate) struct Throttle {
    most: usize,
    /// From the start of a request to that of the next, at least.
    gap: Option<Duration>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    in_flight: usize,
    paused_until: Option<Instant>,
    /// Before this no request starts, by the gap.
    next: Option<Instant>,
}

/// The permission to send one request. Dropping it returns it.
#[derive(Debug)]
pub(crate) struct Permit<'g>(&'g Throttle);

/// Why a request cannot be sent in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// The client pauses for this long.
    Paused(Duration),
    /// This many requests are in flight, and none of them has finished.
    Full(usize),
}

impl Throttle {
    pub(crate) fn new(most: usize, a_second: Option<u32>) -> Throttle {
        let gap = a_second.and_then(|rate| Duration::from_secs(1).checked_div(rate));
        Throttle { most: most.max(1), gap, state: Mutex::default(), changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a pause is over and a permit is free, up to the deadline. Fails at once if the pause ends
    /// after the deadline.
    pub(crate) fn enter(&self, clock: &dyn Clock, deadline: Option<Instant>) -> Result<Permit<'_>, Held> {
        let mut state = self.state();
        loop {
            let now = clock.now();
            let left = deadline.map(|deadline| deadline.saturating_duration_since(now));
            let rest = state.paused_until.max(state.next).map(|until| until.saturating_duration_since(now));
            if let Some(rest) = rest.filter(|rest| !rest.is_zero()) {
                if left.is_some_and(|left| rest >= left) {
                    return Err(Held::Paused(rest));
                }
                // Sleep without a permit and without the lock, so that other requests can finish.
                drop(state);
                clock.sleep(rest);
                state = self.state();
            } else if state.in_flight >= self.most {
                state = match left {
                    None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                    Some(left) if left.is_zero() => return Err(Held::Full(self.most)),
                    Some(left) => {
                        let waited = self.changed.wait_timeout(state, left.min(SLICE));
                        waited.unwrap_or_else(PoisonError::into_inner).0
                    }
                };
            } else {
                state.in_flight = state.in_flight.saturating_add(1);
                state.next = self.gap.and_then(|gap| now.checked_add(gap));
                return Ok(Permit(self));
            }
        }
    }

    /// Blocks sending until `until`. A shorter pause does not end a longer one.
    pub(crate) fn pause(&self, until: Instant) {
        let mut state = self.state();
        state.paused_until = state.paused_until.max(Some(until));
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.in_flight = state.in_flight.saturating_sub(1);
        drop(state);
        // Wake all waiters: a single one may go on waiting for a pause, and the permit would stay unused.
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::fake::FakeClock;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn no_more_than_allowed_are_under_way() {
        let (throttle, clock) = (Throttle::new(3, None), FakeClock::default());
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let _permit = throttle.enter(&clock, None);
                        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        std::thread::yield_now();
                        now.fetch_sub(1, Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!(throttle.state().in_flight, 0);
        assert!(most.load(Ordering::SeqCst) <= 3);
    }

    #[test]
    fn a_pause_holds_everybody_back() {
        let (throttle, clock) = (Throttle::new(2, None), FakeClock::default());
        throttle.pause(clock.now() + Duration::from_secs(7));
        throttle.pause(clock.now() + Duration::from_secs(3));
        let one = throttle.enter(&clock, None).unwrap();
        assert_eq!(clock.slept(), [Duration::from_secs(7)]);
        let two = throttle.enter(&clock, None).unwrap();
        assert_eq!(clock.slept().len(), 1);
        drop((one, two));
    }

    #[test]
    fn a_permit_comes_back_when_its_holder_panics() {
        let (throttle, clock) = (Throttle::new(1, None), FakeClock::default());
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _permit = throttle.enter(&clock, None);
            panic!("on purpose");
        }));
        assert!(panicked.is_err());
        drop(throttle.enter(&clock, None));
    }

    #[test]
    fn nobody_waits_beyond_the_deadline() {
        let (throttle, clock) = (Throttle::new(1, None), FakeClock::default());
        let after = |seconds| Some(clock.now() + Duration::from_secs(seconds));
        throttle.pause(clock.now() + Duration::from_secs(25));
        let held = throttle.enter(&clock, after(2)).unwrap_err();
        assert_eq!((held, clock.slept().len()), (Held::Paused(Duration::from_secs(25)), 0));
        let place = throttle.enter(&clock, after(26)).unwrap();
        assert_eq!(clock.slept(), [Duration::from_secs(25)]);

        let deadline = after(2);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| throttle.enter(&clock, deadline).map(drop));
            std::thread::yield_now();
            clock.pass(Duration::from_secs(3));
            assert_eq!(waiting.join().unwrap(), Err(Held::Full(1)));
        });
        drop(place);
        assert!(throttle.enter(&clock, after(0)).is_ok());
    }

    #[test]
    fn requests_start_a_gap_apart() {
        let (throttle, clock) = (Throttle::new(8, Some(4)), FakeClock::default());
        for _ in 0..5 {
            drop(throttle.enter(&clock, None));
        }
        assert_eq!(clock.slept(), [Duration::from_millis(250); 4]);
        clock.sleep(Duration::from_secs(1));
        drop(throttle.enter(&clock, None));
        assert_eq!(clock.slept().len(), 5, "a request after a pause does not wait");
        let soon = clock.now().checked_add(Duration::from_millis(100));
        assert!(matches!(throttle.enter(&clock, soon), Err(Held::Paused(_))));
    }
}
