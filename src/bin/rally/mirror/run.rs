//! A run: the tables as the schema wants them, then what has changed in each.

use super::store::{self, Fate, Mirrored, Store, Table};
use super::{dependents, renamed};
use crate::failure::Failure;
use crate::progress;
use rally_wsapi::{Change, Query, Rally, Watermark, attr};
use std::collections::HashSet;

/// The attribute that says what has changed.
const UPDATED: &str = "LastUpdateDate";

/// Rows of a page: each one of a keyset in the order of a date costs the server more than its rows.
pub(super) const PAGE_SIZE: u64 = 500;

/// ObjectIDs in one condition.
const AT_ONCE: usize = 100;

/// What the command line asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish<'a> {
    pub(super) types: &'a [String],
    pub(super) since: Option<&'a str>,
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

/// Workspace and project as the file keeps them.
type Kept = Vec<(&'static str, String)>;

/// What the file is a mirror of: as it is kept there, and in words.
pub(super) fn scope(rally: &Rally) -> Result<(Kept, String), Failure> {
    let reference =
        |entity: rally_wsapi::Entity| entity.reference().map(ToString::to_string).unwrap_or_default();
    let workspace = reference(rally.workspace()?);
    let any = rally.query("Artifact").fetch("ObjectID").limit(1);
    let mut plan = any.explain()?;
    if !plan.lookups().is_empty() {
        // A query finds the project by its name, or the user's own.
        any.all()?;
        plan = any.explain()?;
    }
    let project = plan.param("project").unwrap_or("null").to_owned();
    Ok((vec![("workspace", workspace), ("project", project)], plan.scope().to_owned()))
}

/// The rows of a type that the file has.
pub(super) fn query(
    (rally, page_size): (&Rally, u64),
    store: &Store,
    one: &Mirrored,
    table: &Table,
) -> Result<Query, Failure> {
    let query = rally.query(&one.path).fetch_all().page_size(page_size);
    Ok(match store.meta("since")? {
        Some(day) if is_dated(table) => query.filter(attr(UPDATED).ge(day)),
        _ => query,
    })
}

fn is_dated(table: &Table) -> bool {
    table.columns.iter().any(|column| column.attribute == UPDATED)
}

/// Brings all types up to date, by pages of the number of rows in `from`. Returns what was done with each.
pub(super) fn update_all(
    from: (&Rally, u64),
    store: &mut Store,
    live: &[String],
    sweep: bool,
) -> Result<Vec<(String, Done)>, Failure> {
    let mut types = Vec::new();
    for one in store.types()?.into_iter().filter(|one| live.contains(&one.path)) {
        let done = update(from, store, &one, sweep)?;
        types.push((one, done));
    }
    dependents::update(from, store, &mut types)?;
    renamed::pass_on(store)?;
    let count =
        |(one, done): (Mirrored, Done)| Ok((one.path, Done { total: store.count(&one.table)?, ..done }));
    types.into_iter().map(count).collect()
}

fn update(
    from: (&Rally, u64),
    store: &mut Store,
    one: &Mirrored,
    wants_sweep: bool,
) -> Result<Done, Failure> {
    let table = Table::new(one, store.columns(&one.path)?);
    let query = query(from, store, one, &table)?;
    let mut done = Done::default();
    if is_dated(&table) {
        let is_due = changed(store, one, &table, &query, &mut done)?;
        if wants_sweep || is_due {
            sweep(store, one, &table, &query, &mut done)?;
        }
    } else {
        whole(store, one, &table, &query, &mut done)?;
    }
    Ok(done)
}

/// Reads what has changed. `true` if a sweep is due: the server's clock went back, so that changes may be missing.
fn changed(
    store: &mut Store,
    one: &Mirrored,
    table: &Table,
    query: &Query,
    done: &mut Done,
) -> Result<bool, Failure> {
    let watermark: Watermark = one.watermark.as_deref().map(str::parse).transpose()?.unwrap_or_default();
    let mut changes = query.changes_since(watermark).repeats(true);
    let page = usize::try_from(rows_at_once(query)).unwrap_or(200);
    let progress = progress::rows(&one.path);
    let mut so_far = 0_u64;
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
        let (watermark, is_due) = (changes.watermark().to_string(), changes.clock_went_back());
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
            store::set_watermark(with, &one.path, &watermark, is_due)
        })?;
        if let Some(error) = failure {
            return Err(error.into());
        }
        if is_last {
            return Ok(is_due || one.is_due);
        }
        let end = so_far.saturating_add(changes.left().unwrap_or_default());
        so_far = so_far.saturating_add(batch.len() as u64);
        progress.reach(so_far, end);
    }
}

/// As many rows as a page has.
pub(super) fn rows_at_once(query: &Query) -> u64 {
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
    remove(store, table, &found.gone, done)?;
    let missed: Vec<i64> =
        found.new.iter().chain(&found.stale).filter_map(rally_wsapi::Ref::object_id).collect();
    read_again(store, table, query, &missed, done)?;
    store.write(|with| with.execute("UPDATE mirror_types SET due = 0 WHERE path = ?1", [&one.path]).map(drop))
}

/// Reads rows by their ObjectIDs, and drops those that the query has no more.
pub(super) fn read_again(
    store: &mut Store,
    table: &Table,
    query: &Query,
    ids: &[i64],
    done: &mut Done,
) -> Result<(), Failure> {
    for ids in ids.chunks(AT_ONCE) {
        let rows = query.clone().filter(attr("ObjectID").is_in(ids.iter().copied())).all()?;
        store.write(|with| {
            for row in &rows {
                done.note(table.put(with, row)?);
            }
            Ok(())
        })?;
        let found: HashSet<i64> = rows.iter().filter_map(rally_wsapi::Entity::object_id).collect();
        let gone: Vec<i64> = ids.iter().copied().filter(|id| !found.contains(id)).collect();
        remove(store, table, &gone, done)?;
    }
    Ok(())
}

fn remove(store: &mut Store, table: &Table, ids: &[i64], done: &mut Done) -> Result<(), Failure> {
    store.write(|with| {
        for id in ids {
            if table.remove(with, *id)? {
                done.deleted = done.deleted.saturating_add(1);
            }
        }
        Ok(())
    })
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
    for page in query.clone().stable().pages() {
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
    remove(store, table, &gone.into_iter().collect::<Vec<_>>(), done)
}
