//! An entity as a table for people.

use super::{Entity, Field};
use crate::reference::Ref;
use serde_json::Value;
use std::borrow::Cow;

impl Entity {
    /// Returns a table of all fields that are here, one per line: the server's own first, then the rest by name.
    /// References show as type, id and name. Sends no request.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let sheet = rally.find("DE1")?.details();
    /// assert!(sheet.contains("Owner                          : User 21 Ann Keeper"), "{sheet}");
    /// # Ok(())
    /// # }
    /// ```
    pub fn details(&self) -> String {
        let own = self.as_map().keys().filter(|name| name.starts_with('_'));
        let named = self.as_map().keys().filter(|name| !name.starts_with('_'));
        let mut sheet = self.type_name().to_owned();
        for name in own.chain(named) {
            let value = self.as_map().get(name).unwrap_or(&Value::Null);
            sheet.push_str(&format!("\n    {name:<30} : {}", self.shown(name, value)));
        }
        sheet
    }

    fn shown(&self, name: &str, value: &Value) -> String {
        let field = Field::new(self, "", Cow::Borrowed(value));
        let text = field.to_string().replace(['\n', '\r'], " ");
        let kind = value.get("_type").and_then(Value::as_str).unwrap_or(name);
        match field.reference() {
            Some(reference) if reference.collection().is_some() => format!("{kind} collection: {text}"),
            Some(reference) => {
                let id = Ref::id(&reference).to_owned();
                format!("{kind} {id} {text}")
            }
            None => text,
        }
    }
}
