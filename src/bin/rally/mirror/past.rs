//! The history that a mirror has, for `rally flow --file`: nothing is sent.

use super::history::{self, State};
use super::names::quoted;
use super::{sql, store};
use crate::failure::Failure;
use crate::text::one_line;
use rally_wsapi::flow::{Flow, FlowBuilder};
use rally_wsapi::jiff::tz::TimeZone;
use rally_wsapi::lookback::Snapshot;
use rally_wsapi::{Date, Timestamp};
use rusqlite::{Connection, OptionalExtension};
use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The history of some types in a file.
#[derive(Debug)]
pub(crate) struct Past {
    path: PathBuf,
    db: Connection,
    table: String,
    /// Each with how far it was read.
    types: Vec<(String, State)>,
}

impl Past {
    /// Opens the history of these types.
    pub(crate) fn open(path: &Path, types: &[&str]) -> Result<Past, Failure> {
        let db = sql::read_only(path)?;
        let shown = one_line(&path.display().to_string());
        let mut past = Past { path: path.to_owned(), db, table: String::new(), types: Vec::new() };
        let tables = "SELECT count(*) FROM sqlite_master WHERE name = 'mirror_types'";
        let is_mirror = past.number(tables)? > 0;
        past.table =
            is_mirror.then(|| past.meta(history::TABLE)).transpose()?.flatten().ok_or_else(|| {
                Failure::usage(format!(
                    "{shown} holds no history; `rally mirror {shown} --with-history` adds that of its types"
                ))
            })?;
        let known = past.known()?;
        for wanted in types {
            let found: Vec<&(String, State)> =
                known.iter().filter(|(name, _)| is_named(name, wanted)).collect();
            if found.is_empty() {
                let names: Vec<String> = known.iter().map(|(name, _)| one_line(name)).collect();
                return Err(Failure::usage(format!(
                    "{shown} has the history of {}, not of {}; name the types, or `rally mirror {shown} --types` with it",
                    names.join(", "),
                    one_line(wanted)
                )));
            }
            for (name, state) in found {
                if !past.types.iter().any(|(known, _)| known == name) {
                    past.types.push((name.clone(), state.clone()));
                }
            }
        }
        Ok(past)
    }

    fn failed(&self, why: rusqlite::Error) -> Failure {
        store::failed(&self.path, why)
    }

    fn number(&self, query: &str) -> Result<i64, Failure> {
        self.db.query_row(query, [], |row| row.get(0)).map_err(|why| self.failed(why))
    }

