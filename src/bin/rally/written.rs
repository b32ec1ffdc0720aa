//! Writes as they end: a line for each object, a verdict for all.

use crate::columns;
use crate::entities::{Form, View};
use crate::failure::{Failure, Tally};
use crate::progress;
use crate::text::one_line;
use rally_wsapi::{Entity, Mutation, Outcome, Rally, Result};
use std::io::Write;

/// Sends them: one alone, several by batches. `Err` where nothing was written.
pub(crate) fn send(rally: &Rally, mutations: Vec<Mutation>) -> Result<Vec<Result<Outcome>>> {
    send_fetching(rally, mutations, None)
}

/// The same; what comes back of each is what the view shows.
pub(crate) fn send_fetching(
    rally: &Rally,
    mut mutations: Vec<Mutation>,
    view: Option<&View>,
) -> Result<Vec<Result<Outcome>>> {
    let names = view.and_then(View::asked).unwrap_or_default();
    match mutations.pop() {
        None => Ok(Vec::new()),
        Some(only) if mutations.is_empty() => {
            let only = if names.is_empty() { only } else { only.fetch(names) };
            Ok(vec![rally.apply(only)])
        }
        Some(last) => {
            mutations.push(last);
            let _spinner = progress::spinner(format!("writing {} objects", mutations.len()));
            let batch = rally.batch(mutations);
            if names.is_empty() { batch.send() } else { batch.fetch(names).send() }
        }
    }
}

/// How written objects are shown: as --format and --fetch say, or by a line each.
pub(crate) fn view(form: Option<Form>, fetch: &[String], type_name: &str) -> Result<Option<View>, Failure> {
    let form = match form {
        None if fetch.is_empty() => return Ok(None),
        None => Form::Table,
        Some(form) => form,
    };
    let view = View::new(form, fetch, columns::usual(type_name))?.without_sums()?;
    let is_whole = fetch.is_empty() && matches!(form, Form::Json | Form::Jsonl);
    Ok(Some(if is_whole { view.whole() } else { view }))
}

/// Prints the requests in place of sending them. Names are looked up once for all; no mistake, no request.
pub(crate) fn preview(
    rally: &Rally,
    mut mutations: Vec<Mutation>,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let previews = match mutations.pop() {
        // A batch takes no ranks, and has no more to look up than this.
        Some(only) if mutations.is_empty() => vec![rally.preview(only)?],
        last => {
            mutations.extend(last);
            rally.batch(mutations).preview()?.into_iter().collect::<Result<_>>()?
        }
    };
    for preview in previews {
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
    form: Option<Form>,
    type_name: &str,
    tally: Tally,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    tell_view(verb, results, view(form, &[], type_name)?, tally, out)
}

/// The same with a view of the objects.
pub(crate) fn tell_view(
    verb: &str,
    results: Vec<(String, Result<Outcome>)>,
    view: Option<View>,
    mut tally: Tally,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let mut written: Vec<Entity> = Vec::new();
    for (label, result) in results {
        match result {
            Ok(outcome) => {
                tally.done(1);
                match (outcome.entity(), &view) {
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
    if let Some(view) = view {
        view.print(written.into_iter().map(Ok), out)?;
    }
    tally.finish()
}
