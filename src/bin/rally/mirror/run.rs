//! A run: the tables as the schema wants them, then what has changed in each.

use super::columns::{Column, Kind};
use super::names::{Taken, quoted};
use super::store::{self, Fate, Mirrored, Store, Table};
use super::{links, views};
use crate::failure::Failure;
use crate::progress;
use crate::text::one_line;
use rally_wsapi::schema::TypeDef;
use rally_wsapi::{Change, Query, Rally, Watermark, attr};
use rusqlite::params;
use std::collections::HashSet;

/// ObjectIDs in one condition.
const AT_ONCE: usize = 100;

/// What the command line asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish<'a> {
    pub(super) types: &'a [String],
    pub(super) since: Option<&'a str>,
    pub(super) sweep: bool,
    pub(super) raw: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Done {
    pub(super) new: u64,
    pub(super) changed: u64,
    pub(super) deleted: u64,
    pub(super) total: u64,
}

impl Done {
    fn note(&mut self, fate: Fate) {
        match fate {
            Fate::New => self.new = self.new.saturating_add(1),
            Fate::Changed => self.changed = self.changed.saturating_add(1),
            Fate::Same => {}
        }
    }
}

/// What the file is a mirror of.
pub(super) fn scope(rally: &Rally) -> Result<Vec<(&'static str, String)>, Failure> {
    let reference =
        |entity: rally_wsapi::Entity| entity.reference().map(ToString::to_string).unwrap_or_default();
    let workspace = reference(rally.workspace()?);
    let plan = rally.query("Artifact").explain()?;
    let project = plan.param("project").unwrap_or("null").to_owned();
    Ok(vec![("workspace", workspace), ("project", project)])
}

/// Makes what tables and columns lack. Returns what the user should know.
pub(super) fn prepare(rally: &Rally, store: &mut Store, wish: &Wish<'_>) -> Result<Vec<String>, Failure> {
    let mut known = store.types()?;
    if known.is_empty() && wish.types.is_empty() {
        return Err(Failure::usage("a new mirror needs types, as --types Story,Defect,Task"));
    }
    if let Some(day) = wish.since {
        let before = store.meta("since")?;
        if !known.is_empty() && before.as_deref() != Some(day) {
            return Err(Failure::usage(
                "--since is for the first run: the rows before it are missing, or are there",
            ));
        }
        store.write(|with| with.execute("INSERT OR REPLACE INTO meta VALUES ('since', ?1)", [day]))?;
    }
    let mut warnings = Vec::new();
    for name in wish.types {
        let definition = rally.type_def(name)?;
        let path = definition.type_path().to_owned();
        if definition.is_abstract() {
            return Err(Failure::usage(format!("{path} stands for several types; name those")));
        }
        if known.iter().any(|one| one.path == path) {
            continue;
        }
        let table = store.taken()?.take(path.rsplit('/').next().unwrap_or(&path));
        store.write(|with| {
            with.execute_batch(&format!(
                "CREATE TABLE {} (ObjectID INTEGER PRIMARY KEY, _version TEXT{})",
                quoted(&table),
                if wish.raw { ", _raw TEXT" } else { "" }
            ))?;
            let insert = "INSERT INTO mirror_types (path, tbl, raw) VALUES (?1, ?2, ?3)";
            with.execute(insert, params![path, table, wish.raw])
        })?;
        known.push(Mirrored { path, table, watermark: None, schema: None, raw: wish.raw });
    }
    for one in &known {
        let definition = rally.type_def(&one.path).map_err(|error| {
            Failure::About(format!("{} is in the mirror; its rows stay as they are", one.path), error)
        })?;
        warnings.extend(add_columns(store, one, &definition)?);
    }
    Ok(warnings)
}

