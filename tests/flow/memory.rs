//! What a thread holds, counted by this program's own allocator: a server in other threads does not count.

use counting::Counting;
use std::cell::Cell;

#[path = "../support/counting.rs"]
mod counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    let held = HELD.try_with(|held| {
        held.set(held.get() + bytes);
        held.get()
    });
    if let Ok(held) = held {
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(held)));
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting(count);

/// What the work gives, and the most that this thread held at one time beyond what it held before.
pub(crate) fn peak<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = HELD.get();
    PEAK.set(before);
    let done = work();
    (done, (PEAK.get() - before).max(0) as usize)
}

/// What the work gives, and what this thread holds more after it.
pub(crate) fn held<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = HELD.get();
    let done = work();
    (done, (HELD.get() - before).max(0) as usize)
}
