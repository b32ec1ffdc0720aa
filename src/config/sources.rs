//! The source of each value, for people who ask which settings are effective.

use super::credentials::Judged;
use super::item::{Item, KEYS};
use super::{Config, ProxySettings};

/// An effective setting and its source. Secrets show as a marker.
///
/// See [`Config::sources`] for an example.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SettingSource {
    /// The setting, as `server` or `workspace`.
    pub name: &'static str,
    /// Its value; `***` for a secret, empty if it is not set.
    pub value: String,
    /// As `RALLY_SERVER`, `rally-v2.0.cfg line 3`, `--server`, `builder` or `default`.
    pub origin: String,
}

pub(super) fn of(settings: &Judged<'_>, base_url: &str, proxy: Option<&ProxySettings>) -> Vec<SettingSource> {
    let source = |item: Item| {
        let entry = settings.value(item);
        let value = match item {
            Item::Server => base_url.to_owned(),
            Item::Proxy => proxy.map(|p| format!("{}:{}", p.host, p.port)).unwrap_or_default(),
            // A command may contain a secret, too.
            Item::ApiKey | Item::ApiKeyCommand | Item::Password if entry.is_some() => "***".to_owned(),
            Item::Workspace | Item::Project if entry.is_none() => "the user's own".to_owned(),
            _ => entry.map(|e| e.as_path().display().to_string()).unwrap_or_default(),
        };
        let origin = entry.map_or("default", |e| &e.origin).to_owned();
        SettingSource { name: item.name(), value, origin }
    };
    let key = settings.key_item();
    let profile = settings.profile().map(|profile| SettingSource {
        name: "profile",
        value: profile.name.clone(),
        origin: profile.origin.clone(),
    });
    let items = Item::all().filter(|item| !KEYS.contains(item) || *item == key);
    profile.into_iter().chain(items.map(source)).collect()
}

impl Config {
    /// Returns all named settings with their effective values and sources; secrets are masked. With a profile, its
    /// name comes first.
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
    pub fn sources(&self) -> Vec<SettingSource> {
        self.sources.clone()
    }
}
