//! `rally create`

use crate::failure::{Failure, Tally};
use crate::fields::{self, Fields};
use crate::show::Show;
use crate::written;
use rally_wsapi::{Mutation, Rally};
use serde_json::Map;
use std::io::Write;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The type: Defect, Story, Task, PortfolioItem/Feature
    #[arg(value_name = "TYPE")]
    type_name: String,

    /// The fields, as Name='Total is off' or PlanEstimate:=3
    #[arg(value_name = "FIELD=VALUE")]
    fields: Vec<String>,

    /// More fields as JSON: an object, or a list of objects to make; `-` is standard input
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Print the request in place of sending it, and what is required and missing
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    show: Show,
}

impl Args {
    pub(crate) fn run(&self, rally: &Rally, out: &mut dyn Write) -> Result<(), Failure> {
        let fields = Fields::read(&self.fields)?;
        let items = match &self.json {
            Some(path) => fields::from_file(path)?,
            None if fields.is_empty() => {
                return Err(Failure::usage("no fields; give them as Name=text, or with --json FILE"));
            }
            None => vec![Map::new()],
        };
        let type_name = self.type_name.as_str();
        let mutations = items
            .iter()
            .map(|item| Ok(Mutation::create(type_name, fields.over(item, rally, type_name)?)))
            .collect::<Result<Vec<_>, Failure>>()?;
        if self.dry_run {
            // With the schema at hand, what the workspace requires is told too; without it, what every workspace does.
            let _ = rally.schema();
            return written::preview(rally, mutations, out);
        }
        let labels: Vec<String> = match items.len() {
            1 => vec![type_name.to_owned()],
            several => (1..=several).map(|at| format!("item {at}")).collect(),
        };
        let results = written::send(rally, mutations)?;
        let results = labels.into_iter().zip(results).collect();
        written::tell("created", results, &self.show, type_name, Tally::default(), out)
    }
}
