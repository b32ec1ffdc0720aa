//! `rally sql`

use super::store;
use crate::failure::Failure;
use crate::rows::{Cell, Format};
use crate::show::Show;
use crate::text::one_line;
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A file of `rally mirror`, or any SQLite file
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    file: PathBuf,

    /// The query, as 'select "Name", "Schedule State" from v_defect'
    #[arg(value_name = "SQL", allow_hyphen_values = true)]
    sql: String,

    #[command(flatten)]
    show: Show,
}

/// Opens a file that nothing is written to, and no other file beside it.
pub(super) fn read_only(path: &Path) -> Result<Connection, Failure> {
    if !path.exists() {
        let shown = one_line(&path.display().to_string());
        return Err(Failure::Refused(format!("there is no file {shown}; `rally mirror` makes one")));
    }
    let refused = |why: rusqlite::Error| store::failed(path, why);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || Connection::open_with_flags(path, flags);
    let read = |db: &Connection| db.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()));
    let mut db = open().map_err(refused)?;
    if read(&db).is_err_and(|why| why.sqlite_error_code() == Some(ErrorCode::ReadOnly)) {
        // A run that was killed left a page half written: who may write takes it back.
        let writer = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(refused)?;
        read(&writer).map_err(refused)?;
        drop(writer);
        db = open().map_err(refused)?;
    }
    db.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0).map_err(refused)?;
    store::check_format(path, &db)?;
    Ok(db)
}

impl Args {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<(), Failure> {
        let db = read_only(&self.file)?;
        let wrong =
            |why: rusqlite::Error| Failure::usage(format!("the query fails: {}", one_line(&why.to_string())));
        let mut query = db.prepare(&self.sql).map_err(wrong)?;
        if !query.readonly() || query.column_count() == 0 {
            return Err(Failure::usage("`rally sql` only reads: begin with select"));
        }
        let names: Vec<String> = query.column_names().into_iter().map(str::to_owned).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut shown = self.show.rows(out, Format::Table, &names);
        let mut rows = query.query([]).map_err(wrong)?;
        while let Some(row) = rows.next().map_err(wrong)? {
            let cells = (0..names.len()).map(|at| row.get_ref(at).map(cell));
            shown.row(&cells.collect::<rusqlite::Result<Vec<_>>>().map_err(wrong)?)?;
        }
        shown.finish()
    }
}

fn cell(value: ValueRef<'_>) -> Cell<'static> {
    Cell::Value(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => number.into(),
        ValueRef::Text(text) | ValueRef::Blob(text) => String::from_utf8_lossy(text).into(),
    })
}
