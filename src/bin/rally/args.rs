//! The command line as clap reads it.

#[cfg(feature = "mirror")]
use crate::mirror;
use crate::paint::Color;
use crate::settings::Settings;
use crate::{
    api, attach, check, comment, completions, config, create, delete, download, edit, flow, get, help,
    history, login, man, members, mine, open, probe, projects, query, rank, results, sandbox, schema, sprint,
    tree, update, values,
};
use clap::builder::{TypedValueParser, ValueParser};
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use std::ffi::{OsStr, OsString};

/// Reads and writes Rally (Broadcom Rally, formerly CA Agile Central) from the command line.
#[derive(Debug, Parser)]
#[command(name = "rally", version, after_help = help::RALLY, args_override_self = true)]
pub(crate) struct Cli {
    /// Log each request to standard error
    #[arg(short, long, global = true, display_order = 900)]
    pub(crate) verbose: bool,

    /// Colours: auto, always or never; NO_COLOR and CLICOLOR_FORCE count, too
    #[arg(long, global = true, display_order = 900, value_enum, value_name = "WHEN", default_value_t = Color::Auto, hide_possible_values = true, hide_default_value = true)]
    pub(crate) color: Color,

    #[command(flatten)]
    pub(crate) settings: Settings,

    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    /// The command line of this process.
    pub(crate) fn read() -> Result<Cli, clap::Error> {
        let arguments: Vec<OsString> = std::env::args_os().collect();
        asked_for(&arguments).set();
        if arguments.iter().any(|argument| argument.to_str().is_none()) {
            // Of its own accord clap does not say which flag it is.
            with_utf8_values(Cli::command()).try_get_matches_from(&arguments)?;
        }
        Cli::try_parse_from(arguments)
    }
}

/// The colours asked for, before all else is read: help and mistakes are painted, too.
fn asked_for(arguments: &[OsString]) -> Color {
    let texts: Vec<&str> = arguments.iter().map_while(|argument| argument.to_str()).collect();
    let before_end = texts.iter().take_while(|text| **text != "--");
    let values = before_end.clone().zip(texts.iter().skip(1)).filter_map(|(text, next)| match *text {
        "--color" => Some(*next),
        _ => text.strip_prefix("--color="),
    });
    let last = texts.last().and_then(|text| text.strip_prefix("--color="));
    values.chain(last).last().and_then(|name| Color::from_str(name, false).ok()).unwrap_or_default()
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
    /// Show your open work items
    #[command(after_help = help::MINE)]
    Mine(mine::Args),
    /// Show the items of the current iteration by state
    #[command(after_help = help::SPRINT)]
    Sprint(sprint::Args),
    /// Show what is below an object, from portfolio items down to tasks
    #[command(after_help = help::TREE)]
    Tree(tree::Args),
    /// Measure how work flows: cycle times, cumulative flow, burndown
    #[command(after_help = help::FLOW)]
    Flow(flow::Args),
    /// Open the page of an object in the browser, or print its address
    #[command(after_help = help::OPEN)]
    Open(open::Args),
    /// Add a comment to the discussion of an object
    #[command(after_help = help::COMMENT)]
    Comment(comment::Args),
    /// Change fields of an object in your editor
    #[command(after_help = help::EDIT)]
    Edit(edit::Args),
    /// Add members to a collection, as tags
    #[command(after_help = help::ADD)]
    Add(members::AddArgs),
    /// Remove members from a collection
    #[command(after_help = help::REMOVE)]
    Remove(members::Args),
    /// Rank an object above or below others
    #[command(after_help = help::RANK)]
    Rank(rank::Args),
    /// Attach files to an object
    #[command(after_help = help::ATTACH)]
    Attach(attach::Args),
    /// Save the attachments of an object
    #[command(after_help = help::DOWNLOAD)]
    Download(download::Args),
    /// Show what happened to an object
    #[command(after_help = help::HISTORY)]
    History(history::Args),
    /// Record the results of automated tests, from JUnit XML
    #[command(after_help = help::RESULTS)]
    Results(results::Args),
    /// List the types of the workspace, or the attributes of one
    #[command(after_help = help::SCHEMA)]
    Schema(schema::Args),
    /// List the values an attribute takes
    #[command(after_help = help::VALUES)]
    Values(values::Args),
    /// Show the open projects of the workspace as a tree
    #[command(after_help = help::PROJECTS)]
    Projects(projects::Args),
    /// Keep a copy of types of the workspace in an SQLite file
    #[cfg(feature = "mirror")]
    #[command(after_help = help::MIRROR)]
    Mirror(mirror::Args),
    /// Query such a file
    #[cfg(feature = "mirror")]
    #[command(after_help = help::SQL)]
    Sql(mirror::sql::Args),
    /// Write the tables of such a file as CSV
    #[cfg(feature = "mirror")]
    #[command(after_help = help::EXPORT)]
    Export(mirror::export::Args),
    /// Send a request of your own and print the answer
    #[command(after_help = help::API)]
    Api(api::Args),
    /// Look step by step for what stands between this machine and the server
    #[command(after_help = help::CHECK)]
    Check(check::Args),
    /// Ask a server what is not documented; the answers hold nothing of your data
    #[command(after_help = help::PROBE)]
    Probe(probe::Args),
    /// Ask for server and API key, check them, and keep them as a profile
    #[command(after_help = help::LOGIN)]
    Login(login::Login),
    /// Forget the credentials of a profile
    #[command(after_help = help::LOGOUT)]
    Logout,
    /// Show the settings in force and where each came from; secrets are masked
    #[command(after_help = help::CONFIG)]
    Config(config::Args),
    /// What can be set, and where
    #[command(hide = true, about = help::SETTINGS, help_template = "{about}\n")]
    Settings,
    /// Print what makes a shell complete commands, flags and names
    #[command(after_help = help::COMPLETIONS)]
    Completions(completions::Args),
    /// Print the manual page, or write a page for each command
    #[command(after_help = help::MAN)]
    Man(man::Args),
    /// Serve a Rally of your own on this machine, to try scripts on
    #[command(after_help = help::SANDBOX)]
    Sandbox(sandbox::Args),
}
