//! The command line as clap reads it.

use crate::settings::Settings;
use crate::{
    attach, create, delete, download, get, help, history, projects, query, sandbox, schema, update, values,
};
use clap::{Parser, Subcommand};

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
    /// Look step by step for what stands between this machine and the server
    Check,
    /// Show the settings in force and where each came from; secrets are masked
    Config,
    /// Serve a Rally of your own on this machine, to try scripts on
    #[command(after_help = help::SANDBOX)]
    Sandbox(sandbox::Args),
}
