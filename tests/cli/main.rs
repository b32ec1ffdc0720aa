//! The program `rally` as its user meets it: the built binary, its output, its exit codes, and what it sends.

mod acting;
mod daily;
#[cfg(unix)]
mod editing;
mod output;
mod picture;
mod profiles;
mod reading;
mod run;
mod screen;
mod settings;
mod shells;
#[cfg(unix)]
mod signals;
mod transcript;
mod usage;
mod writing;
