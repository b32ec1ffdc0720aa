//! `rally create --csv` and `rally update --csv`: a sheet as `rally query --format csv` prints it, written back.

mod cells;
mod columns;
mod creates;
mod origin;
mod plan;
mod read;
mod result;
mod send;
mod updates;

use self::origin::Origin;
use self::plan::{Change, Planner, Write as Row, is_there};
use self::read::{Mistakes, Sheet};
use self::result::{Mark, Results};
use self::send::Ready;
use self::updates::Updating;
use crate::failure::Failure;
use crate::rows::Format;
use crate::settings::Connection;
use crate::show::Show;
use crate::stdio::say;
use crate::text::counted;
use rally_wsapi::{Mutation, Preview, Rally};
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The flags of a sheet.
#[derive(Debug, clap::Args)]
pub(crate) struct Flags {
    /// A sheet of comma-separated values, a row an object; its first line names the fields; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["json", "fetch"])]
    csv: Option<PathBuf>,

    /// Where to keep what became of each row of --csv; beside FILE as NAME.result.csv without it, or nowhere with --sandbox
    #[arg(long, value_name = "FILE", requires = "csv")]
    result: Option<PathBuf>,
}

/// What is to be done with the rows.
#[derive(Debug)]
pub(crate) enum Task<'a> {
    /// Fields beside the sheet go over its cells.
    Create {
        type_name: &'a str,
        constants: Map<String, Value>,
    },
    Update {
        type_name: Option<&'a str>,
        clear_empty: bool,
        overwrite: bool,
    },
}

impl Flags {
    pub(crate) fn csv(&self) -> Option<&Path> {
        self.csv.as_deref()
    }

    /// Nothing is written before the whole sheet is found to be right.
    pub(crate) fn run(
        &self,
        path: &Path,
        task: &Task<'_>,
        dry_run: bool,
        show: &Show,
        connection: &Connection,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        let rally: &Rally = connection;
        let sheet = read::read(path)?;
        // Results of a sandbox that is gone with this run are of no use to the next one.
        let beside = || if connection.is_sandbox() { None } else { result::path_beside(path) };
        let results_at = self.result.clone().or_else(beside);
        if matches!(task, Task::Update { .. }) {
            Results::check_place(results_at.as_deref())?;
        }
        let mut results = Results::new(&sheet, results_at, Origin::of(task, connection)?);
        let mut planner = Planner::new(rally, &sheet);
        let done = match task {
            Task::Update { .. } => results.done_earlier(),
            Task::Create { .. } => HashSet::new(),
        };
        let rows = match task {
            Task::Update { type_name, clear_empty, overwrite } => planner.updates(&Updating {
                type_name: *type_name,
                clear_empty: *clear_empty,
                overwrite: *overwrite,
                done: &done,
            })?,
            Task::Create { type_name, constants } => {
                results.take_earlier()?;
                tell_left_out(&sheet, &planner, &results);
                planner.creates(type_name, constants, |row| results.mark_of(row).is_none())?
            }
        };
        let (left, mut mistakes) = (planner.left, planner.mistakes);
        add_unknown(&sheet, &results, &mut mistakes);
        let ready = checked(rally, rows, &mut mistakes, &mut results, &done)?;
        mistakes.finish(&read::place_of(path))?;
        if left > 0 {
            let cells = counted(left as u64, "empty cell");
            say(&format!("{cells} changed nothing; --clear-empty empties the fields"));
        }
        if ready.is_empty() {
            say(match task {
                Task::Update { .. } => "there is nothing to write: the server has what the file says",
                Task::Create { .. } => "there is nothing to create: no row is left to make an object of",
            });
        }
        match dry_run {
            true => print_plan(&ready, show, out),
            false => send::send(rally, ready, results, show, out),
        }
    }
}

