//! Rows that name an object: the cells that differ from what is there.

use super::cells;
use super::columns::{Field, Holds, Use, id_column};
use super::plan::{Change, Planner, Since, Write};
use super::read::Row;
use crate::failure::{self, Failure};
use crate::rows::Cell;
use crate::targets;
use crate::text::one_line;
use crate::update::type_of;
use rally_wsapi::jiff::Timestamp;
use rally_wsapi::jiff::civil::Date;
use rally_wsapi::{Entity, ErrorKind, Id, PathProblem};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// How rows are to be written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Updating<'a> {
    pub(super) type_name: Option<&'a str>,
    pub(super) clear_empty: bool,
    /// Also over changes made after the sheet.
    pub(super) overwrite: bool,
    /// Rows that an earlier run has written, or may have.
    pub(super) done: &'a HashSet<usize>,
}

impl Planner<'_> {
    /// The changes of all rows, each of which names its object.
    pub(super) fn updates(&mut self, how: &Updating<'_>) -> Result<Vec<Write>, Failure> {
        let sheet = self.sheet;
        if !sheet.columns.iter().any(|column| id_column(column).is_some()) {
            return Err(Failure::usage(
                "no column says which object a row is; add FormattedID, or ObjectID or _ref where the type has no FormattedID",
            ));
        }
        let ids: Vec<Option<(usize, Id)>> = sheet.rows.iter().map(|row| self.id_of(row)).collect();
        let mut lines: HashMap<&Id, u64> = HashMap::new();
        for (row, (_, id)) in sheet.rows.iter().zip(&ids).filter_map(|(row, id)| Some((row, id.as_ref()?))) {
            if let Some(first) = lines.insert(id, row.line) {
                self.mistakes.add(row.line, None, &format!("{id} is in line {first} too"));
            }
        }
        let wanted: Vec<Id> = ids.iter().flatten().map(|(_, id)| id.clone()).collect();
        let fetch = crate::columns::to_fetch(&sheet.columns);
        let known = targets::known(self.rally, how.type_name, &wanted, |query| {
            query.fetch("FormattedID,Name").fetch(fetch.as_slice())
        })
        .map_err(in_line_1)?;
        let mut writes = Vec::new();
        for (at, (row, id)) in sheet.rows.iter().zip(&ids).enumerate() {
            let Some((own, id)) = id else { continue };
            let Some(entity) = known.get(id) else {
                let text = format!("{id} is not there; check the id and the workspace, or add --type");
                self.mistakes.add(row.line, None, &text);
                continue;
            };
            let (changes, since) = self.changes((at, row), *own, entity, how)?;
            let type_name = type_of(entity).to_owned();
            let entity = Some(entity.clone());
            writes.push(Write { row: at, line: row.line, type_name, entity, changes, since });
        }
        Ok(writes)
    }

    fn changes(
        &mut self,
        (place, row): (usize, &Row),
        own: usize,
        entity: &Entity,
        how: &Updating<'_>,
    ) -> Result<(Vec<Change>, Option<Since>), Failure> {
        let type_name = type_of(entity);
        self.learn(type_name, false)?;
        let mut changes = Vec::new();
        let mut since = None;
        // Columns that say what is there now, and the fields they would set.
        let mut kept: Vec<(&String, String)> = Vec::new();
        for (at, (column, cell)) in self.sheet.columns.iter().zip(&row.cells).enumerate() {
            let is_empty = cell.trim().is_empty();
            let field = match self.field(type_name, at) {
                _ if at == own => continue,
                Use::Absent if is_empty => continue,
                Use::Absent => {
                    let text = format!("{} has no such field", entity.type_name());
                    self.mistakes.add(row.line, Some(column), &text);
                    continue;
                }
                Use::Shows => None,
                Use::Sets(field) => Some(field.clone()),
            };
            let shown = match entity.get(column) {
                Ok(shown) => shown,
                Err(error) if is_no_field(&error) && is_empty => continue,
                Err(error) if failure::code(&error) == failure::USAGE => {
                    self.mistakes.add(row.line, Some(column), &error.to_string());
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            let before = Cell::Field(shown.clone()).text().into_owned();
            let holds = field.as_ref().map(|field| field.holds);
            if cells::same(holds, &before, cell) || holds == Some(Holds::Date) && self.is_day(&before, cell) {
                kept.extend(field.filter(|_| !is_empty).map(|field| (column, field.name)));
                continue;
            }
            let Some(field) = field.filter(|field| is_set_by(field, shown.as_json())) else {
                if !is_empty && is_of_change(column) {
                    let text = format!(
                        "changed since the sheet was made: it is `{}`, the file has `{}`; query it again, or write over the changes with --overwrite",
                        shorten(&before),
                        shorten(cell)
                    );
                    since = (!how.overwrite).then(|| (column.clone(), text)).or(since);
                } else if !is_empty && !how.done.contains(&place) {
                    let text = format!(
                        "it cannot be changed: it is `{}`, the file has `{}`; put it back, or leave the column out",
                        shorten(&before),
                        shorten(cell)
                    );
                    self.mistakes.add(row.line, Some(column), &text);
                }
                continue;
            };
            if is_empty && !how.clear_empty {
                self.left = self.left.saturating_add(1);
                continue;
            }
            if has_commas(&field, shown.as_json()) {
                let text = "a name in it has a comma, which separates names here";
                self.mistakes.add(row.line, Some(column), text);
                continue;
            }
            if let Some(value) = self.value(row, column, &field, type_name, cell)? {
                let change =
                    Change { column: column.clone(), name: field.name, before, after: cell.clone(), value };
                self.push(row, &mut changes, change);
            }
        }
        for (column, name) in kept {
            if let Some(change) = changes.iter().find(|change| change.name == name) {
                let text = format!(
                    "it says what is there now, and `{}` changes {name}; empty this cell, or leave the column out",
                    change.column
                );
                self.mistakes.add(row.line, Some(column), &text);
            }
        }
        Ok((changes, since))
    }

    /// Whether a cell is the day, in the workspace's time zone, at whose start or end a point in time is.
    fn is_day(&mut self, before: &str, cell: &str) -> bool {
        let (Ok(time), Ok(day)) = (before.trim().parse::<Timestamp>(), cell.trim().parse::<Date>()) else {
            return false;
        };
        if cell.contains('T') {
            return false;
        }
        let rally = self.rally;
        let Some(zone) = self.zone.get_or_insert_with(|| rally.time_zone().ok()) else { return false };
        let time = zone.to_datetime(time);
        time == day.at(0, 0, 0, 0) || time == day.at(23, 59, 59, 0)
    }
}

/// Collections without names show their number, which says nothing of their members.
fn is_set_by(field: &Field, shown: &Value) -> bool {
    field.holds != Holds::Members || shown.get("_tagsNameArray").is_some() || !shown.is_object()
}

fn has_commas(field: &Field, shown: &Value) -> bool {
    let names = shown.get("_tagsNameArray").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let name = |item: &Value| item.get("Name").and_then(Value::as_str).is_some_and(|name| name.contains(','));
    field.holds == Holds::Members && names.iter().any(name)
}

/// Whether each change of an object changes the column too.
fn is_of_change(column: &str) -> bool {
    let plain: String = column.chars().filter(|c| !c.is_whitespace()).collect();
    ["VersionId", "LastUpdateDate"].iter().any(|name| name.eq_ignore_ascii_case(&plain))
}

fn is_no_field(error: &rally_wsapi::Error) -> bool {
    matches!(error.kind(), ErrorKind::Path(path) if path.problem == PathProblem::NoSuchField)
}

fn in_line_1(failure: Failure) -> Failure {
    match failure {
        Failure::Rally(error) if matches!(error.kind(), ErrorKind::UnknownName(_) | ErrorKind::Path(_)) => {
            Failure::About("the names in line 1".to_owned(), error)
        }
        other => other,
    }
}

fn shorten(text: &str) -> String {
    let text = one_line(text);
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}..", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
