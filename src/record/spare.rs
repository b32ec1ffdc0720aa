//! Reuses the memory of a dropped row for the next one.
//!
//! A loop drops each row before it takes the next one. Allocating and freeing one large block among the many small
//! values of a fully parsed row would cost a tenth of the row's time (`benches/ratios`, whole objects, `as_map()`).

use std::cell::Cell;

/// Shorter texts are cheap to allocate, longer ones too large to keep unused.
const SIZES: std::ops::Range<usize> = 1_024..65_536;

thread_local! {
    static SPARE: Cell<String> = const { Cell::new(String::new()) };
}

/// Returns an empty text with capacity for this many bytes, and for at most a quarter more.
pub(super) fn take(bytes: usize) -> String {
    let most = bytes.saturating_add(bytes / 4);
    let spare = SIZES.contains(&bytes).then(|| SPARE.try_with(Cell::take).ok()).flatten();
    match spare.filter(|spare| (bytes..=most).contains(&spare.capacity())) {
        Some(spare) => spare,
        None => String::with_capacity(bytes),
    }
}

/// Keeps the memory of a text that is not needed any more.
pub(super) fn give(mut text: String) {
    if SIZES.contains(&text.capacity()) {
        text.clear();
        // Fails only while the thread ends; the memory is freed then.
        let _ = SPARE.try_with(|spare| spare.set(text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_used_again_where_it_fits() {
        let text = |bytes: usize| "x".repeat(bytes);
        give(text(2_000));
        let again = take(1_900);
        assert_eq!((again.len(), again.capacity()), (0, 2_000));
        assert_eq!(take(1_900).capacity(), 1_900, "it is given once");
        for (kept, wanted) in [(2_000, 2_001), (2_000, 1_500), (100, 100), (70_000, 70_000)] {
            give(text(kept));
            assert_eq!(take(wanted).capacity(), wanted, "{kept} for {wanted}");
        }
    }
}
