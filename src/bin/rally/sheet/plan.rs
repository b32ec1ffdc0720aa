//! What a sheet comes to: the writes it asks for, and what is wrong with it.

use super::cells;
use super::columns::{self, Field, IDS, Use, id_column, use_of};
use super::read::{Mistakes, Row, Sheet};
use crate::entities::id;
use crate::failure::Failure;
use crate::text::one_line;
use rally_wsapi::jiff::tz::TimeZone;
use rally_wsapi::schema::AllowedValues;
use rally_wsapi::{Entity, Id, Rally, Ref};
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

/// The column that tells that somebody else changed the object after the sheet was made, and what it tells.
pub(super) type Since = (String, String);

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
    pub(super) since: Option<Since>,
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
    pub(super) rally: &'s Rally,
    pub(super) sheet: &'s Sheet,
    pub(super) mistakes: Mistakes,
    uses: HashMap<String, Vec<Use>>,
    allowed: HashMap<(String, String), Option<AllowedValues>>,
    /// The workspace's, once it was needed.
    pub(super) zone: Option<Option<TimeZone>>,
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
    pub(super) fn id_cells<'r>(&self, row: &'r Row) -> impl Iterator<Item = (&'static str, usize, &'r str)> {
        let mut all: Vec<(&'static str, usize, &'r str)> = Vec::new();
        for (at, (column, cell)) in self.sheet.columns.iter().zip(&row.cells).enumerate() {
            if let (Some(kind), false) = (id_column(column), cell.trim().is_empty()) {
                all.push((kind, at, cell.trim()));
            }
        }
        all.sort_by_key(|(kind, ..)| IDS.iter().position(|id| id == kind));
        all.into_iter()
    }

    pub(super) fn id_of(&mut self, row: &Row) -> Option<(usize, Id)> {
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
                self.mistakes.add(row.line, column, &format!("`{}` is not a {kind}", one_line(text)));
                None
            }
        }
    }

    /// What the type's objects do with each column, found out once.
    pub(super) fn learn(&mut self, type_name: &str, is_create: bool) -> Result<(), Failure> {
        if !self.uses.contains_key(type_name) {
            let columns = self.sheet.columns.iter();
            let uses = columns.map(|column| use_of(self.rally, type_name, column, is_create));
            self.uses.insert(type_name.to_owned(), uses.collect::<Result<_, _>>()?);
        }
        Ok(())
    }

    pub(super) fn field(&self, type_name: &str, at: usize) -> &Use {
        self.uses.get(type_name).and_then(|uses| uses.get(at)).unwrap_or(&Use::Absent)
    }

    /// The value of a cell; `None` where it is a mistake.
    pub(super) fn value(
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
    pub(super) fn push(&mut self, row: &Row, changes: &mut Vec<Change>, change: Change) {
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
