//! Rows that name no object: what they make.

use super::columns::{Use, id_column};
use super::plan::{Change, Planner, Write};
use crate::failure::Failure;
use serde_json::{Map, Value};

impl Planner<'_> {
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
                since: None,
            });
        }
        Ok(writes)
    }
}
