//! The words of the command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

const AFTER: &str = "\
Settings come from the environment (RALLY_SERVER, RALLY_API_KEY, RALLY_USER, RALLY_PASSWORD, RALLY_WORKSPACE,
RALLY_PROJECT), from rally-v2.0.cfg here, from the file RALLY_CONFIG names, and from the flags above; the later
ones win. `rally config` shows what is in force.

Exit codes:
  0  done
  1  the server or the data said no
  2  the command line or a setting is wrong
  3  not found
  4  partly done

Examples:
  rally --sandbox query Defect 'State = Open'
  rally query Story 'Iteration.Name = \"Sprint 1\"' --fetch FormattedID,Name,Owner.EmailAddress --format csv
  rally create Defect Name='Total is wrong' Severity='Major Problem' --dry-run
  rally update DE1-DE9,DE12 State=Closed";

/// Rally from the command line: read, write, look around.
#[derive(Debug, Parser)]
#[command(name = "rally", version, after_help = AFTER, max_term_width = 110)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) settings: Settings,
    /// Use a fresh embedded sandbox in place of a server: nothing is real, nothing lasts
    #[arg(long, global = true)]
    pub(crate) sandbox: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Taken out before clap sees them; they stand here for the help and for its suggestions.
#[derive(Debug, Args)]
#[command(next_help_heading = "Settings")]
pub(crate) struct Settings {
    /// Host or address of the server
    #[arg(long, global = true, value_name = "HOST")]
    server: Option<String>,
    /// API key; better in RALLY_API_KEY, where other users do not see it
    #[arg(long, global = true, value_name = "KEY")]
    apikey: Option<String>,
    /// User name
    #[arg(long, global = true, value_name = "NAME")]
    user: Option<String>,
    /// Password; better in RALLY_PASSWORD
    #[arg(long, global = true, value_name = "WORD")]
    password: Option<String>,
    /// Workspace by name
    #[arg(long, global = true, value_name = "NAME")]
    workspace: Option<String>,
    /// Project by name, or by path as `Top // Below`
    #[arg(long, global = true, value_name = "NAME")]
    project: Option<String>,
    /// Settings file; `.cfg` may be left off
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List objects of a type that meet a condition
    Query(Query),
    /// Show objects by their ids
    Get(Get),
    /// Make an object
    Create(Create),
    /// Change objects: `rally update DE1 DE3-DE5 State=Fixed`
    Update(Update),
    /// Delete objects by ids and ranges, after asking
    Delete(Delete),
    /// List the types of the workspace, or the attributes of one
    Schema {
        /// As `Defect`, `Story` or `PortfolioItem/Feature`
        r#type: Option<String>,
    },
    /// List the values that an attribute takes
    Values {
        /// As `Defect`
        r#type: String,
        /// As `State`, or a custom field by its display name
        attribute: String,
    },
    /// Attach files to an object
    Attach {
        /// As `DE12`
        id: String,
        /// The files
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Save the attachments of an object; no file is written over
    Download {
        /// As `DE12`
        id: String,
        /// The folder, this one by default
        #[arg(long, value_name = "FOLDER", default_value = ".")]
        to: PathBuf,
    },
    /// List the changes of an object
    History {
        /// As `DE12`
        id: String,
        /// How to print
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
    /// Show the open projects as a tree
    Projects,
    /// Find out step by step whether server, network and credentials are right
    Check,
    /// Show the settings in force and where each came from; secrets are masked
    Config,
    /// Serve the embedded sandbox until standard input ends
    Sandbox {
        /// A fixed port; a free one by default
        #[arg(long, default_value_t = 0)]
        port: u16,
        /// Data from the .json files of this folder
        #[arg(long, value_name = "FOLDER")]
        seed: Option<PathBuf>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// For spreadsheets
    Csv,
    /// One array
    Json,
    /// An object a line
    Jsonl,
    /// The ids alone
    Ids,
}

pub(crate) use super::words::{Create, Delete, Get, Query, Update};
