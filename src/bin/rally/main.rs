//! `rally`: the library from the command line.
//!
//! Settings are taken out of the arguments by the library, the rest is read by clap; each command is a short
//! function over the public API. Standard output carries results alone, standard error all that is said about them.
#![forbid(unsafe_code)]

mod args;
mod connect;
mod delete;
mod failure;
mod fields;
mod files;
mod get;
mod look;
mod objects;
mod output;
mod query;
mod serve;
mod targets;
mod words;
mod write;

use args::{Cli, Command};
use clap::Parser;
use connect::{Connection, connect, settings};
use failure::{Done, Failure};
use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    match run(std::env::args_os().collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => ExitCode::from(failure.tell()),
    }
}

fn run(arguments: Vec<OsString>) -> Done {
    // Help needs no good settings: where they are bad, clap has the first word.
    let (settings, rest) = match settings(arguments.clone()) {
        Ok(good) => good,
        Err(error) => {
            parse(arguments)?;
            return Err(error.into());
        }
    };
    let cli = parse(rest)?;
    let connected = || connect(settings.clone(), cli.sandbox).map_err(Failure::from);
    if let Command::Sandbox { port, seed } = &cli.command {
        return serve::sandbox(*port, seed.as_deref());
    }
    if let Command::Config = &cli.command {
        return look::config(settings, cli.sandbox);
    }
    let Connection { rally, .. } = &connected()?;
    match &cli.command {
        Command::Query(query) => query::run(rally, query),
        Command::Get(get) => get::run(rally, get),
        Command::Create(create) => write::create(rally, create),
        Command::Update(update) => write::update(rally, update),
        Command::Delete(delete) => delete::run(rally, delete),
        Command::Schema { r#type } => look::schema(rally, r#type.as_deref()),
        Command::Values { r#type, attribute } => look::values(rally, r#type, attribute),
        Command::Attach { id, files } => files::attach(rally, id, files),
        Command::Download { id, to } => files::download(rally, id, to),
        Command::History { id, format } => look::history(rally, id, *format),
        Command::Projects => look::projects(rally),
        Command::Check => look::check(rally),
        Command::Config | Command::Sandbox { .. } => Ok(()),
    }
}

/// Help and the version go to standard output with code 0, mistakes to standard error with code 2.
fn parse(arguments: Vec<OsString>) -> Result<Cli, Failure> {
    Cli::try_parse_from(arguments).map_err(|error| {
        // Nobody listens: there is nobody to tell.
        let _ = error.print();
        Failure::Code(u8::try_from(error.exit_code()).unwrap_or(2))
    })
}
