//! Selects the effective credentials, and decides whether they may go to the effective server, once all sources are
//! merged. The same is decided for what the settings file of the current folder may set.

use super::header::Header;
use super::item::{Item, KEYS, Reach};
use super::key;
use super::settings::{Entry, Profile, Settings};
use super::url::is_same_server;
use crate::error::{Error, Result};
use crate::secret::Secret;

/// The effective credentials.
#[derive(Debug)]
enum SignIn<'s> {
    Key(&'s Entry),
    Basic {
        user: &'s Entry,
        password: &'s Entry,
    },
    /// A replay: nothing goes anywhere.
    Replayed,
}

/// The settings that may be used.
#[derive(Debug)]
pub(super) struct Judged<'s> {
    settings: &'s Settings,
    sign_in: SignIn<'s>,
    trusted: bool,
    /// `true` if the credentials come only from the current folder.
    own_credentials: bool,
    /// `true` if only the current folder names the server.
    foreign_server: bool,
}

/// The parts of a `Config` for signing in.
#[derive(Debug, Default)]
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
        let sign_in = if replays { SignIn::Replayed } else { SignIn::of(settings)? };
        let secret_header = headers.iter().find(|header| header.may_be_secret());
        let certificate = settings.last_outside(&[Item::ClientCert]).filter(|e| !e.is_blank());
        let own_credentials =
            sign_in.entries().all(|e| e.folder) && secret_header.is_none() && certificate.is_none();
        let foreign_server = !trusted && !replays && foreign_server(settings);
        let judged = Judged { settings, sign_in, trusted, own_credentials, foreign_server };
        judged.refuse_machine_reach()?;
        judged.refuse_other_servers(certificate)?;
        if foreign_server {
            let outside = judged.sign_in.entries().find(|e| !e.folder).or(certificate);
            if let Some(secret) = outside {
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
        let last = self.settings.last(&[item]);
        let counts = last.filter(|entry| self.counts(entry)).or_else(|| self.settings.last_outside(&[item]));
        counts.filter(|entry| !entry.is_blank())
    }

    fn counts(&self, entry: &Entry) -> bool {
        !entry.folder
            || self.trusted
            || match entry.item.reach() {
                Reach::Scope => true,
                Reach::Connection => self.own_credentials,
                Reach::Machine => false,
            }
    }

    fn warn_of_ignored(&self) {
        let last = Item::all().filter_map(|item| self.settings.last(&[item]));
        for entry in last.filter(|entry| !self.counts(entry)) {
            let (origin, name) = (&entry.origin, entry.item.name());
            log::warn!(
                "{origin} is ignored: the current folder may not set {name}; name the file with --config to use it"
            );
        }
    }

    /// Returns the effective profile.
    pub(super) fn profile(&self) -> Option<&'s Profile> {
        self.settings.profile()
    }

    /// Returns the item that gives the API key.
    pub(super) fn key_item(&self) -> Item {
        match self.sign_in {
            SignIn::Key(key) => key.item,
            SignIn::Basic { .. } | SignIn::Replayed => Item::ApiKey,
        }
    }

    pub(super) fn foreign_server(&self) -> bool {
        self.foreign_server
    }

    /// Reads the key file or runs the key command, if one of them is effective.
    pub(super) fn credentials(&self) -> Result<Credentials> {
        Ok(match self.sign_in {
            SignIn::Key(entry) => Credentials { api_key: Some(key::read(entry)?), ..Credentials::default() },
            SignIn::Basic { user, password } => Credentials {
                user: Some(user.as_text().to_owned()),
                password: Some(Secret::new(password.as_text())),
                ..Credentials::default()
            },
            SignIn::Replayed => Credentials::default(),
        })
    }

    /// A key file or command set by the current folder could read any file, or run anything.
    fn refuse_machine_reach(&self) -> Result<()> {
        let harmful = self.sign_in.entries().find(|e| e.folder && e.item.reach() == Reach::Machine);
        match harmful.filter(|_| !self.trusted) {
            None => Ok(()),
            Some(entry) => Err(Error::config(
                entry.origin.as_str(),
                format!("{} is refused in the settings file of the current folder", entry.item.name()),
            )
            .remedy("set it in the environment, or name the file with --config or RALLY_CONFIG")),
        }
    }

    /// A profile's secrets are only for its own server.
    fn refuse_other_servers(&self, certificate: Option<&Entry>) -> Result<()> {
        let server = self.settings.last(&[Item::Server]);
        let text = server.map_or("", Entry::as_text);
        let profiles = self.sign_in.entries().chain(certificate).filter_map(|entry| entry.profile.as_deref());
        match profiles.into_iter().find(|profile| !is_same_server(text, &profile.server)) {
            None => Ok(()),
            Some(profile) => Err(Error::config(
                server.map_or("server", |entry| &entry.origin),
                format!("the secrets of the profile `{}` are for {} alone", profile.name, profile.server),
            )
            .remedy("name a profile of this server, or leave the server out")),
        }
    }

    fn refusal(&self, secret: &str) -> Error {
        let server = self.settings.last(&[Item::Server]).map_or("server", |e| &e.origin);
        Error::config(
            server,
            format!("a server named in the current folder gets no secret from elsewhere ({secret})"),
        )
        .remedy("name the server with RALLY_SERVER or --server if you trust it, or put the credentials into the same file")
    }
}

impl<'s> SignIn<'s> {
    /// A key wins over user and password, whatever their sources.
    fn of(settings: &'s Settings) -> Result<SignIn<'s>> {
        let given = |items: &[Item]| settings.last(items).filter(|e| !e.is_blank());
        if let Some(key) = given(KEYS) {
            return Ok(SignIn::Key(key));
        }
        match (given(&[Item::User]), given(&[Item::Password])) {
            (Some(user), Some(password)) => Ok(SignIn::Basic { user, password }),
            (Some(_), None) => Err(Error::config("password", "there is a user but no password")
                .remedy("set RALLY_PASSWORD, or better RALLY_API_KEY")),
            (None, _) => {
                let why = match &settings.left_out {
                    Some(default) => format!(
                        "there are none; those of the profile `{}` are for {}",
                        default.name, default.server
                    ),
                    None => "there are none".to_owned(),
                };
                let error = match settings.last(KEYS) {
                    Some(emptied) => Error::config(
                        "credentials",
                        format!("{why}: {} is empty, which unsets other API keys", emptied.origin),
                    )
                    .remedy("leave it out, or give the API key there"),
                    None => Error::config("credentials", why)
                        .remedy("set RALLY_API_KEY, or RALLY_USER and RALLY_PASSWORD"),
                };
                Err(error)
            }
        }
    }

    fn entries(&self) -> impl Iterator<Item = &'s Entry> + use<'s> {
        match *self {
            SignIn::Key(key) => [Some(key), None],
            SignIn::Basic { user, password } => [Some(user), Some(password)],
            SignIn::Replayed => [None, None],
        }
        .into_iter()
        .flatten()
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
