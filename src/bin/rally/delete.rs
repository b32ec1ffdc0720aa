//! `rally delete`

use crate::entities::id;
use crate::failure::Failure;
use crate::input::PIPE;
use crate::rows::Format;
use crate::settings::Connection;
use crate::show::Show;
use crate::stdio::ask;
use crate::targets::{self, Targets};
use crate::text::one_line;
use crate::update::type_of;
use crate::written;
use rally_wsapi::{Entity, Mutation};
use std::io::{IsTerminal, Write, stdin};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to delete: ids and ranges as in `rally get`; `-`, with --yes, for those on standard input
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,

    /// The type, for ObjectIDs and UUIDs of other objects than artifacts
    #[arg(long = "type", value_name = "TYPE")]
    type_name: Option<String>,

    /// Print what would be deleted, and delete nothing
    #[arg(long)]
    dry_run: bool,

    /// Do not ask
    #[arg(long)]
    yes: bool,

    #[command(flatten)]
    show: Show,
}

impl Args {
    pub(crate) fn run(
        &self,
        connect: &dyn Fn() -> Result<Connection, Failure>,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        let from_pipe = self.ids.iter().any(|id| id == PIPE);
        if from_pipe && !self.yes && !self.dry_run {
            return Err(Failure::usage(
                "with `-` the answer cannot be asked for, so nothing was deleted; add --yes or --dry-run",
            ));
        }
        // The key may be the first line of standard input.
        let early = from_pipe.then(connect).transpose()?;
        let wanted = targets::read(&self.ids)?;
        if !self.yes && !self.dry_run && !stdin().is_terminal() {
            return Err(Failure::usage(
                "no terminal to ask on, so nothing was deleted; add --yes or --dry-run",
            ));
        }
        let rally = early.map_or_else(connect, Ok)?;
        let Targets { found, mut tally, .. } =
            wanted.find(&rally, self.type_name.as_deref(), |query| query.fetch("FormattedID,Name"))?;
        let mutations: Vec<Mutation> =
            found.iter().map(|entity| Mutation::delete(type_of(entity), entity)).collect();
        if self.dry_run {
            for (entity, mutation) in found.iter().zip(mutations) {
                writeln!(out, "{}  {}", rally.preview(mutation)?, label(entity))?;
            }
            tally.done(found.len());
            return tally.finish();
        }
        if !found.is_empty() && !self.yes && !asked(&found)? {
            return Err(Failure::usage("nothing was deleted"));
        }
        let labels = found.iter().map(label);
        let results = written::send(&rally, mutations)?;
        if self.show.format.is_none() {
            return written::tell("deleted", labels.zip(results).collect(), &self.show, "", tally, out);
        }
        let mut rows = self.show.rows(out, Format::Table, &["FormattedID", "Name", "Ref"]);
        for ((entity, label), result) in found.iter().zip(labels).zip(results) {
            match result {
                Ok(_) => {
                    tally.done(1);
                    let reference = entity.reference().map(ToString::to_string);
                    rows.row(&[
                        id(entity).into(),
                        entity.name().map(str::to_owned).into(),
                        reference.into(),
                    ])?;
                }
                Err(error) => tally.failed(&Failure::About(label, error)),
            }
        }
        rows.finish()?;
        tally.finish()
    }
}

fn label(entity: &Entity) -> String {
    match entity.name() {
        Some(name) => format!("{}: {}", id(entity), one_line(name)),
        None => id(entity),
    }
}

/// On the terminal, past whatever standard output leads to.
fn asked(found: &[Entity]) -> Result<bool, Failure> {
    for entity in found {
        ask(&format!("  {}\n", label(entity)));
    }
    let what = if found.len() == 1 { "it".to_owned() } else { format!("these {}", found.len()) };
    ask(&format!("Delete {what}? [y/N] "));
    let mut answer = String::new();
    stdin().read_line(&mut answer).map_err(|e| Failure::usage(format!("no answer can be read: {e}")))?;
    Ok(agreed(&answer))
}

fn agreed(answer: &str) -> bool {
    matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_a_clear_yes_deletes() {
        assert!(["y", "Yes\n", " YES \r\n"].into_iter().all(super::agreed));
        assert!(!["", "\n", "n", "no", "ye", "y!", "DE1"].into_iter().any(super::agreed));
    }
}
