//! Names of objects in the rows that refer to them. An update of one object does not update the others, so that the
//! mirror itself passes a new name on.

use super::columns::Kind;
use super::names::quoted;
use super::store::Store;
use crate::failure::Failure;
use rally_wsapi::Entity;
use rusqlite::{Transaction, params};

/// What has been read, but not passed on yet: a run that was killed leaves it to the next.
pub(super) const OWN: &str = "CREATE TABLE mirror_renamed (oid INTEGER PRIMARY KEY, name TEXT NOT NULL);";

pub(super) fn note(with: &Transaction<'_>, id: i64, row: &Entity) -> rusqlite::Result<()> {
    let name = row["_refObjectName"].as_str().or_else(|| row["Name"].as_str());
    let Some(name) = name else { return Ok(()) };
    let note = "INSERT OR REPLACE INTO mirror_renamed VALUES (?1, ?2)";
    with.prepare_cached(note)?.execute(params![id, name]).map(drop)
}

/// Gives the rows that refer to what was read its name, in one pass over each table.
pub(super) fn pass_on(store: &mut Store) -> Result<(), Failure> {
    let mut tables = Vec::new();
    for one in store.types()? {
        let mut pairs = Vec::new();
        for column in store.columns(&one.path)? {
            if let (Kind::Object, [id, name]) = (column.kind, column.names.as_slice()) {
                pairs.push((quoted(id), quoted(name)));
            }
            tables
                .extend(column.links.map(|links| (links, vec![("member_oid".into(), "member_name".into())])));
        }
        tables.push((one.table, pairs));
    }
    store.write(|with| {
        let is_any = "SELECT EXISTS (SELECT 1 FROM mirror_renamed)";
        if !with.query_row(is_any, [], |row| row.get(0))? {
            return Ok(());
        }
        for (table, pairs) in tables.iter().filter(|(_, pairs)| !pairs.is_empty()) {
            let now = |id: &str, name: &str| {
                format!("coalesce((SELECT n.name FROM mirror_renamed n WHERE n.oid = {id}), {name})")
            };
            let each = |form: &dyn Fn(&str, &str) -> String, between: &str| {
                pairs.iter().map(|(id, name)| form(id, name)).collect::<Vec<String>>().join(between)
            };
            let set = each(&|id, name| format!("{name} = {}", now(id, name)), ", ");
            let differs = each(&|id, name| format!("{} IS NOT {name}", now(id, name)), " OR ");
            with.execute(&format!("UPDATE {} SET {set} WHERE {differs}", quoted(table)), [])?;
        }
        with.execute("DELETE FROM mirror_renamed", []).map(drop)
    })
}
