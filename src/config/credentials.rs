//! The credentials in force, and whether they may go to the server in force: decided once, after all sources are
//! merged. What the settings file of the current folder may set is decided with it.

use super::header::Header;
use super::item::{Item, KEYS, Reach};
use super::settings::{Entry, Settings};
use super::{DEFAULT_SERVER, key, url};
use crate::error::{Error, Result};
use crate::secret::Secret;

/// What signs the requests in.
#[derive(Debug)]
enum SignIn<'s> {
    Key(&'s Entry),
    Basic {
        user: &'s Entry,
        password: &'s Entry,
    },
    /// A replay: nothing goes anywhere.
    Nobody,
}

/// The settings as far as they may count.
#[derive(Debug)]
pub(super) struct Judged<'s> {
    settings: &'s Settings,
    sign_in: SignIn<'s>,
    trusted: bool,
    /// Whether the credentials come from the current folder alone.
    own_credentials: bool,
    /// Whether the server is one that the current folder alone names.
    foreign_server: bool,
}

/// The parts of a `Config` that sign in.
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
        let sign_in = if replays { SignIn::Nobody } else { SignIn::of(settings)? };
        let secret_header = headers.iter().find(|header| header.may_be_secret());
        let certificate = settings.last_outside(&[Item::ClientCert]).filter(|e| !e.is_blank());
        let own_credentials =
            sign_in.entries().all(|e| e.folder) && secret_header.is_none() && certificate.is_none();
        let foreign_server = !trusted && !replays && foreign_server(settings);
        let judged = Judged { settings, sign_in, trusted, own_credentials, foreign_server };
        judged.refuse_machine_reach()?;
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

    /// The value in force.
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

    /// The item by which the API key is given.
    pub(super) fn key_item(&self) -> Item {
        match self.sign_in {
            SignIn::Key(key) => key.item,
            SignIn::Basic { .. } | SignIn::Nobody => Item::ApiKey,
        }
    }

    pub(super) fn foreign_server(&self) -> bool {
        self.foreign_server
    }

    /// Reads the key file or runs the key command, if one of them is in force.
    pub(super) fn credentials(&self) -> Result<Credentials> {
        Ok(match self.sign_in {
            SignIn::Key(entry) => Credentials { api_key: Some(key::read(entry)?), ..Credentials::default() },
            SignIn::Basic { user, password } => Credentials {
                user: Some(user.as_text().to_owned()),
                password: Some(Secret::new(password.as_text())),
                ..Credentials::default()
            },
            SignIn::Nobody => Credentials::default(),
        })
    }

    /// A key file or command of the current folder could hand over any file, or run anything.
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
    /// A key wins over user and password, from whatever source.
    fn of(settings: &'s Settings) -> Result<SignIn<'s>> {
        let given = |items: &[Item]| settings.last(items).filter(|e| !e.is_blank());
        if let Some(key) = given(KEYS) {
            return Ok(SignIn::Key(key));
        }
        match (given(&[Item::User]), given(&[Item::Password])) {
            (Some(user), Some(password)) => Ok(SignIn::Basic { user, password }),
            (Some(_), None) => Err(Error::config("password", "there is a user but no password")
                .remedy("set RALLY_PASSWORD, or better RALLY_API_KEY")),
            (None, _) => Err(Error::config("credentials", "there are none")
                .remedy("set RALLY_API_KEY, or RALLY_USER and RALLY_PASSWORD")),
        }
    }

    fn entries(&self) -> impl Iterator<Item = &'s Entry> + use<'s> {
        match *self {
            SignIn::Key(key) => [Some(key), None],
            SignIn::Basic { user, password } => [Some(user), Some(password)],
            SignIn::Nobody => [None, None],
        }
        .into_iter()
        .flatten()
    }
}

/// Whether the current folder names another server than the one that would hold without it.
fn foreign_server(settings: &Settings) -> bool {
    let Some(server) = settings.last(&[Item::Server]).filter(|e| e.folder) else { return false };
    let outside = settings.last_outside(&[Item::Server]).map_or("", Entry::as_text);
    let address = |text: &str| {
        let text = if text.trim().is_empty() { DEFAULT_SERVER } else { text };
        let base_url = url::base_url("", text, true).ok()?;
        let (host, port) = url::address(&base_url);
        let prefix = base_url.splitn(4, '/').nth(3).map(str::to_owned);
        Some((base_url.starts_with("https:"), host.to_ascii_lowercase(), port, prefix))
    };
    let (here, outside) = (address(server.as_text()), address(outside));
    here.is_none() || here != outside
}