/// Adds columns for attributes that have none; drops none. Returns a warning for each that changed its type.
fn add_columns(store: &mut Store, one: &Mirrored, definition: &TypeDef) -> Result<Vec<String>, Failure> {
    let attributes =
        || definition.attributes().iter().filter(|a| !["ObjectID", ""].contains(&a.element_name()));
    let lines: Vec<String> =
        attributes().map(|a| format!("{} {} {}", a.element_name(), Kind::of(a).name(), a.name())).collect();
    let schema = lines.join("\n");
    if one.schema.as_ref() == Some(&schema) {
        return Ok(Vec::new());
    }
    let known = store.columns(&one.path)?;
    let mut taken = Taken::default();
    ["ObjectID", "_version", "_raw"].iter().for_each(|name| taken.add(name));
    known.iter().flat_map(|column| &column.names).for_each(|name| taken.add(name));
    let mut tables = store.taken()?;
    let view = one_view(store, one, definition)?;
    let (mut warnings, mut added, mut shown) = (Vec::new(), Vec::new(), Vec::new());
    for attribute in attributes() {
        let (name, mut kind) = (attribute.element_name(), Kind::of(attribute));
        let before = known.iter().find(|column| column.attribute == name);
        if let Some(before) = before {
            let same = before.kind == kind || (before.kind == Kind::Text && kind.is_scalar());
            if same {
                shown.push((attribute.name().to_owned(), before.kind, before.names.clone()));
                continue;
            }
            warnings.push(one_line(&format!(
                "{}.{name} was of type {} and is {} now: it is stored as text from here on",
                one.path,
                before.kind.name(),
                kind.name()
            )));
            kind = Kind::Text;
        }
        // A column of one value stays; two columns of an object cannot hold a text.
        let names: Vec<String> = match before.filter(|before| before.kind.is_scalar()) {
            Some(before) => before.names.clone(),
            None => kind.columns().iter().map(|(end, _)| taken.take(&format!("{name}{end}"))).collect(),
        };
        let is_there = before.is_some_and(|before| before.names == names);
        let links = (kind == Kind::Links).then(|| tables.take(&format!("{}_{name}", one.table)));
        shown.push((attribute.name().to_owned(), kind, names.clone()));
        let column = Column { attribute: name.to_owned(), kind, names, links };
        added.push((column, attribute.name().to_owned(), is_there));
    }
    let table = quoted(&one.table);
    store.write(|with| {
        for (column, display, is_there) in &added {
            for (name, (_, kind)) in column.names.iter().zip(column.kind.columns()).filter(|_| !is_there) {
                with.execute_batch(&format!("ALTER TABLE {table} ADD COLUMN {} {kind}", quoted(name)))?;
            }
            if let Some(links) = &column.links {
                with.execute_batch(&links::create(links))?;
            }
            let names = serde_json::to_string(&column.names).unwrap_or_default();
            let insert = "INSERT OR REPLACE INTO mirror_columns VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            with.execute(
                insert,
                params![one.path, column.attribute, column.kind.name(), names, column.links, display],
            )?;
        }
        views::create(with, &view, &one.table, &shown)?;
        // The rows that are here lack the new columns: they are read again.
        let again = if added.is_empty() { "watermark" } else { "NULL" };
        let set = format!("UPDATE mirror_types SET schema = ?2, watermark = {again} WHERE path = ?1");
        with.execute(&set, params![one.path, schema])
    })?;
    Ok(warnings)
}

/// The view of a type keeps its name.
fn one_view(store: &Store, one: &Mirrored, definition: &TypeDef) -> Result<String, Failure> {
    let view = views::name(definition.display_name());
    let own = "SELECT count(*) FROM mirror_types WHERE tbl = ?1 COLLATE NOCASE";
    let is_table: i64 =
        store.db.query_row(own, [&view], |row| row.get(0)).map_err(|why| store.failed(why))?;
    Ok(if is_table > 0 { format!("v_{}", one.table) } else { view })
}