/// The rows that are to be written, each with its request, once all are checked together.
fn checked(
    rally: &Rally,
    rows: Vec<Row>,
    mistakes: &mut Mistakes,
    results: &mut Results<'_>,
    done: &HashSet<usize>,
) -> Result<Vec<Ready>, Failure> {
    // What an earlier run wrote is so marked for the next one too.
    let mut unchanged = |row: &Row| match done.contains(&row.row) {
        true => results.set(row.row, Mark::Updated, row.id(), result::EARLIER.to_owned()),
        false => results.set(row.row, Mark::Unchanged, row.id(), String::new()),
    };
    let (due, same): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| !row.changes.is_empty());
    for row in same {
        match &row.entity {
            Some(_) => unchanged(&row),
            None => mistakes.add(row.line, None, "no cell that sets a field is filled"),
        }
    }
    let mut ready = Vec::new();
    let mut due = due;
    // A preview tells one mistake of a row: what is left of the row is looked at again.
    while !due.is_empty() {
        let previews = rally.batch(due.iter().map(mutation)).preview()?;
        let mut again = Vec::new();
        for (mut row, preview) in due.into_iter().zip(previews) {
            match preview {
                Ok(preview) => {
                    let one = Ready::new(row, &preview);
                    match (&one.row.entity, one.fields.is_empty()) {
                        (Some(_), true) => unchanged(&one.row),
                        _ => {
                            if let Some((column, text)) = &one.row.since {
                                mistakes.add(one.row.line, Some(column), text);
                            }
                            ready.push(one);
                        }
                    }
                }
                Err(error) => {
                    let text = error.to_string();
                    let change = row.changes.iter().position(|change| is_about(change, &text));
                    let change = change.map(|at| row.changes.remove(at));
                    let column = change.as_ref().map(|change| change.column.as_str());
                    // The column says which field it is.
                    let field = change.as_ref().map(|change| format!("`{}`: ", change.name));
                    let text = field.and_then(|field| text.strip_prefix(&field)).unwrap_or(&text);
                    mistakes.add(row.line, column, text);
                    if change.is_some() && !row.changes.is_empty() {
                        again.push(row);
                    }
                }
            }
        }
        due = if mistakes.are_enough() { Vec::new() } else { again };
    }
    Ok(ready)
}

fn mutation(row: &Row) -> Mutation {
    match &row.entity {
        Some(entity) => Mutation::update(&row.type_name, entity, row.fields()),
        None => Mutation::create(&row.type_name, row.fields()),
    }
}

/// Whether a message names the field, or its value.
fn is_about(change: &Change, text: &str) -> bool {
    let names = |word: &str| text.contains(&format!("`{word}`"));
    names(&change.name) || names(change.after.trim())
}

/// Rows that `create` has nothing to do with.
fn tell_left_out(sheet: &Sheet, planner: &Planner<'_>, results: &Results<'_>) {
    let named = sheet.rows.iter().filter(|row| planner.has_id(row)).count();
    if named > 0 {
        let rows = counted(named as u64, "row");
        say(&format!("{rows} with an id left out; `rally update --csv` writes them"));
    }
    let made = (0..sheet.rows.len()).filter(|row| results.mark_of(*row) == Some(Mark::Created)).count();
    if let (1.., Some(place)) = (made, results.place()) {
        let rows = counted(made as u64, "row");
        say(&format!("{rows} left out: an earlier run made their objects, as {place} says"));
    }
}

/// A second object must not come of a row whose first may be there.
fn add_unknown(sheet: &Sheet, results: &Results<'_>, mistakes: &mut Mistakes) {
    let place = results.place().unwrap_or_default();
    for (at, row) in sheet.rows.iter().enumerate() {
        if results.mark_of(at) == Some(Mark::Unknown) {
            let text = format!(
                "an earlier run may have made it; look for it, then write `created` for `unknown` in {place}, or remove its line there to make it again"
            );
            mistakes.add(row.line, None, &text);
        }
    }
}

fn print_plan(ready: &[Ready], show: &Show, out: &mut dyn Write) -> Result<(), Failure> {
    if show.format == Some(Format::Ids) {
        for one in ready.iter().filter(|one| one.row.entity.is_some()) {
            writeln!(out, "{}", one.row.id())?;
        }
        return Ok(());
    }
    let mut rows = show.rows(out, Format::Table, &["Line", "Id", "Field", "Before", "After"]);
    for Ready { row, missing, .. } in ready {
        let id = if row.entity.is_some() { row.id() } else { format!("new {}", row.type_name) };
        for change in &row.changes {
            let [before, after] = [&change.before, &change.after].map(|text| text.as_str().into());
            rows.row(&[row.line.into(), id.as_str().into(), change.name.as_str().into(), before, after])?;
        }
        if !missing.is_empty() {
            let names = missing.join(", ");
            say(&format!(
                "line {}: required and not given: {names}; the server refuses this unless it has a default",
                row.line
            ));
        }
    }
    rows.finish()
}

impl Ready {
    /// The row with the fields of its request, in which names stand for objects no more.
    fn new(mut row: Row, preview: &Preview) -> Ready {
        let inner = preview.body().and_then(Value::as_object).and_then(|body| body.values().next());
        let mut fields = inner.and_then(Value::as_object).cloned().unwrap_or_default();
        if let Some(entity) = &row.entity {
            fields.retain(|name, value| !is_there(entity, name, value));
            row.changes.retain(|change| fields.contains_key(&change.name));
        }
        Ready { row, fields, missing: preview.missing().to_vec() }
    }
}
