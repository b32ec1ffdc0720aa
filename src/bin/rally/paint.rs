//! Colours, where they are wanted: `--color`, `NO_COLOR`, `CLICOLOR_FORCE`, and whether there is a terminal.

use anstream::{AutoStream, ColorChoice};
use clap::builder::styling::{AnsiColor, Style};
use std::io::{stderr, stdout};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    Always,
    Never,
}

impl Color {
    /// Holds for all that the program prints from now on.
    pub(crate) fn set(self) {
        let choice = match self {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        choice.write_global();
    }
}

/// Whether standard output gets colours.
pub(crate) fn on_stdout() -> bool {
    AutoStream::choice(&stdout()) != ColorChoice::Never
}

/// Whether standard error gets colours.
pub(crate) fn on_stderr() -> bool {
    AutoStream::choice(&stderr()) != ColorChoice::Never
}

pub(crate) fn bold(text: &str) -> String {
    painted(text, Style::new().bold())
}

pub(crate) fn red(text: &str) -> String {
    painted(text, AnsiColor::Red.on_default())
}

fn painted(text: &str, style: Style) -> String {
    format!("{style}{text}{style:#}")
}

/// A cell in the colour of the state it names; other texts stay plain. `column` is a name or a path.
pub(crate) fn state(column: &str, text: &str) -> String {
    let name = column.rsplit('.').next().unwrap_or(column);
    let is_state = ["State", "Status", "Verdict"].into_iter().any(|end| name.ends_with(end));
    let colour = match text.trim() {
        _ if !is_state => None,
        "Accepted"
        | "Closed"
        | "Completed"
        | "Done"
        | "Fixed"
        | "Pass"
        | "Released"
        | "Released-to-Production"
        | "SUCCESS" => Some(AnsiColor::Green),
        "In-Progress" | "In Progress" | "Open" | "Committed" | "Active" | "Developing" => {
            Some(AnsiColor::Yellow)
        }
        "Fail" | "Error" | "Blocked" | "FAILURE" | "Reopened" => Some(AnsiColor::Red),
        _ => None,
    };
    colour.map_or_else(|| text.to_owned(), |colour| painted(text, colour.on_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_have_colours_and_names_have_none() {
        assert_eq!(state("Owner.State", "Open "), "\u{1b}[33mOpen \u{1b}[0m");
        assert_eq!(state("ScheduleState", "Accepted"), "\u{1b}[32mAccepted\u{1b}[0m");
        assert_eq!((state("Name", "Open").as_str(), state("State", "Idea").as_str()), ("Open", "Idea"));
        assert_eq!(bold("x"), "\u{1b}[1mx\u{1b}[0m");
    }
}
