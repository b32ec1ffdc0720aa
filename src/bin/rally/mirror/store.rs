//! The file: its own tables, and the tables of the types.

use super::columns::{Column, Kind};
use super::names::{Taken, quoted};
use super::{dependents, links, renamed, values};
use crate::failure::Failure;
use crate::text::one_line;
use rally_wsapi::Entity;
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params, params_from_iter};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The form of the file. A newer one is refused.
const FORMAT: i64 = 1;
/// `PRAGMA application_id` of a mirror.
const MARK: i32 = 0x52_4d_69_72;

const OWN: &str = "
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE mirror_types (path TEXT PRIMARY KEY, tbl TEXT NOT NULL, watermark TEXT, schema TEXT, raw INTEGER NOT NULL, due INTEGER NOT NULL DEFAULT 0);
CREATE TABLE mirror_columns (path TEXT NOT NULL, attribute TEXT NOT NULL, kind TEXT NOT NULL, names TEXT NOT NULL, links TEXT, shown TEXT NOT NULL, PRIMARY KEY (path, attribute));
";

/// A type of the mirror.
#[derive(Clone, Debug)]
pub(super) struct Mirrored {
    pub(super) path: String,
    pub(super) table: String,
    pub(super) watermark: Option<String>,
    /// What its columns were made of.
    pub(super) schema: Option<String>,
    pub(super) raw: bool,
    /// A sweep is due: the server's clock went back.
    pub(super) is_due: bool,
}

#[derive(Debug)]
pub(super) struct Store {
    path: PathBuf,
    pub(super) db: Connection,
    /// Counts the writes: another program that writes to the file makes another number.
    writes: i64,
}

/// What happened to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    New,
    Changed,
    Same,
}

impl Store {
    /// Opens or makes the file. `scope` is what it is a mirror of: workspace and project.
    pub(super) fn open(path: &Path, scope: &[(&str, String)]) -> Result<Store, Failure> {
        let refused = |why: rusqlite::Error| failed(path, why);
        let mut db = Connection::open(path).map_err(refused)?;
        db.busy_timeout(Duration::from_secs(2)).map_err(refused)?;
        db.set_prepared_statement_cache_capacity(200);
        let tables = "SELECT count(*) FROM sqlite_master";
        let tables: i64 = db.query_row(tables, [], |row| row.get(0)).map_err(refused)?;
        let mark: i32 = db.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(refused)?;
        if tables > 0 && mark != MARK {
            let shown = one_line(&path.display().to_string());
            return Err(Failure::usage(format!(
                "{shown} is a database, but not a mirror; name another file"
            )));
        }
        if tables == 0 {
            let with = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(refused)?;
            for tables in [OWN, renamed::OWN, dependents::OWN] {
                with.execute_batch(tables).map_err(refused)?;
            }
            with.pragma_update(None, "application_id", MARK).map_err(refused)?;
            with.pragma_update(None, "user_version", FORMAT).map_err(refused)?;
            for (name, value) in scope {
                with.execute("INSERT INTO meta VALUES (?1, ?2)", params![name, value]).map_err(refused)?;
            }
            with.execute("INSERT INTO meta VALUES ('writes', '0')", []).map_err(refused)?;
            with.commit().map_err(refused)?;
        }
        check_format(path, &db)?;
        let writes = writes(&db).map_err(refused)?;
        let store = Store { path: path.to_owned(), db, writes };
        for (name, value) in scope {
            let known = store.meta(name)?.unwrap_or_default();
            if known != *value {
                let (shown, known) = (one_line(&path.display().to_string()), one_line(&known));
                return Err(Failure::usage(format!(
                    "{shown} mirrors the {name} {known}, not {}; name another file, or that {name}",
                    one_line(value)
                )));
            }
        }
        Ok(store)
    }

    pub(super) fn failed(&self, why: rusqlite::Error) -> Failure {
        failed(&self.path, why)
    }

