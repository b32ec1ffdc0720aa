//! Tables and columns as the schema has them.

use super::columns::{Column, Kind};
use super::names::{Taken, quoted};
use super::run::Wish;
use super::store::{Mirrored, Store};
use super::{links, views};
use crate::failure::Failure;
use crate::text::one_line;
use rally_wsapi::schema::TypeDef;
use rally_wsapi::{ErrorKind, Rally};
use rusqlite::params;

/// What a run can update, and what the user should know.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) types: Vec<String>,
    pub(super) warnings: Vec<String>,
}

/// Makes what tables and columns lack.
pub(super) fn prepare(rally: &Rally, store: &mut Store, wish: &Wish<'_>) -> Result<Prepared, Failure> {
    let mut known = store.types()?;
    if wish.raw && known.iter().any(|one| !one.raw) {
        return Err(Failure::usage(
            "--raw is for the first run: rows in the file lack their JSON; name another file",
        ));
    }
    if known.is_empty() && wish.types.is_empty() {
        return Err(Failure::usage("a new mirror needs types, as --types Story,Defect,Task"));
    }
    if let Some(day) = wish.since {
        if day.parse::<jiff::civil::Date>().is_err() {
            return Err(Failure::usage(format!(
                "--since {}: not a day; write it as 2026-01-31",
                one_line(day)
            )));
        }
        let before = store.meta("since")?;
        if !known.is_empty() && before.as_deref() != Some(day) {
            return Err(Failure::usage(
                "--since is for the first run: the rows before it are missing, or are there",
            ));
        }
        store.write(|with| with.execute("INSERT OR REPLACE INTO meta VALUES ('since', ?1)", [day]))?;
    }
    let mut warnings = Vec::new();
    for name in wish.types {
        let definition = rally.type_def(name)?;
        let path = definition.type_path().to_owned();
        if definition.is_abstract() {
            return Err(Failure::usage(format!("{path} stands for several types; name those")));
        }
        if known.iter().any(|one| one.path == path) {
            continue;
        }
        let table = store.taken()?.take(path.rsplit('/').next().unwrap_or(&path));
        store.write(|with| {
            with.execute_batch(&format!(
                "CREATE TABLE {} (ObjectID INTEGER PRIMARY KEY, _version TEXT{})",
                quoted(&table),
                if wish.raw { ", _raw TEXT" } else { "" }
            ))?;
            let insert = "INSERT INTO mirror_types (path, tbl, raw) VALUES (?1, ?2, ?3)";
            with.execute(insert, params![path, table, wish.raw])
        })?;
        known.push(Mirrored { path, table, watermark: None, schema: None, raw: wish.raw, is_due: false });
    }
    let mut types = Vec::new();
    for one in known {
        match rally.type_def(&one.path) {
            Ok(definition) => {
                warnings.extend(add_columns(store, &one, &definition)?);
                types.push(one.path);
            }
            Err(error) if matches!(error.kind(), ErrorKind::UnknownName(_)) => warnings.push(format!(
                "{}: the workspace has no such type any more; its rows in the file stay as they are",
                one_line(&one.path)
            )),
            Err(error) => return Err(Failure::About(format!("the type {}", one_line(&one.path)), error)),
        }
    }
    Ok(Prepared { warnings, types })
}

/// Adds columns for attributes that have none; drops none. Returns a warning for each that changed its type.
fn add_columns(store: &mut Store, one: &Mirrored, definition: &TypeDef) -> Result<Vec<String>, Failure> {
    let named = || definition.attributes().iter().filter(|a| !["ObjectID", ""].contains(&a.element_name()));
    let attributes = || named().filter_map(|attribute| Some((attribute, Kind::of(attribute)?)));
    let lines: Vec<String> =
        attributes().map(|(a, kind)| format!("{} {} {}", a.element_name(), kind.name(), a.name())).collect();
    let schema = lines.join("\n");
    if one.schema.as_ref() == Some(&schema) {
        return Ok(Vec::new());
    }
    let known = store.columns(&one.path)?;
    let mut taken = Taken::default();
    ["ObjectID", "_version", "_raw"].iter().for_each(|name| taken.add(name));
    known.iter().flat_map(|column| &column.names).for_each(|name| taken.add(name));
    let mut tables = store.taken()?;
    let (mut warnings, mut added, mut shown) = (Vec::new(), Vec::new(), Vec::new());
    for (attribute, mut kind) in attributes() {
        let name = attribute.element_name();
        let before = known.iter().find(|column| column.attribute == name);
        if let Some(before) = before {
            let same = before.kind == kind || (before.kind == Kind::Text && kind.is_scalar());
            if same {
                shown.push((attribute.name().to_owned(), before.kind, before.names.clone()));
                continue;
            }
            warnings.push(one_line(&format!(
                "{}.{name} was of type {} and is {} now: it is stored as text from here on",
                one.path,
                before.kind.name(),
                kind.name()
            )));
            kind = Kind::Text;
        }
        // A column of one value stays; two columns of an object cannot hold a text.
        let names: Vec<String> = match before.filter(|before| before.kind.is_scalar()) {
            Some(before) => before.names.clone(),
            None => kind.columns().iter().map(|(end, _)| taken.take(&format!("{name}{end}"))).collect(),
        };
        let is_there = before.is_some_and(|before| before.names == names);
        let links = (kind == Kind::Links).then(|| tables.take(&format!("{}_{name}", one.table)));
        shown.push((attribute.name().to_owned(), kind, names.clone()));
        let column = Column { attribute: name.to_owned(), kind, names, links };
        added.push((column, attribute.name().to_owned(), is_there));
    }
    let is_gone = |column: &&Column| !named().any(|a| a.element_name() == column.attribute);
    warnings.extend(known.iter().filter(is_gone).map(|column| {
        one_line(&format!(
            "{}.{} is not in the schema any more; its column stays",
            one.path, column.attribute
        ))
    }));
    // Rows that changed while an attribute was gone lack it.
    let before = one.schema.as_deref().unwrap_or_default();
    let was_gone = |name: &str| !before.lines().any(|line| line.split(' ').next() == Some(name));
    let is_more = !added.is_empty() || attributes().any(|(a, _)| was_gone(a.element_name()));
    let table = quoted(&one.table);
    store.write(|with| {
        for (column, display, is_there) in &added {
            for (name, (_, kind)) in column.names.iter().zip(column.kind.columns()).filter(|_| !is_there) {
                with.execute_batch(&format!("ALTER TABLE {table} ADD COLUMN {} {kind}", quoted(name)))?;
            }
            if let Some(links) = &column.links {
                with.execute_batch(&links::create(links))?;
            }
            let names = serde_json::to_string(&column.names).unwrap_or_default();
            let insert = "INSERT OR REPLACE INTO mirror_columns VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            with.execute(
                insert,
                params![one.path, column.attribute, column.kind.name(), names, column.links, display],
            )?;
        }
        views::create(with, &one.table, &shown)?;
        // The rows that are here lack the new columns: they are read again. Where the recycle bin was read up to is
        // gone with the watermark, so that a sweep is due.
        let again = if is_more { ", due = (due OR watermark IS NOT NULL), watermark = NULL" } else { "" };
        let set = format!("UPDATE mirror_types SET schema = ?2{again} WHERE path = ?1");
        with.execute(&set, params![one.path, schema])
    })?;
    Ok(warnings)
}
