//! A progress bar, shown on a terminal only. There is one at a time; it vanishes with its command.

#[cfg(feature = "mirror")]
use crate::text::one_line;
use indicatif::{ProgressBar, ProgressStyle};
use std::fs::File;
use std::io::{IsTerminal, stderr, stdout};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What is on the screen now.
static SHOWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// A bar that is cleared when it is dropped; nothing where none is wanted.
#[derive(Debug)]
pub(crate) struct Progress(Option<ProgressBar>);

/// Rows that scroll by on the terminal are progress enough. What reads a pipe may write to the terminal at any time, as
/// `head` does: a bar would stay in its lines.
pub(crate) fn is_wanted() -> bool {
    stderr().is_terminal() && leads_to_file()
}

fn leads_to_file() -> bool {
    #[cfg(unix)]
    let copy = std::os::fd::AsFd::as_fd(&stdout()).try_clone_to_owned();
    #[cfg(windows)]
    let copy = std::os::windows::io::AsHandle::as_handle(&stdout()).try_clone_to_owned();
    copy.is_ok_and(|copy| File::from(copy).metadata().is_ok_and(|file| file.is_file()))
}

/// A sign of life, where the end is not known.
pub(crate) fn spinner(what: String) -> Progress {
    // Nothing is printed meanwhile.
    let is_wanted = stderr().is_terminal() && (stdout().is_terminal() || leads_to_file());
    Progress::show(is_wanted, || {
        let spinner = ProgressBar::new_spinner().with_message(what);
        spinner.enable_steady_tick(Duration::from_millis(120));
        spinner
    })
}

/// A bar of this number of steps; hidden where none is wanted.
pub(crate) fn bar(steps: u64, what: &'static str) -> Progress {
    Progress::show(is_wanted(), || {
        let bar = ProgressBar::new(steps).with_message(what);
        match ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}, {eta} left") {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        }
    })
}

/// A bar over rows, whose number the first page gives.
#[cfg(feature = "mirror")]
pub(crate) fn rows(what: &str) -> Progress {
    let is_wanted = stderr().is_terminal() && (stdout().is_terminal() || leads_to_file());
    Progress::show(is_wanted, || {
        let bar = ProgressBar::new(0).with_message(one_line(what));
        match ProgressStyle::with_template(
            "{msg} {wide_bar} {human_pos}/{human_len} rows, {per_sec}, {eta} left",
        ) {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        }
    })
}

impl Progress {
    fn show(is_wanted: bool, make: impl FnOnce() -> ProgressBar) -> Progress {
        if !is_wanted {
            return Progress(None);
        }
        let bar = make();
        *shown() = Some(bar.clone());
        Progress(Some(bar))
    }

    #[cfg(feature = "mirror")]
    pub(crate) fn reach(&self, position: u64, end: u64) {
        if let Some(bar) = &self.0 {
            bar.set_length(end);
            bar.set_position(position);
        }
    }

    pub(crate) fn step(&self) {
        if let Some(bar) = &self.0 {
            bar.inc(1);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.0.is_some() {
            clear();
        }
    }
}

/// Clears what is on the screen: the program ends.
pub(crate) fn clear() {
    let bar = shown().take();
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
}

/// Does something on standard error without a bar in its way.
pub(crate) fn aside(write: impl FnOnce()) {
    let bar = shown().clone();
    match bar {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

fn shown() -> MutexGuard<'static, Option<ProgressBar>> {
    SHOWN.lock().unwrap_or_else(PoisonError::into_inner)
}
