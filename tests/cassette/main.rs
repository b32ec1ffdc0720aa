//! Exchanges recorded on the sandbox and replayed without it: the same rows, the same outcomes, no names in the file.

mod bad_input;
mod kinds;
mod privacy;
mod settings;
mod support;
mod time;
