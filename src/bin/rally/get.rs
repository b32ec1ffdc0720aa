//! `rally get`.

use super::args::Format;
use super::failure::{Done, Tally};
use super::output::{Sheet, cells, plain};
use super::words::{Get, Shown};
use super::{query, targets};
use rally_wsapi::{Entity, Rally, Result};
use serde_json::{Map, Value};
use std::io::{Write, stdout};

pub(crate) fn run(rally: &Rally, words: &Get) -> Done {
    let mut tally = Tally::default();
    let paths = words.fetch.as_deref().map(query::split);
    let mut found = Vec::new();
    for (name, result) in targets::all(rally, words.r#type.as_deref(), &words.ids)? {
        found.extend(tally.take(&name, result));
    }
    let mut out = stdout().lock();
    match words.format {
        Shown::Table => {
            let paths = paths.unwrap_or_else(|| usual(&found));
            let mut sheet = Sheet::new(&mut out, Format::Table, paths.clone())?;
            for entity in &found {
                sheet.row(cells(entity, &paths)?)?;
            }
            sheet.end()?;
        }
        Shown::Details => {
            for (at, entity) in found.iter().enumerate() {
                writeln!(out, "{}{}", if at == 0 { "" } else { "\n" }, details(entity, paths.as_deref())?)?;
            }
        }
        Shown::Json => {
            let mut all: Vec<Value> =
                found.iter().map(|entity| json(entity, paths.as_deref())).collect::<Result<_>>()?;
            // One id gives one object; several give an array, however many are found.
            match all.pop() {
                Some(only) if all.is_empty() && words.ids.len() == 1 && found.len() == 1 => {
                    writeln!(out, "{only:#}")?;
                }
                last => {
                    all.extend(last);
                    writeln!(out, "{:#}", Value::Array(all))?;
                }
            }
        }
    }
    tally.end()
}

/// What the first one has of the usual columns.
fn usual(found: &[Entity]) -> Vec<String> {
    let has = |name: &&str| found.first().is_some_and(|entity| entity.as_map().contains_key(*name));
    let columns = ["FormattedID", "UserName", "ObjectID", "Name", "Owner"].into_iter().filter(has);
    let columns: Vec<String> = columns.map(str::to_owned).collect();
    let drop = if columns.first().is_some_and(|c| c == "ObjectID") { "" } else { "ObjectID" };
    columns.into_iter().filter(|column| column != drop).collect()
}

fn details(entity: &Entity, paths: Option<&[String]>) -> Result<String> {
    let Some(paths) = paths else { return Ok(entity.details()) };
    let width = paths.iter().map(String::len).max().unwrap_or_default();
    let cells = cells(entity, paths)?;
    let lines = paths.iter().zip(&cells).map(|(path, (text, _))| format!("{path:<width$} : {}", plain(text)));
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

fn json(entity: &Entity, paths: Option<&[String]>) -> Result<Value> {
    let Some(paths) = paths else { return Ok(Value::Object(entity.as_map().clone())) };
    let values = cells(entity, paths)?.into_iter().map(|(_, value)| value);
    Ok(Value::Object(paths.iter().cloned().zip(values).collect::<Map<_, _>>()))
}
