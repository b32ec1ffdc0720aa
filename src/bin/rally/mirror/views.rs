//! Views by display names: `v_defect` has "Schedule State", "Owner" and so on.

use super::columns::Kind;
use super::names::{Taken, quoted};
use rusqlite::Transaction;

/// What a view shows of an attribute: its display name, its kind, its columns.
pub(super) type Shown = (String, Kind, Vec<String>);

/// `v_` and the last part of the type's name.
pub(super) fn name(display: &str) -> String {
    let plain: String = display.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    format!("v_{}", plain.to_lowercase())
}

pub(super) fn create(
    with: &Transaction<'_>,
    view: &str,
    table: &str,
    shown: &[Shown],
) -> rusqlite::Result<()> {
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
        view = quoted(view)
    ))
}
