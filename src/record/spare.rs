//! The memory of a row that was dropped, for the next row.
//!
//! A loop drops each row before it takes the next. Between the many small values of a row that is read as a whole, one
//! large piece of memory that comes and goes costs the allocator a tenth of the time of the row (`benches/ratios`,
//! whole objects, `as_map()`).

use std::cell::Cell;

/// Shorter texts are no burden, longer ones are not kept for nothing.
const SIZES: std::ops::Range<usize> = 1_024..65_536;

thread_local! {
    static SPARE: Cell<String> = const { Cell::new(String::new()) };
}

/// An empty text with room for so many bytes, and for a quarter more at most.
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
        // A thread that ends keeps nothing.
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
