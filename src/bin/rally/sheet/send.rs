//! The writes of a sheet, by batches, each noted in the result file before and after.

use super::plan::Write as Row;
use super::result::{Mark, Results};
use crate::entities::id;
use crate::failure::{Failure, Tally};
use crate::progress;
use crate::rows::Format;
use crate::show::Show;
use crate::stdio::say;
use crate::text::{counted, one_line};
use rally_wsapi::{Error, ErrorKind, Mutation, Outcome, Rally};
use serde_json::{Map, Value};
use std::io::Write;

/// Rows a batch.
const AT_ONCE: usize = 100;

/// A row that is checked.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) row: Row,
    /// In the form the server takes.
    pub(super) fields: Map<String, Value>,
    pub(super) missing: Vec<String>,
}

pub(super) fn send(
    rally: &Rally,
    ready: Vec<Ready>,
    mut results: Results<'_>,
    show: &Show,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let mut tally = Tally::default();
    for one in &ready {
        results.set(one.row.row, Mark::Unsent, one.row.id(), String::new());
    }
    if !ready.is_empty() {
        results.save()?;
    }
    let bar = progress::bar(ready.len() as u64, "rows");
    let mut is_over = false;
    for chunk in ready.chunks(AT_ONCE) {
        if is_over {
            break;
        }
        for one in chunk {
            results.set(one.row.row, Mark::Unknown, one.row.id(), String::new());
        }
        results.save()?;
        for (one, result) in chunk.iter().zip(batch(rally, chunk)) {
            bar.step();
            is_over |= result.as_ref().is_err_and(meets_all);
            tell(one, result, &mut results, show, &mut tally, out);
        }
        results.save()?;
    }
    drop(bar);
    let unsent = ready.iter().filter(|one| results.mark_of(one.row.row) == Some(Mark::Unsent)).count();
    if unsent > 0 {
        say(&format!(
            "{} not sent; run the same again once the cause is gone",
            counted(unsent as u64, "row")
        ));
    }
    if !matches!(show.format, None | Some(Format::Ids)) {
        let mut rows = show.rows(out, Format::Table, &["Line", "Id", "Result", "Message"]);
        for (row, entry) in results.rows() {
            let cells = [entry.id.as_str(), entry.mark.word(), entry.message.as_str()];
            let [id, word, message] = cells.map(|text| text.into());
            rows.row(&[row.line.into(), id, word, message])?;
        }
        rows.finish()?;
    }
    if let (true, Some(place)) = (tally.has_failed(), results.place()) {
        say(&format!("{place} tells what became of each row; rows that are done are not written again"));
    }
    tally.finish()
}

/// A verdict for each row, also where the request fails as a whole.
fn batch(rally: &Rally, chunk: &[Ready]) -> Vec<Result<Outcome, Error>> {
    let mutation = |one: &Ready| match &one.row.entity {
        Some(entity) => Mutation::update(&one.row.type_name, entity, &one.fields),
        None => Mutation::create(&one.row.type_name, &one.fields),
    };
    // What comes back is for the lines that are printed.
    let has = |name: &str| {
        let of_type =
            |one: &Ready| rally.type_def(&one.row.type_name).is_ok_and(|t| t.attribute(name).is_some());
        chunk.iter().all(of_type)
    };
    let names: Vec<&str> = ["ObjectID", "FormattedID", "Name"].into_iter().filter(|name| has(name)).collect();
    match rally.batch(chunk.iter().map(mutation)).fetch(names).send() {
        Ok(results) => results,
        Err(error) => chunk.iter().map(|_| Err(error.clone())).collect(),
    }
}

fn tell(
    one: &Ready,
    result: Result<Outcome, Error>,
    results: &mut Results<'_>,
    show: &Show,
    tally: &mut Tally,
    out: &mut dyn Write,
) {
    let mark = if one.row.entity.is_some() { Mark::Updated } else { Mark::Created };
    match result {
        Ok(outcome) => {
            tally.done(1);
            let id = outcome.entity().map_or_else(|| one.row.id(), id);
            let shown = outcome.entity().map_or_else(|| id.clone(), ToString::to_string);
            match show.format {
                None => tally.line(out, format_args!("{} {}", mark.word(), one_line(&shown))),
                Some(Format::Ids) => tally.line(out, one_line(&id)),
                Some(_) => {}
            }
            results.set(one.row.row, mark, id, outcome.warnings().join("; "));
        }
        Err(error) => {
            let mark = match error.may_have_acted() {
                true => Mark::Unknown,
                false if meets_all(&error) => Mark::Unsent,
                false => Mark::Refused,
            };
            let text = crate::remedy::at_the_prompt(&error.to_string());
            results.set(one.row.row, mark, one.row.id(), text);
            tally.flush(out);
            let of_object =
                if one.row.entity.is_some() { format!(" ({})", one.row.id()) } else { String::new() };
            tally.failed(&Failure::About(one_line(&format!("line {}{of_object}", one.row.line)), error));
        }
    }
}

/// Whether the rows behind would fail the same way.
fn meets_all(error: &Error) -> bool {
    use ErrorKind as K;
    matches!(
        error.kind(),
        K::Authentication
            | K::Permission
            | K::Connection
            | K::Timeout
            | K::Tls
            | K::Throttled { .. }
            | K::Unavailable { .. }
            | K::NotWsapi { .. }
            | K::Limit
    )
}
