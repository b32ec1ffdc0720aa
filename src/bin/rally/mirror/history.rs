//! The history of the mirrored types: snapshots of the Lookback API in a table of their own.
//!
//! A snapshot that was current when it was read ends later. Mostly the next one of its object says so by its beginning. One
//! that has no successor here, as when the object moves to a project that is not mirrored, is asked for by its end.

use super::names::quoted;
use super::store::{self, Store};
use crate::failure::Failure;
use crate::progress;
use crate::text::one_line;
use rally_wsapi::lookback::{Lookback, Snapshot, Snapshots, Watermark};
use rally_wsapi::schema::{Attribute, AttributeType, TypeDef};
use rally_wsapi::{ErrorKind, Rally, Timestamp, attr};
use rusqlite::{Transaction, params};
use serde::{Deserialize, Serialize};

/// Snapshots of a page, and of a transaction: a page of the most that the server gives would take hundreds of megabytes.
pub(super) const PAGE_SIZE: u64 = 5_000;

/// Where the name of the table is kept.
pub(super) const TABLE: &str = "history_table";
/// Where the time zone of the workspace is kept.
pub(super) const ZONE: &str = "time_zone";

/// After all ends.
const NEVER: &str = "9999-01-01T00:00:00Z";

/// What each snapshot has beside drop-downs, numbers and what is true or false.
const FIELDS: [&str; 12] = [
    "FormattedID",
    "Name",
    "Project",
    "Iteration",
    "Release",
    "Owner",
    "Parent",
    "PortfolioItem",
    "WorkProduct",
    "Requirement",
    "State",
    "FlowState",
];
const MEMBERS: [&str; 3] = ["_SnapshotNumber", "_ItemHierarchy", "_ProjectHierarchy"];

/// Of these the names come along.
const NAMED: [&str; 5] = ["Project", "Iteration", "Release", "State", "FlowState"];

/// How far the history of a type was read; kept in `meta`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct State {
    watermark: Option<Watermark>,
    pub(super) fields: Vec<String>,
    /// Up to when the ends are right.
    closed: Option<Timestamp>,
    /// Up to when the snapshots are complete.
    pub(super) complete: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) new: u64,
    pub(super) total: u64,
}

/// Whether runs read the history without a flag.
pub(super) fn is_kept(store: &Store) -> Result<bool, Failure> {
    Ok(store.meta(TABLE)?.is_some())
}

/// Makes the table, unless it is there, and returns its name. From then on each run reads the history, too.
fn begin(store: &mut Store) -> Result<String, Failure> {
    if let Some(table) = store.meta(TABLE)? {
        return Ok(table);
    }
    let table = store.taken()?.take("Snapshots");
    store.write(|with| {
        with.execute_batch(&format!(
            "CREATE TABLE {name} (ObjectID INTEGER NOT NULL, _ValidFrom TEXT NOT NULL, _SnapshotNumber INTEGER NOT NULL, _ValidTo TEXT NOT NULL, _SnapshotType TEXT, type TEXT NOT NULL, FormattedID TEXT, _raw TEXT NOT NULL, PRIMARY KEY (ObjectID, _ValidFrom, _SnapshotNumber)); CREATE INDEX {index} ON {name} (type, _ValidFrom, ObjectID)",
            name = quoted(&table),
            index = quoted(&format!("mirror_{table}"))
        ))?;
        store::set_meta(with, TABLE, &table)
    })?;
    Ok(table)
}

pub(super) fn state_key(path: &str) -> String {
    format!("history {path}")
}

/// The drop-downs of a type, and all fields that are read.
fn fields(definition: &TypeDef) -> (Vec<&str>, Vec<String>) {
    use AttributeType as T;
    let is_plain = |a: &&Attribute| a.element_name().chars().all(|c| c.is_alphanumeric() || c == '_');
    let all = || definition.attributes().iter().filter(is_plain);
    let is_drop_down = |a: &&Attribute| match a.attribute_type() {
        T::State | T::Rating | T::DropDown => true,
        T::String => a.is_constrained() == Some(true),
        _ => false,
    };
    let is_value =
        |a: &Attribute| matches!(a.attribute_type(), T::Boolean | T::Integer | T::Decimal | T::Quantity);
    let drop_downs: Vec<&str> = all()
        .filter(|a| is_drop_down(a) || NAMED.contains(&a.element_name()))
        .map(Attribute::element_name)
        .collect();
    let wanted = |a: &&Attribute| {
        let name = a.element_name();
        name != "ObjectID" && (is_value(a) || FIELDS.contains(&name) || drop_downs.contains(&name))
    };
    let mut fields: Vec<String> = all().filter(wanted).map(|a| a.element_name().to_owned()).collect();
    fields.extend(MEMBERS.map(str::to_owned));
    (drop_downs, fields)
}

