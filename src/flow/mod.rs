//! Flow metrics from the history of items: time in state, lead and cycle time, cumulative flow, burndown, throughput,
//! changes of scope, aging and blocked time. Snapshots in, plain structs out; no request is sent.
//!
//! A [`Flow`] is read once from snapshots of the Lookback API, or from a file of them. Its calculators measure time by a
//! [`Calendar`]. Each result is a struct for programs, prints as a table, and has `to_csv`: durations are ISO 8601 in JSON
//! and hours in comma-separated values. Texts of the server are written to the latter as they are.
//!
//! ```
//! use rally_wsapi::flow::{Calendar, Flow, Period, read_json_lines};
//!
//! # fn main() -> rally_wsapi::Result<()> {
//! # let file = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/flow/sample.jsonl")).as_slice();
//! let flow = Flow::of("ScheduleState").read(read_json_lines(file), "2026-03-09T09:00:00Z".parse()?)?;
//! let office = Calendar::builder("Europe/Berlin").hours("09:00-17:00").holidays(["2026-04-03"]).build()?;
//! println!("{}", flow.time_in_state(&office));
//! println!("{}", flow.cycle_time("In-Progress".."Accepted", &office)?);
//! println!("{}", flow.throughput("Accepted", .., Period::Week, &office)?);
//! print!("{}", flow.cumulative("2026-03-02"..="2026-03-08", Period::Day, &office)?.to_csv());
//! # Ok(())
//! # }
//! ```

mod aging;
mod blocked;
mod builder;
mod burn;
mod calendar;
mod calendar_builder;
mod cumulative;
mod cycle_time;
mod fields;
mod history;
mod hours;
mod lines;
mod percentiles;
mod period;
mod scope_change;
mod span;
mod states;
mod table;
mod throughput;
mod time_in_state;
mod timeline;

pub use self::aging::{Aging, ItemAge, StateAge};
pub use self::blocked::{BlockedTime, ItemBlockedTime};
pub use self::builder::{FlowBuilder, IntoSnapshot};
pub use self::burn::{Burn, BurnPart, BurnRow};
pub use self::calendar::Calendar;
pub use self::calendar_builder::{CalendarBuilder, IntoZone};
pub use self::cumulative::{Cumulative, CumulativeRow};
pub use self::cycle_time::{CycleTime, ItemCycleTime};
pub use self::history::{Flow, IntoTimebox};
pub use self::lines::{JsonLines, read_json_lines};
pub use self::percentiles::Percentiles;
pub use self::period::Period;
pub use self::scope_change::{ScopeChange, ScopeItem, ScopePart};
pub use self::span::{Instant, IntoSpan};
pub use self::throughput::{Throughput, ThroughputRow};
pub use self::time_in_state::{ItemStateTime, StateTime, TimeInState};
pub use self::timeline::FlowItem;
