//! Writes as they end: a line for each object, a verdict for all.

use crate::columns;
use crate::entities::View;
use crate::failure::{Failure, Tally};
use crate::progress;
use crate::rows::Format;
use crate::show::Show;
use crate::text::one_line;
use rally_wsapi::{Entity, Mutation, Outcome, Rally, Result};
use std::io::Write;

/// Sends them: one alone, several by batches. `Err` where nothing was written.
pub(crate) fn send(rally: &Rally, mut mutations: Vec<Mutation>) -> Result<Vec<Result<Outcome>>> {
    match mutations.pop() {
        None => Ok(Vec::new()),
        Some(only) if mutations.is_empty() => Ok(vec![rally.apply(only)]),
        Some(last) => {
            mutations.push(last);
            let _spinner = progress::spinner(format!("writing {} objects", mutations.len()));
            rally.batch(mutations).send()
        }
    }
}

/// Prints the requests in place of sending them.
pub(crate) fn preview(rally: &Rally, mutations: Vec<Mutation>, out: &mut dyn Write) -> Result<(), Failure> {
    for mutation in mutations {
        let preview = rally.preview(mutation)?;
        writeln!(out, "{preview}")?;
        if !preview.missing().is_empty() {
            let names = preview.missing().join(", ");
            writeln!(
                out,
                "required and not given: {names}; the server refuses this unless it has a default"
            )?;
        }
    }
    Ok(())
}

/// Tells of each write: `updated DE12: Name`, or the objects in the form asked for.
pub(crate) fn tell(
    verb: &str,
    results: Vec<(String, Result<Outcome>)>,
    show: &Show,
    type_name: &str,
    mut tally: Tally,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let mut written: Vec<Entity> = Vec::new();
    for (label, result) in results {
        match result {
            Ok(outcome) => {
                tally.done(1);
                match (outcome.entity(), show.format) {
                    (Some(entity), Some(_)) => written.push(entity.clone()),
                    (Some(entity), None) => {
                        tally.line(out, format_args!("{verb} {}", one_line(&entity.to_string())));
                    }
                    (None, _) => tally.line(out, format_args!("{verb} {}", one_line(&label))),
                }
            }
            Err(error) => {
                tally.flush(out);
                tally.failed(&Failure::About(one_line(&label), error));
            }
        }
    }
    if let Some(format) = show.format {
        let mut view = View::new(show.look(format), &[], columns::usual(type_name))?;
        if matches!(format, Format::Json | Format::Jsonl) {
            view = view.whole();
        }
        view.print(written.into_iter().map(Ok), out)?;
    }
    tally.finish()
}
