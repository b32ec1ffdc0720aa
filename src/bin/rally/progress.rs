//! A progress bar, where somebody sees it and it is in nobody's way.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, stderr, stdout};
use std::time::Duration;

/// Rows that scroll by on the terminal are progress enough.
pub(crate) fn is_wanted() -> bool {
    stderr().is_terminal() && !stdout().is_terminal()
}

/// A sign of life, where nobody can tell how far it is.
pub(crate) fn spinner(what: String) -> ProgressBar {
    if !is_wanted() {
        return ProgressBar::hidden();
    }
    let spinner = ProgressBar::new_spinner().with_message(what);
    spinner.enable_steady_tick(Duration::from_millis(120));
    spinner
}

/// A bar over so many steps; hidden where none is wanted.
pub(crate) fn bar(steps: u64, what: &'static str) -> ProgressBar {
    if !is_wanted() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(steps).with_message(what);
    match ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}, {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
