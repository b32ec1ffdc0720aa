//! `rally history`

use crate::entities;
use crate::failure::Failure;
use crate::input::PIPE;
use crate::rows::{Cell, Format};
use crate::show::Show;
use crate::stdio::say;
use crate::targets;
use crate::text::one_line;
use crate::update::type_of;
use rally_wsapi::{Entity, FieldChange, Rally, Revision};
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
        let mut found = Vec::new();
        for entity in &entities {
            let id = is_piped.then(|| entities::id(entity));
            for revision in entity.revisions()? {
                let changes = revision.changes();
                if changes.is_empty() && self.field.is_none() {
                    found.push(cells(id.as_deref(), &revision, None, brief));
                }
                let is_wanted =
                    |change: &&FieldChange| self.field.as_ref().is_none_or(|field| change.is_of(field));
                for change in changes.iter().filter(is_wanted) {
                    found.push(cells(id.as_deref(), &revision, Some(change), brief));
                }
            }
            tally.done(1);
        }
        if let Some(field) = self.field.as_deref().filter(|_| found.is_empty() && !entities.is_empty()) {
            check_field(rally, &entities, field)?;
            let ids: Vec<String> = entities.iter().take(3).map(entities::id).collect();
            let more = if entities.len() > ids.len() { " and others" } else { "" };
            say(&one_line(&format!("{field} of {}{more} has never changed", ids.join(", "))));
        }
        let mut rows = self.show.rows(out, Format::Table, &columns);
        for row in &found {
            rows.row(row)?;
        }
        rows.finish()?;
        tally.finish()
    }
}

/// Refuses a field that none of the objects has.
fn check_field(rally: &Rally, entities: &[Entity], field: &str) -> Result<(), Failure> {
    let mut unknown = None;
    for entity in entities {
        if rally.type_def(type_of(entity))?.attribute(field).is_some() {
            return Ok(());
        }
        match entity.get(field) {
            Ok(_) => return Ok(()),
            Err(error) => unknown = unknown.or(Some(error)),
        }
    }
    unknown.map_or(Ok(()), |error| Err(error.into()))
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
