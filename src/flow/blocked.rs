//! How long items were blocked.

use super::calendar::Calendar;
use super::history::Flow;
use super::percentiles::Percentiles;
use super::table::{Cell, Table};
use super::timeline::FlowItem;
use crate::error::{Error, Result};
use jiff::SignedDuration;
use serde::Serialize;
use std::fmt;

/// The time that items were blocked; made by [`Flow::blocked_time`]. Prints as a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct BlockedTime {
    /// The time of all items together.
    pub total: SignedDuration,
    /// How often items became blocked.
    pub spells: usize,
    /// The times of the items that were blocked.
    pub percentiles: Percentiles,
    /// The items that were ever blocked, by `ObjectID`.
    pub items: Vec<ItemBlockedTime>,
}

/// The time that an item was blocked. See [`Flow::blocked_time`] for an example.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ItemBlockedTime {
    /// The item.
    #[serde(flatten)]
    pub item: FlowItem,
    /// The time of all spells.
    pub time: SignedDuration,
    /// How often it became blocked.
    pub spells: usize,
    /// `true` if it is blocked at the end of the history.
    pub is_blocked: bool,
}

impl Flow {
    /// Returns how much of the calendar's time items were blocked, and how often.
    ///
    /// ```
    /// use rally_wsapi::flow::{Calendar, Flow, read_json_lines};
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let file = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/flow/sample.jsonl")).as_slice();
    /// let flow = Flow::of("ScheduleState").blocked("Blocked");
    /// let flow = flow.read(read_json_lines(file), "2026-03-09T09:00:00Z".parse()?)?;
    /// let blocked = flow.blocked_time(&Calendar::always("UTC")?)?;
    /// assert_eq!((blocked.total.as_hours(), blocked.spells, blocked.items[0].is_blocked), (24, 1, false));
    /// println!("{blocked}");
    /// assert_eq!(blocked.to_csv(), "item,hours,spells,blocked\r\nUS2,24,1,false\r\n");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Input` if the field was not named when the history was read.
    pub fn blocked_time(&self, calendar: &Calendar) -> Result<BlockedTime> {
        if !self.has_blocked {
            return Err(Error::input("the history does not say what was blocked")
                .remedy("name the field, as Blocked, when it is read"));
        }
        let mut items = Vec::new();
        for item in &self.items {
            let (mut time, mut spells, mut was_blocked) = (SignedDuration::ZERO, 0usize, false);
            for piece in &item.pieces {
                if piece.facts.is_blocked {
                    time = time.saturating_add(calendar.elapsed(piece.from, piece.to));
                    spells = spells.saturating_add(usize::from(!was_blocked));
                }
                was_blocked = piece.facts.is_blocked;
            }
            if spells > 0 {
                let is_now = item.pieces.last().is_some_and(|last| last.to == self.now);
                items.push(ItemBlockedTime {
                    item: item.named.clone(),
                    time,
                    spells,
                    is_blocked: was_blocked && is_now,
                });
            }
        }
        Ok(BlockedTime {
            total: items.iter().fold(SignedDuration::ZERO, |sum, item| sum.saturating_add(item.time)),
            spells: items.iter().map(|item| item.spells).sum(),
            percentiles: Percentiles::of(items.iter().map(|item| item.time).collect()),
            items,
        })
    }
}

impl BlockedTime {
    fn table(&self, head: [&str; 4]) -> Table {
        let rows = self.items.iter().map(|row| {
            let (item, blocked) = (Cell::text(&row.item), Cell::text(row.is_blocked));
            [item, Cell::Time(row.time), Cell::count(row.spells), blocked]
        });
        Table::new(head).rows(rows)
    }

    /// Returns the items as comma-separated values. See [`Flow::blocked_time`] for an example.
    pub fn to_csv(&self) -> String {
        self.table(["item", "hours", "spells", "blocked"]).csv()
    }
}

impl fmt::Display for BlockedTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.table(["Item", "Blocked", "Spells", "Now"]).fmt(f)
    }
}
