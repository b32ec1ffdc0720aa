//! `rally history`

use crate::entities;
use crate::failure::Failure;
use crate::input::PIPE;
use crate::rows::{Cell, Format};
use crate::show::Show;
use crate::targets;
use rally_wsapi::{FieldChange, Rally, Revision};
use std::io::Write;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The object: a FormattedID, an ObjectID, a UUID or a ref; `-` for all of which standard input has the ids,
    /// which adds a column
    #[arg(value_name = "ID")]
    id: String,

    /// The type, for an ObjectID or UUID of another object than an artifact
    #[arg(long = "type", value_name = "TYPE")]
    type_name: Option<String>,

    /// Only changes of this field, as ScheduleState or 'Schedule State'
    #[arg(long, value_name = "FIELD")]
    field: Option<String>,

    #[command(flatten)]
    show: Show,
}

impl Args {
    pub(crate) fn run(&self, rally: &Rally, out: &mut dyn Write) -> Result<(), Failure> {
        let (entities, mut tally) = targets::one_or_piped(rally, self.type_name.as_deref(), &self.id)?;
        let is_piped = self.id == PIPE;
        let brief = matches!(self.show.format, None | Some(Format::Table | Format::Markdown));
        let columns: &[&str] = match brief {
            true => &["Revision", "When", "Who", "Change"],
            false => &["Revision", "When", "Who", "Field", "Before", "After", "Change"],
        };
        let columns: Vec<&str> =
            is_piped.then_some("Id").into_iter().chain(columns.iter().copied()).collect();
        let mut rows = self.show.rows(out, Format::Table, &columns);
        for entity in &entities {
            let id = is_piped.then(|| entities::id(entity));
            for revision in entity.revisions()? {
                let changes = revision.changes();
                if changes.is_empty() && self.field.is_none() {
                    rows.row(&cells(id.as_deref(), &revision, None, brief))?;
                }
                let is_wanted =
                    |change: &&FieldChange| self.field.as_ref().is_none_or(|field| change.is_of(field));
                for change in changes.iter().filter(is_wanted) {
                    rows.row(&cells(id.as_deref(), &revision, Some(change), brief))?;
                }
            }
            tally.done(1);
        }
        rows.finish()?;
        tally.finish()
    }
}

fn cells(
    id: Option<&str>,
    revision: &Revision,
    change: Option<&FieldChange>,
    brief: bool,
) -> Vec<Cell<'static>> {
    let of_change = |read: fn(&FieldChange) -> Option<&str>| change.and_then(read).map(str::to_owned).into();
    let when: Cell<'_> = revision.created().map(|when| format!("{when:.3}")).into();
    let mut cells: Vec<Cell<'_>> = id.into_iter().map(|id| id.into()).collect();
    cells.extend([revision.number().into(), when, revision.who().into()]);
    if !brief {
        cells.extend([
            of_change(FieldChange::field),
            of_change(FieldChange::before),
            of_change(FieldChange::after),
        ]);
    }
    cells.push(change.map_or(revision.text(), FieldChange::text).into());
    cells
}