    fn meta(&self, name: &str) -> Result<Option<String>, Failure> {
        let found = self.db.query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| row.get(0));
        found.optional().map_err(|why| self.failed(why))
    }

    /// All types that have a history here.
    fn known(&self) -> Result<Vec<(String, State)>, Failure> {
        let read = || -> rusqlite::Result<Vec<String>> {
            let mut all = self.db.prepare("SELECT path FROM mirror_types ORDER BY rowid")?;
            all.query_map([], |row| row.get(0))?.collect()
        };
        let mut known = Vec::new();
        for path in read().map_err(|why| self.failed(why))? {
            let state = self.meta(&history::state_key(&path))?;
            if let Some(state) = state.and_then(|text| serde_json::from_str(&text).ok()) {
                known.push((path, state));
            }
        }
        Ok(known)
    }

    /// The time zone of the workspace.
    pub(crate) fn zone(&self) -> Result<String, Failure> {
        self.meta(history::ZONE)?.ok_or_else(|| {
            Failure::usage(format!(
                "{} does not know the time zone of the workspace; name it with --zone",
                one_line(&self.path.display().to_string())
            ))
        })
    }

    /// The element name of a field that the history has.
    pub(crate) fn element(&self, name: &str) -> Result<String, Failure> {
        let plain = name.trim();
        for (path, state) in &self.types {
            let query = "SELECT attribute FROM mirror_columns WHERE path = ?1 AND ?2 COLLATE NOCASE IN (attribute, shown) ORDER BY attribute <> ?2, rowid LIMIT 1";
            let found = self.db.query_row(query, [path.as_str(), plain], |row| row.get::<_, String>(0));
            let found = found.optional().map_err(|why| self.failed(why))?;
            let element = found.as_deref().unwrap_or(plain);
            if state.fields.iter().any(|field| field == element) {
                return Ok(element.to_owned());
            }
        }
        Err(Failure::usage(format!(
            "the history in {} does not have the field {}: it has drop-downs, numbers, and what is true or false",
            one_line(&self.path.display().to_string()),
            one_line(name)
        )))
    }

    /// Reads the history as of its last complete run. `under` is a FormattedID or an ObjectID.
    pub(crate) fn read(&self, builder: FlowBuilder, under: Option<&str>) -> Result<Flow, Failure> {
        let shown = || one_line(&self.path.display().to_string());
        // What one type lacks yet, the others do not tell either.
        let mut now: Option<Timestamp> = None;
        for (name, state) in &self.types {
            let complete = state.complete.ok_or_else(|| {
                Failure::usage(format!(
                    "the history of {} in {} is not complete yet; run `rally mirror {}` to its end",
                    one_line(name),
                    shown(),
                    shown()
                ))
            })?;
            now = Some(now.map_or(complete, |now| now.min(complete)));
        }
        let above = under.map(|item| self.item(item)).transpose()?;
        let names: Vec<&str> = self.types.iter().map(|(name, _)| name.as_str()).collect();
        let marks = vec!["?"; names.len()].join(",");
        let query = format!(
            "SELECT _raw FROM {} WHERE type IN ({marks}) ORDER BY _ValidFrom, ObjectID, _SnapshotNumber",
            quoted(&self.table)
        );
        let mut query = self.db.prepare(&query).map_err(|why| self.failed(why))?;
        let rows = query
            .query_map(rusqlite::params_from_iter(&names), |row| row.get::<_, String>(0))
            .map_err(|why| self.failed(why))?;
        let mut failure = None;
        let names = self.names()?;
        let read = |text: String| snapshot(&text, &names);
        let snapshots = rows.map_while(|row| match row.map_err(|why| self.failed(why)).and_then(read) {
            Ok(snapshot) => Some(snapshot),
            Err(why) => {
                failure = Some(why);
                None
            }
        });
        let is_below = |snapshot: &Snapshot| {
            let Some(above) = above else { return true };
            let items = snapshot.as_map().get("_ItemHierarchy").and_then(Value::as_array);
            items.is_some_and(|items| items.iter().any(|id| id.as_i64() == Some(above)))
        };
        let flow = builder.read(snapshots.filter(is_below), now.unwrap_or(Timestamp::UNIX_EPOCH));
        failure.map_or(Ok(flow?), Err)
    }

    /// What the timeboxes that are mirrored are called now: the server names them so in old versions, too.
    fn names(&self) -> Result<HashMap<i64, String>, Failure> {
        let tables = "SELECT tbl FROM mirror_types WHERE path IN ('Iteration', 'Release')";
        let read = || -> rusqlite::Result<HashMap<i64, String>> {
            let mut tables = self.db.prepare(tables)?;
            let tables: Vec<String> = tables.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
            let mut names = HashMap::new();
            for table in tables {
                let query = format!("SELECT ObjectID, Name FROM {} WHERE Name IS NOT NULL", quoted(&table));
                let mut query = self.db.prepare(&query)?;
                for row in query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))? {
                    names.extend([row?]);
                }
            }
            Ok(names)
        };
        read().map_err(|why| self.failed(why))
    }

    fn item(&self, item: &str) -> Result<i64, Failure> {
        if let Ok(id) = item.trim().parse() {
            return Ok(id);
        }
        let query = format!(
            "SELECT ObjectID FROM {} WHERE FormattedID = ?1 COLLATE NOCASE LIMIT 1",
            quoted(&self.table)
        );
        let found = self.db.query_row(&query, [item.trim()], |row| row.get(0)).optional();
        found.map_err(|why| self.failed(why))?.ok_or_else(|| {
            Failure::NotThere(format!(
                "{} has no history of {}; mirror its type, too, or give its ObjectID",
                one_line(&self.path.display().to_string()),
                one_line(item)
            ))
        })
    }

    /// Begin and end of each timebox of a name, as days.
    pub(crate) fn days_of(
        &self,
        kind: &str,
        (start, end): (&str, &str),
        name: &str,
        zone: &TimeZone,
    ) -> Result<Vec<(Date, Date)>, Failure> {
        let query = "SELECT tbl FROM mirror_types WHERE path = ?1";
        let table = self.db.query_row(query, [kind], |row| row.get::<_, String>(0)).optional();
        let table = table.map_err(|why| self.failed(why))?.ok_or_else(|| {
            Failure::usage(format!(
                "{} does not mirror {kind}, which has the days; add it with --types {kind}, or give --since and --until",
                one_line(&self.path.display().to_string())
            ))
        })?;
        let query =
            format!("SELECT {}, {} FROM {} WHERE Name = ?1", quoted(start), quoted(end), quoted(&table));
        let read = || -> rusqlite::Result<Vec<(Timestamp, Timestamp)>> {
            let instant = |row: &rusqlite::Row<'_>, at: usize| -> rusqlite::Result<Timestamp> {
                let text: String = row.get(at)?;
                text.parse().map_err(|_| {
                    rusqlite::Error::InvalidColumnType(at, start.into(), rusqlite::types::Type::Text)
                })
            };
            let mut all = self.db.prepare(&query)?;
            all.query_map([name], |row| Ok((instant(row, 0)?, instant(row, 1)?)))?.collect()
        };
        let day = |at: Timestamp| zone.to_datetime(at).date();
        let read = read().map_err(|why| self.failed(why))?;
        Ok(read.into_iter().map(|(start, end)| (day(start), day(end))).collect())
    }
}

fn snapshot(text: &str, names: &HashMap<i64, String>) -> Result<Snapshot, Failure> {
    let mut json: Value = serde_json::from_str(text).unwrap_or(Value::Null);
    for field in ["Iteration", "Release"] {
        let Some(timebox) = json.get_mut(field).and_then(Value::as_object_mut) else { continue };
        let name = timebox.get("ObjectID").and_then(Value::as_i64).and_then(|id| names.get(&id));
        timebox.extend(name.map(|name| ("Name".to_owned(), name.as_str().into())));
    }
    Ok(Snapshot::from_json(json)?)
}

/// Whether a type has this name: its path, the last part of that, or what people call stories.
fn is_named(path: &str, wanted: &str) -> bool {
    let plain = |text: &str| text.replace(' ', "").to_lowercase();
    let (path, wanted) = (plain(path), plain(wanted));
    let wanted = if matches!(wanted.as_str(), "story" | "userstory") {
        "hierarchicalrequirement"
    } else {
        wanted.as_str()
    };
    wanted == "artifact" || path == wanted || path.rsplit('/').next() == Some(wanted)
}
