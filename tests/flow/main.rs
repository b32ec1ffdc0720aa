//! Compares the calculators with a second implementation on random histories; bad input; a long history.

mod bad_input;
mod large;
mod naive;
mod random;
mod same_results;
