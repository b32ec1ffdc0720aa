//! `rally export`

use super::names::quoted;
use super::{sql, store};
use crate::failure::Failure;
use crate::{csv, text};
use rusqlite::types::ValueRef;
use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A file of `rally mirror`
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    file: PathBuf,

    /// The folder for a CSV file of each table; it is made if it is not there
    #[arg(long, value_name = "FOLDER", value_hint = clap::ValueHint::DirPath)]
    csv: PathBuf,
}

impl Args {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<(), Failure> {
        let db = sql::read_only(&self.file)?;
        let refused = |why: rusqlite::Error| store::failed(&self.file, why);
        let tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'mirror\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> 'meta' ORDER BY name";
        let mut tables = db.prepare(tables).map_err(refused)?;
        let names = tables.query_map([], |row| row.get(0)).map_err(refused)?;
        let names: Vec<String> = names.collect::<rusqlite::Result<_>>().map_err(refused)?;
        fs::create_dir_all(&self.csv).map_err(|why| unwritten(&self.csv, &why))?;
        for name in names {
            let path = self.csv.join(format!("{}.csv", file_name(&name)));
            let rows = self.table(&db, &name, &path)?;
            writeln!(out, "{}: {}", path.display(), text::counted(rows, "row"))?;
        }
        Ok(())
    }

    fn table(&self, db: &rusqlite::Connection, name: &str, path: &Path) -> Result<u64, Failure> {
        let refused = |why: rusqlite::Error| store::failed(&self.file, why);
        let mut query = db.prepare(&format!("SELECT * FROM {}", quoted(name))).map_err(refused)?;
        let file = File::create(path).map_err(|why| unwritten(path, &why))?;
        let mut file = BufWriter::new(file);
        let mut line = Vec::new();
        csv::push(&mut line, query.column_names().into_iter());
        let columns = query.column_count();
        let mut rows = query.query([]).map_err(refused)?;
        let mut count = 0_u64;
        while let Some(row) = rows.next().map_err(refused)? {
            let cells: Vec<Cow<'_, str>> = (0..columns)
                .map(|at| row.get_ref(at).map(cell))
                .collect::<rusqlite::Result<_>>()
                .map_err(refused)?;
            csv::push(&mut line, cells.iter());
            file.write_all(&line).map_err(|why| unwritten(path, &why))?;
            line.clear();
            count = count.saturating_add(1);
        }
        file.write_all(&line).and_then(|()| file.flush()).map_err(|why| unwritten(path, &why))?;
        Ok(count)
    }
}

fn cell(value: ValueRef<'_>) -> Cow<'_, str> {
    match value {
        ValueRef::Null => "".into(),
        ValueRef::Integer(number) => number.to_string().into(),
        ValueRef::Real(number) => number.to_string().into(),
        ValueRef::Text(text) | ValueRef::Blob(text) => String::from_utf8_lossy(text),
    }
}

/// A name that any system takes, and that stays in the folder.
fn file_name(table: &str) -> String {
    table.chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '-' }).collect()
}

fn unwritten(path: &Path, why: &std::io::Error) -> Failure {
    Failure::Refused(format!("{} cannot be written: {why}", text::one_line(&path.display().to_string())))
}
