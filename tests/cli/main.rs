//! The program `rally` as users run it: the built binary, its output, its exit codes, and its requests.

mod acting;
mod again;
mod cassettes;
mod daily;
#[cfg(unix)]
mod editing;
mod flow;
#[cfg(feature = "mirror")]
mod mirror;
mod mistakes;
mod names;
mod output;
mod picture;
mod pipes;
mod probe;
mod profiles;
mod reading;
mod results;
mod run;
mod screen;
mod settings;
mod sheets;
mod shells;
#[cfg(unix)]
mod signals;
mod transcript;
mod usage;
mod writing;