/// Brings the history of all types up to date. Returns what was done with each that has one.
pub(super) fn update_all(
    from: (&Rally, u64),
    store: &mut Store,
    live: &[String],
) -> Result<Vec<(String, Read)>, Failure> {
    let mut types = Vec::new();
    for path in live {
        types.extend(update(from, store, path)?.map(|read| (path.clone(), read)));
    }
    if types.is_empty() {
        return Err(Failure::usage(
            "none of the types has a history: only artifacts have, as Story, Defect, Task or PortfolioItem/Feature",
        ));
    }
    match from.0.time_zone() {
        Ok(zone) => {
            let zone = zone.iana_name().unwrap_or("UTC");
            if store.meta(ZONE)?.as_deref() != Some(zone) {
                store.set_meta(ZONE, zone)?;
            }
        }
        // One that this machine does not know can be named when it is needed.
        Err(error) if matches!(error.kind(), ErrorKind::Value) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(types)
}

/// Reads what is new in the history of a type; `None` if the service keeps none.
pub(super) fn update(
    (rally, page_size): (&Rally, u64),
    store: &mut Store,
    path: &str,
) -> Result<Option<Read>, Failure> {
    let definition = rally.type_def(path)?;
    if definition.attribute("FormattedID").is_none() {
        // Only artifacts have one, and only they have a history.
        return Ok(None);
    }
    let failed = |error| Failure::About(format!("the history of {} (Lookback API)", one_line(path)), error);
    let known = store.meta(&state_key(path))?;
    let mut state: State = known.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let is_first = state.closed.is_none();
    let (named, fields) = fields(&definition);
    if fields.iter().any(|field| !state.fields.contains(field)) {
        // The snapshots that are here lack it: they are read again.
        state.watermark = None;
    }
    let mut past = rally.lookback(path).fields(&fields).hydrate(&named).page_size(page_size);
    state.fields = fields;
    if let Some(day) = store.meta("since")? {
        past = past.between(day, NEVER);
    }
    if let Some(watermark) = &state.watermark {
        past = past.since(watermark);
    }
    let (mut new, mut rows) = (0_u64, past.iter());
    let progress = progress::spinner(format!("the history of {}", one_line(path)));
    loop {
        let (batch, failure) = taken(&mut rows, page_size);
        if failure.as_ref().is_some_and(|error| batch.is_empty() && matches!(error.kind(), ErrorKind::Input))
        {
            // Refused before it was sent: the service has no snapshots of this type.
            return Ok(None);
        }
        if rows.complete_until().is_some() {
            let table = begin(store)?;
            let put = Put::new(&table, path);
            state.watermark = rows.watermark();
            state.closed = state.closed.or(rows.complete_until());
            let kept = serde_json::to_string(&state).unwrap_or_default();
            store.write(|with| {
                for snapshot in &batch {
                    new = new.saturating_add(u64::from(put.put(with, snapshot)?));
                }
                store::set_meta(with, &state_key(path), &kept)
            })?;
        }
        if let Some(error) = failure {
            return Err(failed(error));
        }
        if (batch.len() as u64) < page_size {
            break;
        }
        progress.step();
    }
    state.complete = rows.complete_until();
    let table = begin(store)?;
    if is_first {
        // All ends are of now.
        state.closed = state.complete;
    } else {
        let ended = rally.lookback(path).page_size(page_size);
        let put = Put::new(&table, path);
        close(store, &put, ended, &mut state, page_size).map_err(|failure| match failure {
            Failure::Rally(error) => failed(error),
            other => other,
        })?;
    }
    store.set_meta(&state_key(path), &serde_json::to_string(&state).unwrap_or_default())?;
    let total = format!("SELECT count(*) FROM {} WHERE type = ?1", quoted(&table));
    let total = store.db.query_row(&total, [path], |row| row.get::<_, i64>(0));
    let total = total.map_err(|why| store.failed(why))?;
    Ok(Some(Read { new, total: total.unsigned_abs() }))
}

/// Takes at most `most` snapshots.
fn taken(rows: &mut Snapshots, most: u64) -> (Vec<Snapshot>, Option<rally_wsapi::Error>) {
    let mut batch = Vec::new();
    while (batch.len() as u64) < most {
        match rows.next() {
            Some(Ok(snapshot)) => batch.push(snapshot),
            Some(Err(error)) => return (batch, Some(error)),
            None => break,
        }
    }
    (batch, None)
}

/// Ends the snapshots that have ended since they were read, with or without a next one.
fn close(
    store: &mut Store,
    put: &Put,
    past: Lookback,
    state: &mut State,
    page_size: u64,
) -> Result<(), Failure> {
    let (Some(before), Some(now)) = (state.closed, state.complete) else { return Ok(()) };
    // With the number no two are merged, whose ends would be one. What ended at the last instant may have come after it
    // was read.
    let past = past.fields("_SnapshotNumber").filter(attr("_ValidTo").ge(written(before)));
    let mut rows = past.filter(attr("_ValidTo").le(written(now))).iter();
    loop {
        let (batch, failure) = taken(&mut rows, page_size);
        store.write(|with| batch.iter().try_for_each(|snapshot| put.end(with, snapshot)))?;
        if let Some(error) = failure {
            return Err(error.into());
        }
        if (batch.len() as u64) < page_size {
            break;
        }
    }
    state.closed = Some(now);
    Ok(())
}

/// Always as long, so that times compare as texts.
fn written(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// The statements for snapshots of a type.
struct Put<'a> {
    path: &'a str,
    is_there: String,
    insert: String,
    succeed: String,
    end: String,
}

impl Put<'_> {
    fn new<'a>(table: &str, path: &'a str) -> Put<'a> {
        let table = quoted(table);
        let set = format!("UPDATE {table} SET _ValidTo = ?2, _raw = json_set(_raw, '$._ValidTo', ?2)");
        Put {
            path,
            is_there: format!(
                "SELECT EXISTS (SELECT 1 FROM {table} WHERE ObjectID = ?1 AND _ValidFrom = ?2 AND _SnapshotNumber = ?3)"
            ),
            insert: format!(
                "INSERT OR REPLACE INTO {table} (ObjectID, _ValidFrom, _SnapshotNumber, _ValidTo, _SnapshotType, type, FormattedID, _raw) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
            ),
            succeed: format!(
                "{set} WHERE ObjectID = ?1 AND _ValidTo > ?2 AND (_ValidFrom < ?2 OR (_ValidFrom = ?2 AND _SnapshotNumber < ?3))"
            ),
            end: format!(
                "{set} WHERE ObjectID = ?1 AND _ValidTo > ?2 AND _ValidFrom = (SELECT max(_ValidFrom) FROM {table} WHERE ObjectID = ?1 AND _ValidFrom < ?2)"
            ),
        }
    }

    /// Stores a snapshot, which ends what was before it. `true` if it is new.
    fn put(&self, with: &Transaction<'_>, snapshot: &Snapshot) -> rusqlite::Result<bool> {
        let (id, valid) = (snapshot.object_id(), snapshot.valid());
        let (from, to) = (written(valid.start), written(valid.end));
        let number = snapshot.number().and_then(|number| i64::try_from(number).ok()).unwrap_or(-1);
        let text = |name: &str| snapshot.as_map().get(name).and_then(serde_json::Value::as_str);
        let is_there: bool =
            with.prepare_cached(&self.is_there)?.query_row(params![id, from, number], |row| row.get(0))?;
        let raw = serde_json::to_string(snapshot.as_map()).unwrap_or_default();
        let values =
            params![id, from, number, to, text("_SnapshotType"), self.path, text("FormattedID"), raw];
        with.prepare_cached(&self.insert)?.execute(values)?;
        with.prepare_cached(&self.succeed)?.execute(params![id, from, number])?;
        Ok(!is_there)
    }

    /// Ends what was so up to the end of a snapshot, whichever others it was merged with.
    fn end(&self, with: &Transaction<'_>, snapshot: &Snapshot) -> rusqlite::Result<()> {
        let to = written(snapshot.valid().end);
        with.prepare_cached(&self.end)?.execute(params![snapshot.object_id(), to]).map(drop)
    }
}
