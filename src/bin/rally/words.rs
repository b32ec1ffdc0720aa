//! The words of the commands that read and write.

use super::args::Format;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rally query Defect 'State = Open'
  rally query Defect 'State = Open AND Severity contains Major' --order 'Severity,CreationDate DESC'
  rally query Artifact 'Owner.UserName = ann@sandbox.example' --types Defect,Story --all-projects --format csv
  rally query Task --count")]
pub(crate) struct Query {
    /// As `Defect`, `Story`, `PortfolioItem/Feature`, `Artifact`
    pub(crate) r#type: String,
    /// As `State = Open AND PlanEstimate > 3`; all objects if left out
    pub(crate) filter: Option<String>,
    /// Columns: dot paths, separated by commas
    #[arg(long, value_name = "PATHS")]
    pub(crate) fetch: Option<String>,
    /// As `Severity DESC,Name`
    #[arg(long, value_name = "FIELDS")]
    pub(crate) order: Option<String>,
    /// The most rows
    #[arg(long, value_name = "ROWS")]
    pub(crate) limit: Option<u64>,
    /// In all projects of the workspace
    #[arg(long)]
    pub(crate) all_projects: bool,
    /// Only these types, where TYPE is one above them
    #[arg(long, value_name = "TYPES", value_delimiter = ',')]
    pub(crate) types: Vec<String>,
    /// Only tell how many there are
    #[arg(long, conflicts_with_all = ["fetch", "order", "limit", "format"])]
    pub(crate) count: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shown {
    /// All fields, one a line
    Details,
    /// One object, or an array of several
    Json,
    /// A row each
    Table,
}

#[derive(Debug, Args)]
pub(crate) struct Get {
    /// FormattedIDs and their ranges, references; ObjectIDs and UUIDs with --type
    #[arg(required = true)]
    pub(crate) ids: Vec<String>,
    /// The type, where the id does not tell it
    #[arg(long, value_name = "TYPE")]
    pub(crate) r#type: Option<String>,
    /// Only these: dot paths, separated by commas
    #[arg(long, value_name = "PATHS")]
    pub(crate) fetch: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Shown::Details)]
    pub(crate) format: Shown,
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// As `Defect`
    pub(crate) r#type: String,
    /// As `Name='Total is wrong'`; `Field:=JSON` for a value as JSON
    #[arg(value_name = "FIELD=VALUE")]
    pub(crate) fields: Vec<String>,
    /// Fields from a JSON object in a file, `-` for standard input; those given singly win
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Show the request and send no write
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Update {
    /// Ids and ranges, then fields as `State=Closed` or `Tags:=[\"/tag/1\"]`
    #[arg(required = true, value_name = "ID.. FIELD=VALUE")]
    pub(crate) words: Vec<String>,
    /// The type, where the ids do not tell it
    #[arg(long, value_name = "TYPE")]
    pub(crate) r#type: Option<String>,
    /// Fields from a JSON object in a file, `-` for standard input; those given singly win
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Show the requests and send no write
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Delete {
    /// As `DE100-DE120,US7`
    #[arg(required = true)]
    pub(crate) ids: Vec<String>,
    /// The type, where the ids do not tell it
    #[arg(long, value_name = "TYPE")]
    pub(crate) r#type: Option<String>,
    /// Show the requests and send no write
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
}
