//! Random histories from a seed: re-entries, gaps, deletions, equal instants, duplicates, in any order.

use rally_wsapi::lookback::Snapshot;
use serde_json::{Value, json};

pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }

    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

pub(crate) const STATES: [&str; 4] = ["Defined", "In-Progress", "Completed", "Accepted"];

/// One version of an item.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) item: i64,
    pub(crate) number: u64,
    pub(crate) from: i64,
    pub(crate) to: Option<i64>,
    /// The index in `STATES` plus one; 0 for none.
    pub(crate) state: usize,
    pub(crate) points: Option<f64>,
    pub(crate) is_blocked: bool,
    pub(crate) is_deleted: bool,
}

impl Version {
    pub(crate) fn snapshot(&self) -> Snapshot {
        let at = |ms: i64| format!("{:.3}", jiff(ms));
        let mut json = json!({
            "ObjectID": self.item, "_SnapshotNumber": self.number, "_ValidFrom": at(self.from),
            "_ValidTo": self.to.map_or("9999-01-01T00:00:00.000Z".to_owned(), at),
            "PlanEstimate": self.points, "Blocked": self.is_blocked, "ScheduleState": Value::Null,
        });
        if self.state > 0 {
            json["ScheduleState"] = STATES[self.state - 1].into();
        }
        if self.is_deleted {
            json["_SnapshotType"] = "Delete".into();
        }
        Snapshot::from_json(json).unwrap()
    }
}

pub(crate) fn jiff(ms: i64) -> rally_wsapi::Timestamp {
    rally_wsapi::Timestamp::from_millisecond(ms).unwrap()
}

/// The versions of some items, and the same versions in an order in which a server may send them.
pub(crate) fn history(random: &mut Random, base: i64) -> (Vec<Version>, Vec<Snapshot>) {
    const DAY: u64 = 86_400_000;
    let mut versions = Vec::new();
    for item in 1..=1 + random.below(3) {
        let mut from = base + random.below(6 * DAY) as i64;
        let first = if random.one_in(6) { 3 } else { 0 };
        let count = 1 + random.below(7);
        for number in 0..count {
            let length = match random.below(6) {
                0 => 0,
                1 => random.below(7_200_000),
                _ => random.below(3 * DAY),
            } as i64;
            let is_last = number + 1 == count;
            let is_deleted = random.one_in(12);
            let to = from + length;
            versions.push(Version {
                item: item as i64,
                number: first + number,
                from,
                to: (!(is_last && random.one_in(2))).then_some(to),
                state: random.below(9).min(4) as usize % 5,
                points: (!random.one_in(4)).then(|| random.below(16) as f64 / 2.0),
                is_blocked: random.one_in(3),
                is_deleted,
            });
            from = if random.one_in(5) { to + random.below(2 * DAY) as i64 } else { to };
        }
    }
    let mut sent: Vec<Version> = versions.clone();
    for version in &versions {
        if random.one_in(8) {
            sent.push(version.clone());
        }
        // Read once while it was the current version.
        if random.one_in(8) {
            sent.push(Version { to: None, ..version.clone() });
        }
    }
    for index in (1..sent.len()).rev() {
        sent.swap(index, random.below(index as u64 + 1) as usize);
    }
    let snapshots = sent.iter().map(Version::snapshot).collect();
    (versions, snapshots)
}
