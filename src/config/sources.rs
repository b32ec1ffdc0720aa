//! Where each value came from, for messages and for a person who asks what is in force.

use super::Config;
use super::file::Item;

/// A setting in force and where it came from. Secrets show as a marker.
///
/// See [`Config::sources`] for an example.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Source {
    /// The setting, as `server` or `workspace`.
    pub name: &'static str,
    /// Its value; `***` for a secret, empty where it is not set.
    pub value: String,
    /// As `RALLY_SERVER`, `rally-v2.0.cfg line 3`, `--server`, `builder` or `default`.
    pub origin: String,
}

/// The origins noted so far, the latest for each setting.
#[derive(Clone, Debug, Default)]
pub(super) struct Origins(Vec<(Item, String)>);

impl Origins {
    pub(super) fn note(&mut self, item: Item, origin: impl Into<String>) {
        self.0.retain(|(known, _)| *known != item);
        self.0.push((item, origin.into()));
    }

    pub(super) fn of(&self, item: Item) -> &str {
        self.0.iter().find(|(known, _)| *known == item).map_or("default", |(_, origin)| origin)
    }
}

impl Config {
    /// The settings in force and where each came from, secrets masked.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// let config = rally_wsapi::Config::builder().api_key("_key").workspace("Products").build()?;
    /// for source in config.sources() {
    ///     println!("{:<10} {:<40} {}", source.name, source.value, source.origin);
    /// }
    /// # assert!(!format!("{:?}", config.sources()).contains("_key"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn sources(&self) -> Vec<Source> {
        let masked = |set: bool| if set { "***" } else { "" };
        let own = |scope: Option<&str>| scope.unwrap_or("the user's own").to_owned();
        let source = |item: Item, name, value: String| Source {
            name,
            value,
            origin: self.origins.of(item).to_owned(),
        };
        vec![
            source(Item::Server, "server", self.base_url().to_owned()),
            source(Item::ApiKey, "apikey", masked(self.api_key.is_some()).to_owned()),
            source(Item::User, "user", self.user().unwrap_or_default().to_owned()),
            source(Item::Password, "password", masked(self.password.is_some()).to_owned()),
            source(Item::Workspace, "workspace", own(self.workspace())),
            source(Item::Project, "project", own(self.project())),
            source(
                Item::Proxy,
                "proxy",
                self.proxy().map(|p| format!("{}:{}", p.host, p.port)).unwrap_or_default(),
            ),
        ]
    }
}
