//! SIGINT, SIGTERM and a terminal that closes: the program says so, leaves no half file behind, and ends.

use crate::stdio::say;
use crate::{progress, prompt};
use std::sync::atomic::{AtomicBool, Ordering};

/// How a signal ends a command.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ending {
    /// What it reads is given up.
    Reading,
    /// What it sent may have been done.
    Writing,
    /// It is how the command ends.
    Serving,
}

/// Whether ctrl-c is meant for a program that this one has started.
static LEFT: AtomicBool = AtomicBool::new(false);

/// Runs what has the terminal to itself, as an editor: ctrl-c is for it alone.
pub(crate) fn left_to<T>(other: impl FnOnce() -> T) -> T {
    LEFT.store(true, Ordering::Relaxed);
    let done = other();
    LEFT.store(false, Ordering::Relaxed);
    done
}

/// Waits for the first signal in a thread of its own. Where that cannot be, signals do what they do to every program.
#[cfg(unix)]
pub(crate) fn watch(ending: Ending) {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

    // A script's shell has SIGINT ignored in what it starts with `&`; `nohup` means what it says.
    let hang_up = (!ignores_hang_up()).then_some(SIGHUP);
    let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGINT, SIGTERM].into_iter().chain(hang_up))
    else {
        return;
    };
    std::thread::spawn(move || {
        let mut signals = signals.forever();
        let meant = signals.find(|signal| *signal != SIGINT || !LEFT.load(Ordering::Relaxed));
        let (code, name) = match meant {
            Some(SIGINT) => (130, "SIGINT"),
            Some(SIGHUP) => (129, "SIGHUP"),
            _ => (143, "SIGTERM"),
        };
        end(ending, code, name);
    });
}

/// As Linux says it; where it cannot be read, the signal is left alone.
#[cfg(unix)]
fn ignores_hang_up() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    // The first bit is that of signal 1.
    let last = ignored.and_then(|mask| mask.trim().chars().last()?.to_digit(16));
    last.is_none_or(|digit| digit % 2 == 1)
}

#[cfg(windows)]
pub(crate) fn watch(ending: Ending) {
    let _ = ctrlc::set_handler(move || {
        if !LEFT.load(Ordering::Relaxed) {
            end(ending, 130, "ctrl-c");
        }
    });
}

fn end(ending: Ending, code: i32, name: &str) {
    progress::clear();
    prompt::restore();
    rally_wsapi::remove_unfinished_files();
    match ending {
        Ending::Writing if !LEFT.load(Ordering::Relaxed) => {
            say(&format!("interrupted by {name}; what was sent may be done: look before you send it again"));
        }
        // While an editor is open, nothing has been sent yet.
        Ending::Reading | Ending::Writing => say(&format!("interrupted by {name}")),
        Ending::Serving => say(&format!("the sandbox has ended ({name})")),
    }
    std::process::exit(if matches!(ending, Ending::Serving) { 0 } else { code });
}
