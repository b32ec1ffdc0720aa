//! `rally`: the library at the command line.
//!
//! Each command is one file: its flags, and the few calls of the library that do it. What they share is how rows
//! are printed, how objects are named and how failures end.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::print_stderr,
        clippy::print_stdout,
        clippy::string_slice,
        clippy::todo,
        clippy::unwrap_used
    )
)]

mod api;
mod args;
mod as_of;
mod attach;
mod bars;
mod check;
mod columns;
mod comment;
mod complete;
mod completions;
mod config;
mod counts;
mod create;
mod csv;
mod delete;
mod download;
mod edit;
mod editor;
mod entities;
mod failure;
mod fields;
mod files;
mod flow;
mod get;
mod help;
mod history;
mod input;
mod junit;
mod kept;
mod logger;
mod login;
mod man;
mod markdown;
mod members;
mod mine;
#[cfg(feature = "mirror")]
mod mirror;
mod open;
mod pager;
mod paint;
mod probe;
mod profiles;
mod progress;
mod projects;
mod prompt;
mod query;
mod rank;
mod records;
mod references;
mod remedy;
mod results;
mod rows;
mod rust;
mod sandbox;
mod schema;
mod settings;
mod sheet;
mod show;
mod signals;
mod sprint;
mod stdio;
mod table;
mod targets;
mod text;
mod tree;
mod update;
mod values;
mod verdicts;
mod when;
mod work;
mod written;

use crate::args::{Cli, Command};
use crate::failure::Failure;
use crate::pager::Pager;
use crate::signals::Ending;
use crate::stdio::Output;
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    complete::answer();
    let cli = match Cli::read() {
        Ok(cli) => cli,
        Err(error) => {
            let plain = error.render().to_string();
            if text::plain_lines(&plain) == plain {
                // Where the reader of a help text is gone, the rest is not missed.
                let _ = error.print();
            } else {
                stdio::ask(&plain);
            }
            return ExitCode::from(if error.use_stderr() { failure::USAGE } else { 0 });
        }
    };
    logger::install(cli.verbose);
    signals::watch(match &cli.command {
        Command::Sandbox(_) => Ending::Serving,
        command if writes(command) => Ending::Writing,
        _ => Ending::Reading,
    });
    match print(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.tell();
            ExitCode::from(failure.code())
        }
    }
}

/// Runs the command, its output through the user's pager where that is for reading.
fn print(cli: &Cli) -> Result<(), Failure> {
    let mut pager = if is_paged(&cli.command) { Pager::start()? } else { None };
    let mut out = Output::new(pager.as_mut());
    let done = run(cli, &mut out);
    let flushed = out.flush().map_err(Failure::Output);
    drop(out);
    // A pager that is not there breaks the pipe, too: that is the cause to tell.
    pager.map_or(Ok(()), Pager::end).and(done).and(flushed)
}

/// Whether people read through what a command prints.
fn is_paged(command: &Command) -> bool {
    use Command as C;
    matches!(
        command,
        C::Query(_)
            | C::Get(_)
            | C::History(_)
            | C::Mine(_)
            | C::Sprint(_)
            | C::Tree(_)
            | C::Flow(_)
            | C::Projects(_)
            | C::Schema(_)
            | C::Values(_)
            | C::Man(_)
            | C::Settings
    )
}

/// Whether a command may have changed something by the time it is interrupted.
fn writes(command: &Command) -> bool {
    match command {
        Command::Create(_) | Command::Update(_) | Command::Delete(_) | Command::Attach(_) => true,
        Command::Comment(_) | Command::Edit(_) | Command::Rank(_) | Command::Results(_) => true,
        Command::Add(_) | Command::Remove(_) => true,
        Command::Api(command) => command.writes(),
        Command::Probe(command) => command.writes(),
        _ => false,
    }
}

fn run(cli: &Cli, out: &mut dyn Write) -> Result<(), Failure> {
    if cli.settings.apikey.as_deref() == Some(input::PIPE) {
        input::holds_key();
    }
    let connect = || cli.settings.connect();
    match &cli.command {
        Command::Query(command) => command.run(&*connect()?, out),
        Command::Get(command) => command.run(&*connect()?, out),
        Command::Create(command) => command.run(&connect()?, out),
        Command::Update(command) => command.run(&connect()?, out),
        Command::Delete(command) => command.run(&connect, out),
        Command::Mine(command) => command.run(&*connect()?, cli.settings.names_project(), out),
        Command::Sprint(command) => command.run(&*connect()?, out),
        Command::Tree(command) => command.run(&*connect()?, out),
        Command::Flow(command) => command.run(&connect, cli.settings.names_project(), out),
        Command::Open(command) => {
            let connection = connect()?;
            command.run(&connection, &connection.server, out)
        }
        Command::Comment(command) => command.run(&*connect()?, out),
        Command::Edit(command) => command.run(&*connect()?, out),
        Command::Add(command) => command.run(&*connect()?, out),
        Command::Remove(command) => command.remove(&*connect()?, out),
        Command::Rank(command) => command.run(&*connect()?, out),
        Command::Attach(command) => command.run(&*connect()?, out),
        Command::Download(command) => command.run(&*connect()?, out),
        Command::History(command) => command.run(&*connect()?, out),
        Command::Results(command) => command.run(&*connect()?, out),
        Command::Schema(command) => command.run(&*connect()?, out),
        Command::Values(command) => command.run(&*connect()?, out),
        Command::Projects(command) => command.run(&*connect()?, out),
        Command::Api(command) => command.run(&connect, out),
        Command::Probe(command) => command.run(&*connect()?, out),
        Command::Check(command) => command.run(&*connect()?, out),
        Command::Config(command) => command.run(&cli.settings, out),
        Command::Login(command) => command.run(&cli.settings, out),
        Command::Logout => login::logout(&cli.settings, out),
        Command::Settings => Ok(writeln!(out, "{}", help::SETTINGS)?),
        Command::Completions(command) => command.run(out),
        Command::Man(command) => command.run(out),
        Command::Sandbox(command) => command.run(out),
        #[cfg(feature = "mirror")]
        Command::Mirror(command) => command.run(&*connect()?, out),
        #[cfg(feature = "mirror")]
        Command::Sql(command) => command.run(out),
        #[cfg(feature = "mirror")]
        Command::Export(command) => command.run(out),
    }
}
