//! The sandbox as any client sees it.

mod conformance;
mod control;
mod faults;
mod guide;
mod shell;
