//! Percentiles by the nearest rank.

use super::table::Cell;
use jiff::SignedDuration;
use serde::Serialize;

/// How long half, 85 and 95 of a hundred took at most; none if there are no values.
///
/// By the nearest rank: the smallest value that at least that percentage of the values does not exceed. So each is a value
/// that occurred. See [`Flow::cycle_time`](super::Flow::cycle_time) for an example.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Percentiles {
    /// The median.
    pub p50: Option<SignedDuration>,
    /// At most 15 of a hundred took longer.
    pub p85: Option<SignedDuration>,
    /// At most 5 of a hundred took longer.
    pub p95: Option<SignedDuration>,
}

impl Percentiles {
    pub(super) fn of(mut values: Vec<SignedDuration>) -> Percentiles {
        values.sort_unstable();
        let rank = |percent: usize| {
            let rank = values.len().saturating_mul(percent).div_ceil(100);
            rank.checked_sub(1).and_then(|index| values.get(index)).copied()
        };
        Percentiles { p50: rank(50), p85: rank(85), p95: rank(95) }
    }

    pub(super) fn cells(&self) -> [Cell; 3] {
        self.all().map(|(_, time)| Cell::time(time))
    }

    pub(super) fn all(&self) -> [(u8, Option<SignedDuration>); 3] {
        [(50, self.p50), (85, self.p85), (95, self.p95)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_of_the_nearest_rank() {
        let of = |values: &[i64]| {
            let values = values.iter().map(|ms| SignedDuration::from_millis(*ms)).collect();
            Percentiles::of(values).all().map(|(_, value)| value.map(|v| v.as_millis()))
        };
        assert_eq!(of(&[]), [None, None, None]);
        assert_eq!(of(&[7]), [Some(7); 3]);
        assert_eq!(of(&[15, 20, 35, 40, 50]), [Some(35), Some(50), Some(50)]);
        assert_eq!(of(&(1..=100).rev().collect::<Vec<_>>()), [Some(50), Some(85), Some(95)]);
        assert_eq!(of(&[2, 1]), [Some(1), Some(2), Some(2)]);
    }
}
