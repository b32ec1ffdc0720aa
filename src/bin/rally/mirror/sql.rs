//! `rally sql`

use super::store;
use crate::failure::Failure;
use crate::flow;
use crate::rows::{Cell, Format, Rows};
use crate::show::Look;
use crate::text::one_line;
use clap::ValueEnum;
use clap::builder::PossibleValue;
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

    /// The form of the output; svg is a chart of bars
    #[arg(long, value_enum, value_name = "FORM")]
    format: Option<Form>,

    /// In a table on a terminal, show long texts whole
    #[arg(long)]
    no_truncate: bool,

    /// In a table, show times in UTC, not in the zone of this machine
    #[arg(long)]
    utc: bool,
}

/// A form of rows, or a chart.
#[derive(Clone, Copy, Debug)]
enum Form {
    Rows(Format),
    Svg,
}

impl ValueEnum for Form {
    fn value_variants<'a>() -> &'a [Form] {
        use Format as F;
        const ALL: [Form; 8] = [
            Form::Rows(F::Table),
            Form::Rows(F::Csv),
            Form::Rows(F::Json),
            Form::Rows(F::Jsonl),
            Form::Rows(F::Ids),
            Form::Rows(F::Markdown),
            Form::Rows(F::Details),
            Form::Svg,
        ];
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Form::Rows(format) => format.to_possible_value(),
            Form::Svg => {
                Some(PossibleValue::new("svg").help("A bar for each row: names first, then their numbers"))
            }
        }
    }
}

/// Opens a file that nothing is written to, and no other file beside it.
pub(super) fn read_only(path: &Path) -> Result<Connection, Failure> {
    if !path.exists() {
        let shown = one_line(&path.display().to_string());
        return Err(Failure::Refused(format!("the file {shown} does not exist; `rally mirror` makes one")));
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
        let mut rows = query.query([]).map_err(wrong)?;
        let format = match self.format {
            Some(Form::Svg) => return chart(&names, rows, out, wrong),
            Some(Form::Rows(format)) => format,
            None => Format::Table,
        };
        let look = Look { format, whole: self.no_truncate, utc: self.utc };
        let mut shown = Rows::new(out, look, names.clone());
        while let Some(row) = rows.next().map_err(wrong)? {
            let cells = (0..names.len()).map(|at| row.get_ref(at).map(cell));
            shown.row(&cells.collect::<rusqlite::Result<Vec<_>>>().map_err(wrong)?)?;
        }
        shown.finish()
    }
}

/// A bar for each row.
fn chart(
    names: &[String],
    mut rows: rusqlite::Rows<'_>,
    out: &mut dyn Write,
    wrong: impl Fn(rusqlite::Error) -> Failure,
) -> Result<(), Failure> {
    let [by, what] = names else {
        return Err(Failure::usage("a chart needs two columns: names, then their numbers"));
    };
    let (mut labels, mut bars) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next().map_err(&wrong)? {
        let (label, value) = (row.get_ref(0).map_err(&wrong)?, row.get_ref(1).map_err(&wrong)?);
        let height = match value {
            ValueRef::Null => Some(0.0),
            ValueRef::Integer(number) => Some(number as f64),
            ValueRef::Real(number) => Some(number),
            ValueRef::Text(_) | ValueRef::Blob(_) => None,
        };
        let Some(height) = height.filter(|height| height.is_finite() && *height >= 0.0) else {
            return Err(Failure::usage(format!(
                "a chart shows numbers from 0 on; {} has {}",
                one_line(what),
                one_line(&cell(value).text())
            )));
        };
        labels.push(one_line(&cell(label).text()));
        bars.push(height);
    }
    if bars.is_empty() {
        return Err(Failure::NotThere("the query has no rows, so there is nothing to draw".to_owned()));
    }
    let title = format!("{} by {}", one_line(what), one_line(by));
    Ok(out.write_all(flow::chart::bars(&title, &labels, &bars, &one_line(what))?.as_bytes())?)
}

fn cell(value: ValueRef<'_>) -> Cell<'static> {
    Cell::Value(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => number.into(),
        ValueRef::Text(text) | ValueRef::Blob(text) => String::from_utf8_lossy(text).into(),
    })
}