    pub(super) fn meta(&self, name: &str) -> Result<Option<String>, Failure> {
        let found = self.db.query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| row.get(0));
        found.optional().map_err(|why| self.failed(why))
    }

    pub(super) fn set_meta(&mut self, name: &str, value: &str) -> Result<(), Failure> {
        self.write(|with| set_meta(with, name, value))
    }

    /// Runs all of it in one transaction, or nothing.
    pub(super) fn write<T>(
        &mut self,
        act: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Failure> {
        let path = self.path.clone();
        let refused = |why: rusqlite::Error| failed(&path, why);
        let with = self.db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(refused)?;
        if writes(&with).map_err(refused)? != self.writes {
            let shown = one_line(&path.display().to_string());
            return Err(Failure::Refused(format!(
                "another program updates {shown} at the same time; nothing is lost: run the command again when it is done"
            )));
        }
        let done = act(&with).map_err(refused)?;
        let next = self.writes.wrapping_add(1);
        let count = "UPDATE meta SET value = ?1 WHERE name = 'writes'";
        with.execute(count, [next.to_string()]).map_err(refused)?;
        with.commit().map_err(refused)?;
        self.writes = next;
        Ok(done)
    }

    pub(super) fn types(&self) -> Result<Vec<Mirrored>, Failure> {
        let read = || -> rusqlite::Result<Vec<Mirrored>> {
            let mut all = self
                .db
                .prepare("SELECT path, tbl, watermark, schema, raw, due FROM mirror_types ORDER BY rowid")?;
            let one = |row: &rusqlite::Row<'_>| {
                Ok(Mirrored {
                    path: row.get(0)?,
                    table: row.get(1)?,
                    watermark: row.get(2)?,
                    schema: row.get(3)?,
                    raw: row.get(4)?,
                    is_due: row.get(5)?,
                })
            };
            all.query_map([], one)?.collect()
        };
        read().map_err(|why| self.failed(why))
    }

    pub(super) fn columns(&self, path: &str) -> Result<Vec<Column>, Failure> {
        let read = || -> rusqlite::Result<Vec<Column>> {
            let all =
                "SELECT attribute, kind, names, links FROM mirror_columns WHERE path = ?1 ORDER BY rowid";
            let mut all = self.db.prepare(all)?;
            let one = |row: &rusqlite::Row<'_>| {
                let (kind, names): (String, String) = (row.get(1)?, row.get(2)?);
                Ok(Column {
                    attribute: row.get(0)?,
                    kind: Kind::named(&kind),
                    names: serde_json::from_str(&names).unwrap_or_default(),
                    links: row.get(3)?,
                })
            };
            all.query_map([path], one)?.collect()
        };
        read().map_err(|why| self.failed(why))
    }

    /// The names of all tables and views, for a new one beside them.
    pub(super) fn taken(&self) -> Result<Taken, Failure> {
        let read = || -> rusqlite::Result<Vec<String>> {
            self.db.prepare("SELECT name FROM sqlite_master")?.query_map([], |row| row.get(0))?.collect()
        };
        let mut taken = Taken::default();
        read().map_err(|why| self.failed(why))?.iter().for_each(|name| taken.add(name));
        Ok(taken)
    }

    pub(super) fn count(&self, table: &str) -> Result<u64, Failure> {
        let count = format!("SELECT count(*) FROM {}", quoted(table));
        let count: i64 = self.db.query_row(&count, [], |row| row.get(0)).map_err(|why| self.failed(why))?;
        Ok(count.unsigned_abs())
    }

    /// The only column of a query.
    pub(super) fn integers(&self, query: &str) -> Result<Vec<i64>, Failure> {
        let read = || -> rusqlite::Result<Vec<i64>> {
            self.db.prepare(query)?.query_map([], |row| row.get(0))?.collect()
        };
        read().map_err(|why| self.failed(why))
    }

    /// ObjectIDs and versions of all rows.
    pub(super) fn known(&self, table: &str) -> Result<Vec<(i64, String)>, Failure> {
        let read = || -> rusqlite::Result<Vec<(i64, String)>> {
            let all = format!("SELECT ObjectID, coalesce(_version, '') FROM {}", quoted(table));
            self.db.prepare(&all)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        };
        read().map_err(|why| self.failed(why))
    }
}

fn writes(db: &Connection) -> rusqlite::Result<i64> {
    let text: String = db.query_row("SELECT value FROM meta WHERE name = 'writes'", [], |row| row.get(0))?;
    Ok(text.parse().unwrap_or(0))
}

pub(super) fn check_format(path: &Path, db: &Connection) -> Result<(), Failure> {
    let format: i64 =
        db.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(|why| failed(path, why))?;
    if format > FORMAT {
        return Err(Failure::usage(format!(
            "{} was made by a newer `rally` (format {format}, this one knows {FORMAT}); update the program",
            one_line(&path.display().to_string())
        )));
    }
    Ok(())
}

