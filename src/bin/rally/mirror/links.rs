//! Tables of members: tags, milestones, values of fields that take several.

use super::names::quoted;
use super::values;
use rusqlite::{Transaction, params};
use serde_json::Value;

pub(super) fn create(links: &str) -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS {} (oid INTEGER NOT NULL, member_oid INTEGER NOT NULL, member_name TEXT, PRIMARY KEY (oid, member_oid)) WITHOUT ROWID",
        quoted(links)
    )
}

pub(super) fn forget(with: &Transaction<'_>, links: &str, id: i64) -> rusqlite::Result<()> {
    with.prepare_cached(&format!("DELETE FROM {} WHERE oid = ?1", quoted(links)))?.execute([id]).map(drop)
}

pub(super) fn store(with: &Transaction<'_>, links: &str, id: i64, value: &Value) -> rusqlite::Result<()> {
    forget(with, links, id)?;
    for (member, name) in values::members(value) {
        let insert = format!("INSERT OR REPLACE INTO {} VALUES (?1, ?2, ?3)", quoted(links));
        with.prepare_cached(&insert)?.execute(params![id, member, name])?;
    }
    Ok(())
}
