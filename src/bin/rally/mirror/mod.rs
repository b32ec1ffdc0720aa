//! `rally mirror`: a copy of types of a workspace in an SQLite file.

mod columns;
mod dependents;
pub(crate) mod export;
mod history;
#[cfg(test)]
mod history_tests;
mod links;
mod names;
pub(crate) mod past;
mod prepare;
mod renamed;
mod run;
pub(crate) mod sql;
mod store;
#[cfg(test)]
mod tests;
mod values;
mod views;

use crate::failure::Failure;
use crate::stdio::say;
use crate::text::{counted, grouped};
use rally_wsapi::Rally;
use run::{Done, Wish};
use std::io::Write;
use std::path::PathBuf;
use store::Store;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The SQLite file; it is made if it is not there
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    file: PathBuf,

    /// The types to copy, as Story,Defect,Task; later runs may leave it out
    #[arg(long, value_name = "TYPES", value_delimiter = ',')]
    types: Vec<String>,

    /// In the first run, only what was updated since this day, as 2026-01-01
    #[arg(long, value_name = "DATE")]
    since: Option<String>,

    /// Compare all ObjectIDs and versions: finds what was deleted without a trace, or moved out of the project
    #[arg(long)]
    sweep: bool,

    /// Copy all projects of the workspace, whichever the settings name
    #[arg(long)]
    all_projects: bool,

    /// Keep the JSON of each object, too
    #[arg(long)]
    raw: bool,

    /// Read the history of the types, too, for `rally flow METRIC --file FILE`; later runs continue it
    #[arg(long)]
    with_history: bool,
}

impl Args {
    pub(crate) fn run(&self, rally: &Rally, out: &mut dyn Write) -> Result<(), Failure> {
        let rally = &if self.all_projects { rally.in_all_projects() } else { rally.clone() };
        let (scope, words) = run::scope(rally)?;
        let mut store = Store::open(&self.file, &scope)?;
        if store.types()?.is_empty() && !scope.contains(&("project", "null".to_owned())) {
            say(&format!("a new mirror of {words}; --all-projects copies the whole workspace"));
        }
        let wish = Wish { types: &self.types, since: self.since.as_deref(), raw: self.raw };
        let prepared = prepare::prepare(rally, &mut store, &wish)?;
        prepared.warnings.iter().for_each(|warning| say(warning));
        for (path, done) in run::update_all((rally, run::PAGE_SIZE), &mut store, &prepared.types, self.sweep)?
        {
            writeln!(out, "{path}: {}", told(&done))?;
        }
        if self.with_history || history::is_kept(&store)? {
            for (path, read) in history::update_all((rally, history::PAGE_SIZE), &mut store, &prepared.types)?
            {
                let (total, new) = (counted(read.total, "version"), grouped(read.new));
                writeln!(out, "{path}, history: {total}; {new} new")?;
            }
        }
        Ok(())
    }
}

fn told(done: &Done) -> String {
    let rows = counted(done.total, "row");
    let each = [(done.new, "new"), (done.changed, "changed"), (done.deleted, "deleted")];
    let each: Vec<String> = each.iter().map(|(count, what)| format!("{} {what}", grouped(*count))).collect();
    format!("{rows}; {}", each.join(", "))
}
