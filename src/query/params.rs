//! Parameters for which a query has no option.

use super::Query;
use crate::error::Error;

/// Parameters that options of a query set, with the option; lower case.
const RESERVED: [(&str, &str); 13] = [
    ("fetch", "fetch"),
    ("query", "filter"),
    ("order", "order"),
    ("start", "start"),
    ("pagesize", "page_size"),
    ("workspace", "workspace"),
    ("project", "project"),
    ("projectscopeup", "scope_up"),
    ("projectscopedown", "scope_down"),
    ("types", "types"),
    ("search", "search"),
    ("key", ""),
    ("_method", ""),
];

impl Query {
    /// Searches the full text for these words, where the subscription has that enabled.
    ///
    /// It is uncertain whether current servers still honour the parameter; one that does not returns all rows.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// rally.query("Artifact").search("credit card").fetch("FormattedID,Name").limit(20).all()?;
    /// assert_eq!(sandbox.requests()[0].param("search"), Some("credit card"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn search(mut self, words: impl Into<String>) -> Query {
        let words = words.into();
        if words.trim().is_empty() {
            return self.refuse(Error::input("an empty text to search for"));
        }
        self.params.retain(|(name, _)| name != "search");
        self.params.push(("search".to_owned(), words));
        self
    }

    /// Adds a parameter that this library does not know, as `("includePermissions", "true")`. Parameters that other
    /// options set, and those that would change the form of the answer, are refused.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// rally.query("Project").param("includePermissions", "true").first()?;
    /// assert_eq!(sandbox.requests()[0].param("includePermissions"), Some("true"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn param(mut self, name: impl Into<String>, value: impl Into<String>) -> Query {
        let name = name.into();
        let lower = name.to_ascii_lowercase();
        if let Some((_, option)) = RESERVED.iter().find(|(reserved, _)| *reserved == lower) {
            let error = Error::input(format!("the parameter `{name}` belongs to the library"));
            return self.refuse(match option.is_empty() {
                true => error,
                false => error.remedy(format!("use the query's `{option}(..)`")),
            });
        }
        if lower == "jsonp" {
            return self.refuse(Error::input("`jsonp` would make the answer a script, which cannot be read"));
        }
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_graphic()) {
            let shown: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
            return self.refuse(Error::input(format!("invalid parameter name `{shown}`")));
        }
        self.params.retain(|(known, _)| *known != name);
        self.params.push((name, value.into()));
        self
    }
}
