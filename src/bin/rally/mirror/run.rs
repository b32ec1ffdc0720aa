//! A run: the tables as the schema wants them, then what has changed in each.

use super::store::{self, Fate, Mirrored, Store, Table};
use crate::failure::Failure;
use crate::progress;
use rally_wsapi::{Change, Query, Rally, Watermark, attr};
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
        let is_due = changed(store, one, &table, &query, &mut done)?;
        if wish.sweep || is_due {
            sweep(store, one, &table, &query, &mut done)?;
        }
    } else {
        whole(store, one, &table, &query, &mut done)?;
    }
    done.total = store.count(&one.table)?;
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
    store.write(|with| with.execute("UPDATE mirror_types SET due = 0 WHERE path = ?1", [&one.path]).map(drop))
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
