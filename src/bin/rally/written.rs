//! Writes as they end: a line for each object, a verdict for all.

use crate::columns;
use crate::entities::View;
use crate::failure::{self, Failure, Tally};
use crate::progress;
use crate::remedy::at_the_prompt;
use crate::rows::Format;
use crate::show::Show;
use crate::stdio::say;
use crate::text::one_line;
use rally_wsapi::{Entity, Error, Mutation, Outcome, Rally, Result};
use std::io::Write;

/// What became of each.
type Sent = Result<Vec<Result<Outcome>>, Failure>;

/// The number of mistakes that are listed one by one.
const TOLD: usize = 20;

/// Sends them: one alone, several by batches. `Err` where nothing was written.
pub(crate) fn send(rally: &Rally, mutations: Vec<Mutation>) -> Sent {
    send_fetching(rally, mutations, &[], None)
}

/// The same; what comes back of each is what the view shows. Mistakes are reported by the labels.
pub(crate) fn send_fetching(
    rally: &Rally,
    mut mutations: Vec<Mutation>,
    labels: &[String],
    view: Option<&View>,
) -> Sent {
    match mutations.pop() {
        None => Ok(Vec::new()),
        Some(only) if mutations.is_empty() => {
            // Alone, it comes whole unless fields are named.
            let names = view.and_then(View::asked);
            Ok(vec![rally.apply(names.into_iter().fold(only, |only, names| only.fetch(names)))])
        }
        Some(last) => {
            mutations.push(last);
            let _spinner = progress::spinner(format!("writing {} objects", mutations.len()));
            let batch = rally.batch(mutations.iter().cloned());
            let names = view.and_then(View::asked_of_many);
            let sent = names.into_iter().fold(batch, |batch, names| batch.fetch(names)).send();
            sent.map_err(|error| all_mistakes(rally, mutations, labels, error))
        }
    }
}

/// A batch ends at its first mistake: all of them are told.
fn all_mistakes(rally: &Rally, mutations: Vec<Mutation>, labels: &[String], first: Error) -> Failure {
    let is_mistake = matches!(failure::code(&first), failure::USAGE | failure::NOT_FOUND);
    match is_mistake.then(|| rally.batch(mutations).preview()) {
        Some(Ok(previews)) => told(previews.into_iter().map(Result::err), labels, first),
        _ => first.into(),
    }
}

/// Prints the mistakes, those of one text once.
fn told(mistakes: impl Iterator<Item = Option<Error>>, labels: &[String], first: Error) -> Failure {
    let mut told: Vec<(String, String)> = Vec::new();
    for (at, error) in mistakes.enumerate().filter_map(|(at, one)| Some((at, one?))) {
        let label =
            labels.get(at).map_or_else(|| format!("item {}", at.saturating_add(1)), |text| one_line(text));
        let text = error.to_string();
        match told.iter_mut().find(|(_, other)| *other == text) {
            Some((labels, _)) if labels.ends_with("..") => {}
            Some((labels, _)) if labels.len() > 60 => labels.push_str(", .."),
            Some((labels, _)) => labels.push_str(&format!(", {label}")),
            None => told.push((label, text)),
        }
    }
    if told.is_empty() {
        return first.into();
    }
    for (labels, text) in told.iter().take(TOLD) {
        say(&at_the_prompt(&format!("{labels}: {text}")));
    }
    if let Some(more @ 1..) = told.len().checked_sub(TOLD) {
        say(&format!("and {more} more"));
    }
    say("nothing was written");
    Failure::Told(failure::code(&first))
}

/// How written objects are shown: as --format and --fetch say, or by a line each.
pub(crate) fn view(show: &Show, fetch: &[String], type_name: &str) -> Result<Option<View>, Failure> {
    if show.format.is_none() && fetch.is_empty() {
        return Ok(None);
    }
    let look = show.look(Format::Table);
    let view = View::new(look, fetch, columns::usual(type_name))?.without_sums()?;
    let is_whole = fetch.is_empty() && matches!(look.format, Format::Json | Format::Jsonl);
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
            let previews = rally.batch(mutations).preview()?;
            if let Some(first) = previews.iter().find_map(|one| one.as_ref().err()).cloned() {
                return Err(told(previews.into_iter().map(Result::err), &[], first));
            }
            previews.into_iter().flatten().collect()
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

/// Prints each write: `updated DE12: Name`, or the objects in the form asked for.
pub(crate) fn tell(
    verb: &str,
    results: Vec<(String, Result<Outcome>)>,
    show: &Show,
    type_name: &str,
    tally: Tally,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    tell_view(verb, results, view(show, &[], type_name)?, tally, out)
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
