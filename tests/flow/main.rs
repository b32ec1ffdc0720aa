//! Compares the calculators with a second implementation on random histories; bad input; a long history.

mod bad_input;
mod calendars;
mod large;
mod many_items;
mod memory;
mod naive;
mod random;
mod same_results;
