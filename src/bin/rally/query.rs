//! `rally query`.

use super::args::Format;
use super::failure::Done;
use super::output::{Sheet, cells};
use super::words;
use indicatif::{ProgressBar, ProgressStyle};
use rally_wsapi::{Entity, Query, Rally, Result};
use std::io::{IsTerminal, Write, stdout};

pub(crate) fn run(rally: &Rally, words: &words::Query) -> Done {
    let mut query = rally.query(&words.r#type);
    if let Some(filter) = &words.filter {
        query = query.filter(filter.as_str());
    }
    if let Some(order) = &words.order {
        query = query.order(order);
    }
    if let Some(limit) = words.limit {
        query = query.limit(limit);
    }
    if words.all_projects {
        query = query.all_projects();
    }
    if !words.types.is_empty() {
        query = query.types(&words.types);
    }
    if words.count {
        return Ok(writeln!(stdout(), "{}", query.count()?)?);
    }
    let columns = match &words.fetch {
        Some(paths) => split(paths),
        None => columns(rally, &words.r#type)?,
    };
    print(query.fetch(columns.as_slice()), words.format, columns)
}

pub(crate) fn split(paths: &str) -> Vec<String> {
    paths.split(',').map(|path| path.trim().to_owned()).collect()
}

fn print(query: Query, format: Format, columns: Vec<String>) -> Done {
    let mut rows = query.iter();
    let bar = bar(format);
    if !bar.is_hidden() {
        bar.set_length(rows.total()?);
    }
    let mut sheet = Sheet::new(std::io::BufWriter::new(stdout().lock()), format, columns.clone())?;
    for row in bar.wrap_iter(rows.by_ref()) {
        let row: Entity = row?;
        let row = match format {
            Format::Ids => vec![(id(&row), serde_json::Value::Null)],
            _ => cells(&row, &columns)?,
        };
        sheet.row(row)?;
    }
    bar.finish_and_clear();
    for warning in rows.warnings() {
        eprintln!("rally: the server warns: {warning}");
    }
    sheet.end()
}

/// What the other commands take: the FormattedID, or else the reference.
pub(crate) fn id(entity: &Entity) -> String {
    let reference = || entity.reference().map_or_else(String::new, ToString::to_string);
    entity.formatted_id().map_or_else(reference, str::to_owned)
}

/// Only for people who see nothing else meanwhile.
fn bar(format: Format) -> ProgressBar {
    if !std::io::stderr().is_terminal() || (stdout().is_terminal() && format != Format::Table) {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} rows, {eta} to go") {
        bar.set_style(style);
    }
    bar
}

/// Those of the usual columns that the type has.
fn columns(rally: &Rally, type_name: &str) -> Result<Vec<String>> {
    const USUAL: [&str; 12] = [
        "FormattedID",
        "UserName",
        "DisplayName",
        "EmailAddress",
        "Name",
        "State",
        "ScheduleState",
        "StartDate",
        "EndDate",
        "ReleaseDate",
        "CreationDate",
        "Owner",
    ];
    let known = rally.type_def(type_name)?;
    let has = |name: &str| known.attribute(name).is_some_and(|a| !a.is_hidden());
    // What has nothing to call it by is told apart by when it was made.
    let named = has("Name") || has("UserName") || has("FormattedID");
    let usual = USUAL.iter().filter(|name| has(name) && !(named && **name == "CreationDate"));
    let usual: Vec<String> = usual.map(|name| (*name).to_owned()).collect();
    Ok(if named { usual } else { [vec!["ObjectID".to_owned()], usual].concat() })
}