/// What went wrong with the file, and what to do.
pub(super) fn failed(path: &Path, why: rusqlite::Error) -> Failure {
    use rusqlite::ErrorCode as E;
    let shown = one_line(&path.display().to_string());
    Failure::Refused(match why.sqlite_error_code() {
        Some(E::NotADatabase) => format!("{shown} is not an SQLite file; name another file"),
        Some(E::DatabaseBusy | E::DatabaseLocked) => {
            format!("{shown} is locked by another program; run the command again when that is done")
        }
        Some(E::DiskFull) => {
            format!(
                "the disk is full; {shown} is as it was after the last page: make room and run the command again"
            )
        }
        Some(E::SystemIoFailure) => {
            format!(
                "the disk refuses to read or write {shown}; check its space and quota, and run the command again"
            )
        }
        Some(E::CannotOpen) => format!("{shown} cannot be opened; check the folder and its permissions"),
        Some(E::ReadOnly) => format!("{shown} cannot be written; check its permissions"),
        Some(E::DatabaseCorrupt) => format!("{shown} is damaged; remove it and mirror again"),
        _ => format!("{shown}: {}", one_line(&why.to_string())),
    })
}

/// A table to write to, and the statements for it.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) columns: Vec<Column>,
    raw: bool,
    known: String,
    insert: String,
    delete: String,
}

impl Table {
    pub(super) fn new(one: &Mirrored, columns: Vec<Column>) -> Table {
        let mut names = vec!["ObjectID".to_owned(), "_version".to_owned()];
        names.extend(columns.iter().flat_map(|column| &column.names).map(|name| quoted(name)));
        names.extend(one.raw.then(|| "_raw".to_owned()));
        let (table, marks) = (quoted(&one.table), vec!["?"; names.len()].join(","));
        let project =
            columns.iter().find(|column| column.attribute == "Project" && column.kind == Kind::Object);
        let project =
            project.and_then(|column| column.names.first()).map_or("NULL".to_owned(), |name| quoted(name));
        Table {
            columns,
            raw: one.raw,
            known: format!("SELECT coalesce(_version, ''), {project} FROM {table} WHERE ObjectID = ?1"),
            insert: format!("INSERT OR REPLACE INTO {table} ({}) VALUES ({marks})", names.join(",")),
            delete: format!("DELETE FROM {table} WHERE ObjectID = ?1"),
        }
    }

    /// Stores a row under its ObjectID.
    pub(super) fn put(&self, with: &Transaction<'_>, row: &Entity) -> rusqlite::Result<Fate> {
        let Some(id) = row.object_id() else { return Ok(Fate::Same) };
        let version =
            row["_objectVersion"].as_str().or_else(|| row["VersionId"].as_str()).unwrap_or_default();
        let mut known = with.prepare_cached(&self.known)?;
        let known: Option<(String, Option<i64>)> =
            known.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let has_moved = known.as_ref().is_some_and(|(_, project)| {
            project.is_some() && *project != row.as_map().get("Project").and_then(values::oid)
        });
        if has_moved {
            dependents::note(with, id)?;
        }
        let fate = match known {
            None => Fate::New,
            Some((known, _)) if known == version && !version.is_empty() && !has_moved => Fate::Same,
            Some(_) => Fate::Changed,
        };
        if fate != Fate::Same {
            renamed::note(with, id, row)?;
        }
        let mut sql = vec![Sql::Integer(id), Sql::Text(version.to_owned())];
        for column in &self.columns {
            let value = row.as_map().get(&column.attribute).unwrap_or(&Value::Null);
            sql.extend(values::of(column, value));
            if let Some(table) = &column.links {
                links::store(with, table, id, value)?;
            }
        }
        if self.raw {
            sql.push(serde_json::to_string(row).map_or(Sql::Null, Sql::Text));
        }
        with.prepare_cached(&self.insert)?.execute(params_from_iter(sql))?;
        Ok(fate)
    }

    /// Removes a row; `false` if it was not there.
    pub(super) fn remove(&self, with: &Transaction<'_>, id: i64) -> rusqlite::Result<bool> {
        for table in self.columns.iter().filter_map(|column| column.links.as_deref()) {
            links::forget(with, table, id)?;
        }
        let is_there = with.prepare_cached(&self.delete)?.execute([id])? > 0;
        if is_there {
            dependents::note(with, id)?;
        }
        Ok(is_there)
    }
}

pub(super) fn set_meta(with: &Transaction<'_>, name: &str, value: &str) -> rusqlite::Result<()> {
    with.prepare_cached("INSERT OR REPLACE INTO meta VALUES (?1, ?2)")?.execute([name, value]).map(drop)
}

pub(super) fn set_watermark(
    with: &Transaction<'_>,
    path: &str,
    watermark: &str,
    is_due: bool,
) -> rusqlite::Result<()> {
    let set = "UPDATE mirror_types SET watermark = ?2, due = due OR ?3 WHERE path = ?1";
    with.prepare_cached(set)?.execute(params![path, watermark, is_due]).map(drop)
}
