//! Objects that are deleted with another one, as tasks with their story: where that is deleted, the recycle bin need not list
//! them, and where it moves to another project, they may stay in their version.

use super::columns::Kind;
use super::names::quoted;
use super::run::{self, Done};
use super::store::{Mirrored, Store, Table};
use crate::failure::Failure;
use rally_wsapi::Rally;
use rusqlite::Transaction;

/// What was deleted or moved, while its dependents were not read again: a run that was killed leaves it to the next.
pub(super) const OWN: &str = "CREATE TABLE mirror_moved (oid INTEGER PRIMARY KEY);";

pub(super) fn note(with: &Transaction<'_>, id: i64) -> rusqlite::Result<()> {
    with.prepare_cached("INSERT OR REPLACE INTO mirror_moved VALUES (?1)")?.execute([id]).map(drop)
}

/// Reads again what refers to a deleted or moved object, and what refers to that if it is gone or moved, too.
pub(super) fn update(
    from: (&Rally, u64),
    store: &mut Store,
    types: &mut [(Mirrored, Done)],
) -> Result<(), Failure> {
    loop {
        let moved = store.integers("SELECT oid FROM mirror_moved")?;
        if moved.is_empty() {
            return Ok(());
        }
        for (one, done) in types.iter_mut() {
            let table = Table::new(one, store.columns(&one.path)?);
            let ids = store.integers(&referring(one, &table))?;
            let query = run::query(from, store, one, &table)?;
            run::read_again(store, &table, &query, &ids, done)?;
        }
        store.write(|with| {
            moved.iter().try_for_each(|id| {
                with.prepare_cached("DELETE FROM mirror_moved WHERE oid = ?1")?.execute([id]).map(drop)
            })
        })?;
    }
}

/// The query of the rows that refer to what was deleted or moved.
fn referring(one: &Mirrored, table: &Table) -> String {
    let moved = "IN (SELECT oid FROM mirror_moved)";
    let each =
        table.columns.iter().filter_map(|column| match (column.kind, column.names.first(), &column.links) {
            (Kind::Object, Some(id), _) => Some(format!("{} {moved}", quoted(id))),
            (_, _, Some(links)) => {
                Some(format!("ObjectID IN (SELECT oid FROM {} WHERE member_oid {moved})", quoted(links)))
            }
            _ => None,
        });
    let all: Vec<String> = ["0".to_owned()].into_iter().chain(each).collect();
    format!("SELECT ObjectID FROM {} WHERE {}", quoted(&one.table), all.join(" OR "))
}
