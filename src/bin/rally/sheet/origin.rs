//! Which run a result file is of: what it did, on which server and where there.

use super::Task;
use super::read::OF_RESULTS;
use crate::failure::Failure;
use crate::settings::Connection;
use crate::text::one_line;
use rally_wsapi::ErrorKind;
use serde_json::Value;
use std::collections::BTreeMap;

/// Of the columns that a result file adds to those of its sheet, the ones that are the same in every row.
const NAMES: [&str; 5] = ["run", "fields", "server", "workspace", "project"];

/// The cells of these columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin([String; 5]);

impl Origin {
    pub(super) fn of(task: &Task<'_>, connection: &Connection) -> Result<Origin, Failure> {
        let (run, fields) = match task {
            Task::Create { type_name, constants } => {
                let name = connection.type_def(type_name)?.type_path().to_owned();
                let sorted: BTreeMap<&String, &Value> = constants.iter().collect();
                let fields = serde_json::to_string(&sorted).unwrap_or_default();
                (format!("create {name}"), if sorted.is_empty() { String::new() } else { fields })
            }
            Task::Update { .. } => ("update".to_owned(), String::new()),
        };
        let path = |entity: rally_wsapi::Result<rally_wsapi::Entity>| match entity {
            Ok(entity) => Ok(entity.reference().map(|known| known.path().to_owned()).unwrap_or_default()),
            // All projects, or no default.
            Err(error) if matches!(error.kind(), ErrorKind::Input) => Ok("all".to_owned()),
            Err(error) if error.is_not_found() => Ok("none".to_owned()),
            Err(error) => Err(error),
        };
        let project = match task {
            Task::Create { .. } => path(connection.project())?,
            // The rows of an update say where they are.
            Task::Update { .. } => String::new(),
        };
        Ok(Origin([run, fields, connection.server.clone(), path(connection.workspace())?, project]))
    }

    pub(super) fn columns() -> impl Iterator<Item = String> {
        NAMES.into_iter().map(|name| format!("{OF_RESULTS}{name}"))
    }

    pub(super) fn cells(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// `server https://a (now https://b)`, if something is not as it is in this run.
    pub(super) fn difference(&self, earlier: &[String]) -> Option<String> {
        let shown = |text: &str| if text.is_empty() { "none".to_owned() } else { one_line(text) };
        let differs = NAMES.iter().zip(self.cells()).enumerate().filter_map(|(at, (name, now))| {
            let before = earlier.get(at).map_or("", String::as_str);
            (before != now).then(|| format!("{name} {} (now {})", shown(before), shown(now)))
        });
        let all: Vec<String> = differs.collect();
        (!all.is_empty()).then(|| all.join(", "))
    }
}
