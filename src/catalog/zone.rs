//! The time zone of a workspace.

use super::{Catalog, Scope};
use crate::call::Call;
use crate::error::{Error, ErrorKind, Result};
use crate::record::reference_of;
use crate::reference::Ref;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

/// Fetched names hold at every depth: the workspace brings its configuration, which has the zone.
const FETCH: &str = "WorkspaceConfiguration,TimeZone";

impl Catalog {
    /// Returns the time zone of the scope's workspace, loaded once per workspace.
    pub(crate) fn time_zone(&self, scope: &Scope) -> Result<TimeZone> {
        let workspace = self.workspace_of(scope)?;
        self.known.zones.once(workspace.key(), || {
            let name = self.zone_name(&workspace)?;
            let unknown = |_| {
                bad(&workspace, &format!("`{name}`, which this system does not know"))
                    .remedy("install the system's time zone database (tzdata), or bring it up to date")
            };
            TimeZone::get(&name).map_err(unknown)
        })
    }

    fn zone_name(&self, workspace: &Ref) -> Result<String> {
        let record = self.session.item(&Call::new(workspace.path()).param("fetch", FETCH))?;
        let configuration = record.get("WorkspaceConfiguration").and_then(Value::as_object);
        let zone = |fields: &Map<String, Value>| Some(fields.get("TimeZone")?.as_str()?.to_owned());
        if let Some(name) = configuration.and_then(zone) {
            return Ok(name);
        }
        // The configuration came as a reference.
        let name = match configuration.and_then(reference_of) {
            Some(reference) => zone(self.session.item(&Call::new(reference.path()))?.fields()),
            None => None,
        };
        name.ok_or_else(|| bad(workspace, "not shown to these credentials"))
    }
}

fn bad(workspace: &Ref, what: &str) -> Error {
    Error::new(ErrorKind::Value, format!("the time zone of {workspace} is {what}"))
}
