//! Selects the effective credentials, and decides whether they may go to the effective server, once all sources are
//! merged. The same is decided for what the settings file of the current folder may set.

use super::header::Header;
use super::item::{Item, KEYS, Reach};
use super::key;
use super::settings::{Entry, Profile, Settings};
use super::url::is_same_server;
use crate::error::{Error, Result};
use crate::secret::Secret;

/// The settings that may be used.
#[derive(Debug)]
pub(super) struct Judged<'s> {
    settings: &'s Settings,
    /// The effective credentials: an API key, or user and password. None for a replay: nothing goes anywhere.
    sign_in: Vec<&'s Entry>,
    trusted: bool,
    /// `true` if the credentials come only from the current folder.
    own_credentials: bool,
    /// `true` if only the current folder names the server.
    pub(super) foreign_server: bool,
}

/// What a client signs in with.
#[derive(Clone, Debug, Default)]
pub(super) struct Credentials {
    pub(super) api_key: Option<Secret>,
    pub(super) user: Option<String>,
    pub(super) password: Option<Secret>,
}

impl<'s> Judged<'s> {
    pub(super) fn new(
        settings: &'s Settings,
        headers: &[Header],
        trusted: bool,
        replays: bool,
    ) -> Result<Judged<'s>> {
        let sign_in = if replays { Vec::new() } else { sign_in(settings)? };
        let secret_header = headers.iter().find(|header| header.may_be_secret());
        let certificate = settings.value(&[Item::ClientCert], false);
        let own_credentials =
            sign_in.iter().all(|e| e.folder) && secret_header.is_none() && certificate.is_none();
        let foreign_server = !trusted && !replays && foreign_server(settings);
        let judged = Judged { settings, sign_in, trusted, own_credentials, foreign_server };
        judged.refuse_machine_reach()?;
        judged.refuse_other_servers(certificate)?;
        if foreign_server {
            let outside = judged.sign_in.iter().copied().find(|e| !e.folder);
            if let Some(secret) = outside.or(certificate) {
                return Err(judged.refusal(&secret.origin));
            }
            if let Some(header) = secret_header {
                return Err(judged.refusal(&format!("header {}", header.name())));
            }
        }
        judged.warn_of_ignored();
        Ok(judged)
    }

    /// Returns the effective value.
    pub(super) fn value(&self, item: Item) -> Option<&'s Entry> {
        self.settings.value(&[item], self.heeds_folder(item))
    }

    /// `true` if the settings file of the current folder has a say.
    fn heeds_folder(&self, item: Item) -> bool {
        self.trusted
            || match item.reach() {
                Reach::Scope => true,
                Reach::Connection => self.own_credentials,
                Reach::Machine => false,
            }
    }

    fn warn_of_ignored(&self) {
        let last = Item::all().filter_map(|item| self.settings.last(&[item]));
        for entry in last.filter(|entry| entry.folder && !self.heeds_folder(entry.item)) {
            let (origin, name) = (&entry.origin, entry.item.name());
            log::warn!(
                "{origin} is ignored: the current folder may not set {name}; name the file with --config to use it"
            );
        }
    }

    /// Returns the effective profile.
    pub(super) fn profile(&self) -> Option<&'s Profile> {
        self.settings.entries.iter().rev().find_map(|entry| entry.profile.as_deref())
    }

    /// Returns the item that gives the API key.
    pub(super) fn key_item(&self) -> Item {
        let mut items = self.sign_in.iter().map(|entry| entry.item);
        items.find(|item| KEYS.contains(item)).unwrap_or(Item::ApiKey)
    }

    /// Reads the key file or runs the key command, if one of them is effective.
    pub(super) fn credentials(&self) -> Result<Credentials> {
        let mut found = Credentials::default();
        for entry in &self.sign_in {
            match entry.item {
                Item::User => found.user = Some(entry.as_text().to_owned()),
                Item::Password => found.password = Some(Secret::new(entry.as_text())),
                _ => found.api_key = Some(key::read(entry)?),
            }
        }
        Ok(found)
    }

    /// A key file or command set by the current folder could read any file, or run anything.
    fn refuse_machine_reach(&self) -> Result<()> {
        let harmful = self.sign_in.iter().find(|e| e.folder && e.item.reach() == Reach::Machine);
        let Some(entry) = harmful.filter(|_| !self.trusted) else { return Ok(()) };
        let why = format!("{} is refused in the settings file of the current folder", entry.item.name());
        Err(Error::config(entry.origin.as_str(), why)
            .remedy("set it in the environment, or name the file with --config or RALLY_CONFIG"))
    }

    /// A profile's secrets are only for its own server.
    fn refuse_other_servers(&self, certificate: Option<&Entry>) -> Result<()> {
        let text = self.settings.last(&[Item::Server]).map_or("", Entry::as_text);
        let secrets = self.sign_in.iter().copied().chain(certificate);
        let mut profiles = secrets.filter_map(|entry| entry.profile.as_deref());
        let other = profiles.find(|profile| !is_same_server(text, &profile.server));
        let Some(Profile { name, server, .. }) = other else { return Ok(()) };
        let error = self.server_error(format!("the secrets of the profile `{name}` are for {server} alone"));
        Err(error.remedy("name a profile of this server, or leave the server out"))
    }

    fn refusal(&self, secret: &str) -> Error {
        self.server_error(format!("a server named in the current folder gets no secret from elsewhere ({secret})"))
            .remedy("name the server with RALLY_SERVER or --server if you trust it, or put the credentials into the same file")
    }

    fn server_error(&self, why: String) -> Error {
        Error::config(self.settings.last(&[Item::Server]).map_or("server", |e| &e.origin), why)
    }
}

/// A key wins over user and password, whatever their sources.
fn sign_in(settings: &Settings) -> Result<Vec<&Entry>> {
    let given = |items: &[Item]| settings.value(items, true);
    match (given(KEYS), given(&[Item::User]), given(&[Item::Password])) {
        (Some(key), ..) => Ok(vec![key]),
        (None, Some(user), Some(password)) => Ok(vec![user, password]),
        (None, Some(_), None) => Err(Error::config("password", "there is a user but no password")
            .remedy("set RALLY_PASSWORD, or better RALLY_API_KEY")),
        (None, None, _) => {
            let mut why = "there are none".to_owned();
            if let Some(default) = &settings.left_out {
                why += &format!("; those of the profile `{}` are for {}", default.name, default.server);
            }
            let mut remedy = "set RALLY_API_KEY, or RALLY_USER and RALLY_PASSWORD";
            if let Some(emptied) = settings.last(KEYS) {
                why += &format!(": {} is empty, which unsets other API keys", emptied.origin);
                remedy = "leave it out, or give the API key there";
            }
            Err(Error::config("credentials", why).remedy(remedy))
        }
    }
}

/// `true` if the current folder names another server than the one that would be used without it.
fn foreign_server(settings: &Settings) -> bool {
    let Some(server) = settings.last(&[Item::Server]).filter(|e| e.folder) else { return false };
    let unasked = || settings.left_out.as_ref().map(|profile| profile.server.as_str());
    let outside =
        settings.last_outside(&[Item::Server]).map(Entry::as_text).or_else(unasked).unwrap_or_default();
    !is_same_server(server.as_text(), outside)
}
