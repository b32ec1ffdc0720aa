//! The counting allocator of this program.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicIsize, Ordering};

/// Off while time is measured.
static COUNTS: AtomicBool = AtomicBool::new(false);
static HELD: AtomicIsize = AtomicIsize::new(0);
static PEAK: AtomicIsize = AtomicIsize::new(0);

thread_local! {
    static MADE: Cell<usize> = const { Cell::new(0) };
    static OWN: Cell<isize> = const { Cell::new(0) };
}

pub(crate) fn count(bytes: isize) {
    if COUNTS.load(Ordering::Relaxed) {
        let _ = OWN.try_with(|own| own.set(own.get() + bytes));
        if bytes > 0 {
            let _ = MADE.try_with(|made| made.set(made.get() + 1));
        }
        let held = HELD.fetch_add(bytes, Ordering::Relaxed) + bytes;
        PEAK.fetch_max(held, Ordering::Relaxed);
    }
}

/// The most bytes that `work` held at one time, beyond those held before.
pub(crate) fn peak(work: impl FnOnce()) -> usize {
    HELD.store(0, Ordering::Relaxed);
    PEAK.store(0, Ordering::Relaxed);
    COUNTS.store(true, Ordering::Relaxed);
    work();
    COUNTS.store(false, Ordering::Relaxed);
    PEAK.load(Ordering::Relaxed).unsigned_abs()
}

/// The number of allocations of this thread, and the bytes that it holds with the result of `work`, beyond those held before.
pub(crate) fn made<T>(work: impl FnOnce() -> T) -> (usize, usize) {
    COUNTS.store(true, Ordering::Relaxed);
    let (made, own) = (MADE.get(), OWN.get());
    let kept = work();
    let found = (MADE.get() - made, (OWN.get() - own).unsigned_abs());
    COUNTS.store(false, Ordering::Relaxed);
    drop(kept);
    found
}
