//! `rally create`

use crate::failure::{Failure, Tally};
use crate::fields::{self, Fields};
use crate::input::PIPE;
use crate::settings::Connection;
use crate::sheet::{self, Task};
use crate::show::Show;
use crate::written;
use rally_wsapi::{Mutation, Rally};
use serde_json::Map;
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The type: Defect, Story, Task, PortfolioItem/Feature
    #[arg(value_name = "TYPE")]
    type_name: String,

    /// The fields, as Name='Total is off' or PlanEstimate:=3; `-` is short for `--json -`
    #[arg(value_name = "FIELD=VALUE")]
    fields: Vec<String>,

    /// More fields as JSON: an object, a list of objects to make, or an object a line; `-` is standard input
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    #[command(flatten)]
    sheet: sheet::Flags,

    /// Print the request in place of sending it, and what is required and missing
    #[arg(long)]
    dry_run: bool,

    /// The fields to print of what was made, as FormattedID,Name,Owner.EmailAddress; a table without --format
    #[arg(long, value_name = "PATHS", action = clap::ArgAction::Append)]
    fetch: Vec<String>,

    #[command(flatten)]
    show: Show,
}

impl Args {
    pub(crate) fn run(&self, connection: &Connection, out: &mut dyn Write) -> Result<(), Failure> {
        let rally: &Rally = connection;
        let (pipes, given): (Vec<String>, Vec<String>) =
            self.fields.iter().cloned().partition(|text| text == PIPE);
        let fields = Fields::read(&given, None)?;
        if let Some(path) = self.sheet.csv() {
            if !pipes.is_empty() {
                return Err(Failure::usage(
                    "`--csv -` reads a sheet from standard input; leave the other `-` out",
                ));
            }
            let type_name = self.type_name.as_str();
            let constants = fields.by_names(rally, type_name)?;
            let task = Task::Create { type_name, constants };
            return self.sheet.run(path, &task, self.dry_run, &self.show, connection, out);
        }
        let json = match (&self.json, pipes.is_empty()) {
            (Some(_), false) => return Err(Failure::usage("give `-` or --json, not both")),
            (None, false) => Some(Path::new(PIPE)),
            (json, true) => json.as_deref(),
        };
        let items = match json {
            Some(path) => fields::from_file(path)?,
            None if fields.is_empty() => {
                return Err(Failure::usage(
                    "no fields; give them as Name=text, with --json FILE, or as JSON lines on standard input with `-`",
                ));
            }
            None => vec![Map::new()],
        };
        let type_name = self.type_name.as_str();
        let mutations = items
            .iter()
            .map(|item| Ok(Mutation::create(type_name, fields.over(item, rally, type_name)?)))
            .collect::<Result<Vec<_>, Failure>>()?;
        if self.dry_run {
            // With the schema at hand, what this workspace requires is reported too; without it, what every workspace requires.
            let _ = rally.schema();
            return written::preview(rally, mutations, out);
        }
        let labels: Vec<String> = match items.len() {
            1 => vec![type_name.to_owned()],
            several => (1..=several).map(|at| format!("item {at}")).collect(),
        };
        let view = written::view(&self.show, &self.fetch, type_name)?;
        let results = written::send_fetching(rally, mutations, &labels, view.as_ref())?;
        let results = labels.into_iter().zip(results).collect();
        written::tell_view("created", results, view, Tally::default(), out)
    }
}
