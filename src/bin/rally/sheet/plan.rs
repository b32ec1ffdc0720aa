//! What a sheet comes to: the writes it asks for, and what is wrong with it.

use super::cells;
use super::columns::{self, Field, Holds, IDS, Use, id_column, use_of};
use super::read::{Mistakes, Row, Sheet};
use crate::entities::id;
use crate::failure::Failure;
use crate::rows::Cell;
use crate::targets;
use crate::text::one_line;
use crate::update::type_of;
use rally_wsapi::jiff::Timestamp;
use rally_wsapi::jiff::civil::Date;
use rally_wsapi::jiff::tz::TimeZone;
use rally_wsapi::schema::AllowedValues;
use rally_wsapi::{Entity, ErrorKind, Id, PathProblem, Rally, Ref};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// One field of one row.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) column: String,
    /// The field as the server names it.
    pub(super) name: String,
    pub(super) before: String,
    pub(super) after: String,
    pub(super) value: Value,
}

/// What a row asks for.
#[derive(Debug)]
pub(super) struct Write {
    /// Its place among the rows of the sheet.
    pub(super) row: usize,
    pub(super) line: u64,
    pub(super) type_name: String,
    /// `None` where it is to be made.
    pub(super) entity: Option<Entity>,
    pub(super) changes: Vec<Change>,
}

impl Write {
    pub(super) fn fields(&self) -> Map<String, Value> {
        self.changes.iter().map(|change| (change.name.clone(), change.value.clone())).collect()
    }

    pub(super) fn id(&self) -> String {
        self.entity.as_ref().map(id).unwrap_or_default()
    }
}

/// What was found out about the sheet.
pub(super) struct Planner<'s> {
    rally: &'s Rally,
    sheet: &'s Sheet,
    pub(super) mistakes: Mistakes,
    uses: HashMap<String, Vec<Use>>,
    allowed: HashMap<(String, String), Option<AllowedValues>>,
    /// The workspace's, once it was needed.
    zone: Option<Option<TimeZone>>,
    /// Empty cells whose fields are not.
    pub(super) left: usize,
}

