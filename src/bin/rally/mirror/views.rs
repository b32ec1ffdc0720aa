//! Views by display names: `v_Defect` has "Schedule State", "Owner" and so on.

use super::columns::Kind;
use super::names::{Taken, quoted};
use rusqlite::Transaction;

/// What a view shows of an attribute: its display name, its kind, its columns.
pub(super) type Shown = (String, Kind, Vec<String>);

pub(super) fn create(with: &Transaction<'_>, table: &str, shown: &[Shown]) -> rusqlite::Result<()> {
    let mut taken = Taken::default();
    let mut columns = vec![format!("ObjectID AS {}", quoted(&taken.take("Object ID")))];
    for (display, kind, names) in shown {
        let name = match kind {
            Kind::Object => names.last(),
            _ => names.first(),
        };
        if let Some(name) = name {
            columns.push(format!("{} AS {}", quoted(name), quoted(&taken.take(display))));
        }
    }
    with.execute_batch(&format!(
        "DROP VIEW IF EXISTS {view}; CREATE VIEW {view} AS SELECT {} FROM {}",
        columns.join(", "),
        quoted(table),
        view = quoted(&format!("v_{table}"))
    ))
}