/// Brings a type up to date.
pub(super) fn update(
    rally: &Rally,
    store: &mut Store,
    one: &Mirrored,
    wish: &Wish<'_>,
) -> Result<Done, Failure> {
    let table = Table::new(one, store.columns(&one.path)?);
    let mut query = rally.query(&one.path).fetch_all();
    let is_dated = table.columns.iter().any(|column| column.attribute == "LastUpdateDate");
    let mut done = Done::default();
    if is_dated {
        if let Some(day) = store.meta("since")? {
            query = query.filter(attr("LastUpdateDate").ge(day));
        }
        changed(store, one, &table, &query, &mut done)?;
        if wish.sweep {
            sweep(store, one, &table, &query, &mut done)?;
        }
    } else {
        whole(store, one, &table, &query, &mut done)?;
    }
    done.total = store.count(&one.table)?;
    Ok(done)
}

fn changed(
    store: &mut Store,
    one: &Mirrored,
    table: &Table,
    query: &Query,
    done: &mut Done,
) -> Result<(), Failure> {
    let watermark: Watermark = one.watermark.as_deref().map(str::parse).transpose()?.unwrap_or_default();
    let mut changes = query.changes_since(watermark).repeats(true);
    let page = usize::try_from(rows_at_once(query)).unwrap_or(200);
    let spinner = progress::spinner(format!("{}: changes", one.path));
    loop {
        let mut batch = Vec::new();
        let mut failure = None;
        for change in changes.by_ref() {
            match change {
                Ok(change) => batch.push(change),
                Err(error) => {
                    failure = Some(error);
                    break;
                }
            }
            if batch.len() >= page {
                break;
            }
        }
        let is_last = batch.len() < page;
        let watermark = changes.watermark().to_string();
        store.write(|with| {
            for change in &batch {
                match change {
                    Change::Changed(row) => done.note(table.put(with, row)?),
                    Change::Deleted(reference) => {
                        let id = reference.object_id().unwrap_or_default();
                        if table.remove(with, id)? {
                            done.deleted = done.deleted.saturating_add(1);
                        }
                    }
                    _ => {}
                }
            }
            store::set_watermark(with, &one.path, &watermark)
        })?;
        if let Some(error) = failure {
            return Err(error.into());
        }
        if is_last {
            drop(spinner);
            return Ok(());
        }
    }
}

/// As many rows as a page has.
fn rows_at_once(query: &Query) -> u64 {
    query.explain().ok().and_then(|plan| plan.param("pagesize")?.parse().ok()).unwrap_or(200)
}

/// Drops what the query has no more, and reads what was missed.
fn sweep(
    store: &mut Store,
    one: &Mirrored,
    table: &Table,
    query: &Query,
    done: &mut Done,
) -> Result<(), Failure> {
    let found = query.sweep(store.known(&one.table)?)?;
    store.write(|with| {
        for id in &found.gone {
            if table.remove(with, *id)? {
                done.deleted = done.deleted.saturating_add(1);
            }
        }
        Ok(())
    })?;
    let missed: Vec<i64> =
        found.new.iter().chain(&found.stale).filter_map(rally_wsapi::Ref::object_id).collect();
    for ids in missed.chunks(AT_ONCE) {
        let rows = query.clone().filter(attr("ObjectID").is_in(ids.iter().copied())).all()?;
        store.write(|with| {
            for row in &rows {
                done.note(table.put(with, row)?);
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// A type without dates is read whole each time.
fn whole(
    store: &mut Store,
    one: &Mirrored,
    table: &Table,
    query: &Query,
    done: &mut Done,
) -> Result<(), Failure> {
    let mut gone: HashSet<i64> = store.known(&one.table)?.into_iter().map(|(id, _)| id).collect();
    for page in query.pages() {
        let page = page?;
        store.write(|with| {
            for row in page.iter() {
                done.note(table.put(with, row)?);
            }
            Ok(())
        })?;
        page.iter().filter_map(rally_wsapi::Entity::object_id).for_each(|id| {
            gone.remove(&id);
        });
    }
    store.write(|with| {
        for id in &gone {
            if table.remove(with, *id)? {
                done.deleted = done.deleted.saturating_add(1);
            }
        }
        Ok(())
    })
}