impl<'s> Planner<'s> {
    pub(super) fn new(rally: &'s Rally, sheet: &'s Sheet) -> Planner<'s> {
        let (uses, allowed) = (HashMap::new(), HashMap::new());
        Planner { rally, sheet, mistakes: Mistakes::default(), uses, allowed, zone: None, left: 0 }
    }

    /// Whether a row names an object.
    pub(super) fn has_id(&self, row: &Row) -> bool {
        self.id_cells(row).next().is_some()
    }

    /// The filled cells that name the object of a row, and their columns.
    fn id_cells<'r>(&self, row: &'r Row) -> impl Iterator<Item = (&'static str, usize, &'r str)> {
        let mut all: Vec<(&'static str, usize, &'r str)> = Vec::new();
        for (at, (column, cell)) in self.sheet.columns.iter().zip(&row.cells).enumerate() {
            if let (Some(kind), false) = (id_column(column), cell.trim().is_empty()) {
                all.push((kind, at, cell.trim()));
            }
        }
        all.sort_by_key(|(kind, ..)| IDS.iter().position(|id| id == kind));
        all.into_iter()
    }

    /// The changes of all rows, each of which names its object.
    pub(super) fn updates(
        &mut self,
        type_name: Option<&str>,
        clear_empty: bool,
    ) -> Result<Vec<Write>, Failure> {
        let sheet = self.sheet;
        if !sheet.columns.iter().any(|column| id_column(column).is_some()) {
            return Err(Failure::usage(
                "no column says which object a row is; add FormattedID, _ref or ObjectID",
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
        let known = targets::known(self.rally, type_name, &wanted, |query| {
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
            let changes = self.changes(row, *own, entity, clear_empty)?;
            let type_name = type_of(entity).to_owned();
            let entity = Some(entity.clone());
            writes.push(Write { row: at, line: row.line, type_name, entity, changes });
        }
        Ok(writes)
    }

    fn id_of(&mut self, row: &Row) -> Option<(usize, Id)> {
        let Some((kind, at, text)) = self.id_cells(row).next() else {
            let text = "no id; `rally create TYPE --csv` makes objects of rows without one";
            self.mistakes.add(row.line, None, text);
            return None;
        };
        match (kind, text.parse()) {
            ("FormattedID", Ok(id @ Id::FormattedId(_)))
            | ("_ref", Ok(id @ Id::Ref(_)))
            | ("ObjectID", Ok(id @ Id::ObjectId(_))) => Some((at, id)),
            _ => {
                let column = self.sheet.columns.get(at).map(String::as_str);
                self.mistakes.add(row.line, column, &format!("`{}` is no {kind}", one_line(text)));
                None
            }
        }
    }

    /// What the type's objects do with each column, found out once.
    fn learn(&mut self, type_name: &str, is_create: bool) -> Result<(), Failure> {
        if !self.uses.contains_key(type_name) {
            let columns = self.sheet.columns.iter();
            let uses = columns.map(|column| use_of(self.rally, type_name, column, is_create));
            self.uses.insert(type_name.to_owned(), uses.collect::<Result<_, _>>()?);
        }
        Ok(())
    }

    fn field(&self, type_name: &str, at: usize) -> &Use {
        self.uses.get(type_name).and_then(|uses| uses.get(at)).unwrap_or(&Use::Absent)
    }

    fn changes(
        &mut self,
        row: &Row,
        own: usize,
        entity: &Entity,
        clear_empty: bool,
    ) -> Result<Vec<Change>, Failure> {
        let type_name = type_of(entity);
        self.learn(type_name, false)?;
        let mut changes = Vec::new();
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
                Err(error) => {
                    self.mistakes.add(row.line, Some(column), &error.to_string());
                    continue;
                }
            };
            let before = Cell::Field(shown.clone()).text().into_owned();
            let holds = field.as_ref().map(|field| field.holds);
            if cells::same(holds, &before, cell) || holds == Some(Holds::Date) && self.is_day(&before, cell) {
                kept.extend(field.filter(|_| !is_empty).map(|field| (column, field.name)));
                continue;
            }
            let Some(field) = field.filter(|field| is_set_by(field, shown.as_json())) else {
                if !is_empty {
                    let text = format!(
                        "it cannot be changed: it is `{}`, the file has `{}`; put it back, or leave the column out",
                        shorten(&before),
                        shorten(cell)
                    );
                    self.mistakes.add(row.line, Some(column), &text);
                }
                continue;
            };
            if is_empty && !clear_empty {
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
        Ok(changes)
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

    /// The fields of rows that name no object: what they make.
    pub(super) fn creates(
        &mut self,
        type_name: &str,
        constants: &Map<String, Value>,
        is_due: impl Fn(usize) -> bool,
    ) -> Result<Vec<Write>, Failure> {
        self.learn(type_name, true)?;
        let mut writes = Vec::new();
        let sheet = self.sheet;
        for (at, column) in sheet.columns.iter().enumerate() {
            if *self.field(type_name, at) == Use::Absent && id_column(column).is_none() {
                // Its error tells the nearest names.
                let head = column.split('.').next().unwrap_or_default();
                let error = self.rally.allowed_values(type_name, head).err();
                let text = error.map_or_else(|| format!("{type_name} has no such field"), |e| e.to_string());
                self.mistakes.add(1, Some(column), &text);
            }
        }
        for (at, row) in sheet.rows.iter().enumerate() {
            if self.has_id(row) || !is_due(at) {
                continue;
            }
            let mut changes = Vec::new();
            for (place, (column, cell)) in sheet.columns.iter().zip(&row.cells).enumerate() {
                let field = match self.field(type_name, place) {
                    _ if cell.trim().is_empty() => continue,
                    Use::Absent => continue,
                    Use::Shows => {
                        let text = "a new object cannot be given it; leave it empty";
                        self.mistakes.add(row.line, Some(column), text);
                        continue;
                    }
                    Use::Sets(field) => field.clone(),
                };
                if constants.contains_key(&field.name) {
                    continue;
                }
                if let Some(value) = self.value(row, column, &field, type_name, cell)? {
                    let (before, after) = (String::new(), cell.clone());
                    let change = Change { column: column.clone(), name: field.name, before, after, value };
                    self.push(row, &mut changes, change);
                }
            }
            for (name, value) in constants {
                let after = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let (column, before) = (name.clone(), String::new());
                changes.push(Change { column, name: name.clone(), before, after, value: value.clone() });
            }
            writes.push(Write {
                row: at,
                line: row.line,
                type_name: type_name.to_owned(),
                entity: None,
                changes,
            });
        }
        Ok(writes)
    }

    /// The value of a cell; `None` where it is a mistake.
    fn value(
        &mut self,
        row: &Row,
        column: &str,
        field: &Field,
        type_name: &str,
        cell: &str,
    ) -> Result<Option<Value>, Failure> {
        if cell.trim().is_empty() {
            if field.is_required {
                self.mistakes.add(row.line, Some(column), "it is required and cannot be empty");
                return Ok(None);
            }
            return Ok(Some(cells::nothing(field.holds)));
        }
        let value = cells::value(field.holds, cell);
        let refused = match &value {
            Err(text) => Some(text.clone()),
            Ok(_) if field.is_constrained => {
                let key = (type_name.to_owned(), field.name.clone());
                let rally = self.rally;
                let ask = || rally.allowed_values(type_name, &field.name).ok();
                let allowed = self.allowed.entry(key).or_insert_with(ask);
                allowed.as_ref().and_then(|allowed| columns::refusal(allowed, cell))
            }
            Ok(_) => None,
        };
        if let Some(text) = refused {
            self.mistakes.add(row.line, Some(column), &text);
            return Ok(None);
        }
        Ok(value.ok())
    }

    /// Two columns may set one field, if they say the same.
    fn push(&mut self, row: &Row, changes: &mut Vec<Change>, change: Change) {
        match changes.iter().find(|other| other.name == change.name) {
            None => changes.push(change),
            Some(other) if other.value == change.value => {}
            Some(other) => {
                let text = format!("`{}` sets {} too; change one of them", other.column, change.name);
                self.mistakes.add(row.line, Some(&change.column), &text);
            }
        }
    }
}

/// Whether an object holds the very object that a change sets, however the cell names it.
pub(super) fn is_there(entity: &Entity, name: &str, value: &Value) -> bool {
    let own = entity.get(name).ok().and_then(|field| field.reference());
    own.is_some() && own == value.as_str().and_then(|text| Ref::parse(text).ok())
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
