//! The history of work items, from Rally's Lookback API: every version an item ever had.

mod snapshot;

pub use self::snapshot::Snapshot;
