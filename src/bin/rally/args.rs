//! The command line as clap reads it.

use crate::settings::Settings;
use crate::{
    attach, create, delete, download, get, help, history, projects, query, sandbox, schema, update, values,
};
use clap::builder::{TypedValueParser, ValueParser};
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use std::ffi::{OsStr, OsString};

/// Reads and writes Rally (Broadcom Rally, formerly CA Agile Central) from the command line.
#[derive(Debug, Parser)]
#[command(name = "rally", version, after_help = help::RALLY, args_override_self = true)]
pub(crate) struct Cli {
    /// Tell each request on standard error
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,

    #[command(flatten)]
    pub(crate) settings: Settings,

    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    /// The command line of this process.
    pub(crate) fn read() -> Result<Cli, clap::Error> {
        let arguments: Vec<OsString> = std::env::args_os().collect();
        if arguments.iter().any(|argument| argument.to_str().is_none()) {
            // Of its own accord clap does not say which flag it is.
            with_utf8_values(Cli::command()).try_get_matches_from(&arguments)?;
        }
        Cli::try_parse_from(arguments)
    }
}

/// The command, all of its values texts but paths.
fn with_utf8_values(command: clap::Command) -> clap::Command {
    let path = ValueParser::path_buf().type_id();
    let as_text = |argument: clap::Arg| {
        let is_text = argument.get_action().takes_values() && argument.get_value_parser().type_id() != path;
        if is_text { argument.value_parser(Utf8) } else { argument }
    };
    command.mut_args(as_text).mut_subcommands(with_utf8_values)
}

/// A value of characters; an error names the flag and keeps what may be a secret to itself.
#[derive(Clone)]
struct Utf8;

impl TypedValueParser for Utf8 {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        value.to_str().map(str::to_owned).ok_or_else(|| {
            let flag = argument.map_or_else(|| "an argument".to_owned(), |argument| format!("'{argument}'"));
            command.clone().error(ErrorKind::InvalidUtf8, format!("the value of {flag} is not UTF-8"))
        })
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find objects of a type
    #[command(after_help = help::QUERY)]
    Query(query::Args),
    /// Show objects by their ids
    #[command(after_help = help::GET)]
    Get(get::Args),
    /// Make an object, or many from JSON
    #[command(after_help = help::CREATE)]
    Create(create::Args),
    /// Change fields of objects
    #[command(after_help = help::UPDATE)]
    Update(update::Args),
    /// Delete objects by ids and ranges of ids
    #[command(after_help = help::DELETE)]
    Delete(delete::Args),
    /// Attach files to an object
    #[command(after_help = help::ATTACH)]
    Attach(attach::Args),
    /// Save the attachments of an object
    #[command(after_help = help::DOWNLOAD)]
    Download(download::Args),
    /// Tell what happened to an object
    #[command(after_help = help::HISTORY)]
    History(history::Args),
    /// List the types of the workspace, or the attributes of one
    #[command(after_help = help::SCHEMA)]
    Schema(schema::Args),
    /// List the values an attribute takes
    #[command(after_help = help::VALUES)]
    Values(values::Args),
    /// Show the open projects of the workspace as a tree
    Projects(projects::Args),
    /// Look step by step for what is in between this machine and the server
    Check,
    /// Show the settings in force and where each came from; secrets are masked
    Config,
    /// Serve a Rally of your own on this machine, to try scripts on
    #[command(after_help = help::SANDBOX)]
    Sandbox(sandbox::Args),
}
