//! The only place that validates settings, before anything is sent.

use super::builder::ConfigBuilder;
use super::cassette;
use super::credentials::Judged;
use super::item::Item;
use super::settings::Entry;
use super::{Config, DEFAULT_SERVER, Header, ProxySettings, no_proxy, sources, url};
use crate::error::{Error, Result};

/// `default` and an empty text mean the user's own.
fn named(text: String) -> Option<String> {
    let trimmed = text.trim();
    (!trimmed.is_empty() && !trimmed.eq_ignore_ascii_case("default")).then(|| trimmed.to_owned())
}

impl ConfigBuilder {
    /// Validates the settings.
    ///
    /// # Errors
    /// `Config` with the setting, where it came from and what is accepted.
    pub fn build(mut self) -> Result<Config> {
        self.settings.settle();
        let mut headers = Vec::new();
        for (name, value) in &self.headers {
            let header = Header::new(name, value.expose());
            header.map_err(|e| Error::config("header", &e).remedy(e.remedy))?.put_into(&mut headers);
        }
        let tape = cassette::tape(&self.settings, self.trust_folder, self.cassette)?;
        let replays = tape.as_ref().is_some_and(|tape| tape.replays);
        let settings = Judged::new(&self.settings, &headers, self.trust_folder, replays)?;
        let text = |item| settings.value(item).map(|entry| entry.as_text().to_owned());
        let path = |item| settings.value(item).map(|entry| entry.as_path().to_owned());
        let (origin, server) = settings
            .value(Item::Server)
            .map_or(("default", DEFAULT_SERVER), |entry| (entry.origin.as_str(), entry.as_text()));
        let base_url = url::base_url(origin, server, self.allow_http)?;
        let proxy = proxy_for(&settings, &base_url)?;
        self.limits.check()?;
        if settings.value(Item::ClientKey).is_some() && settings.value(Item::ClientCert).is_none() {
            return Err(Error::config("client_key", "the certificate is missing").remedy("set `client_cert`"));
        }
        // Last: it may read a file or run a command.
        let credentials = settings.credentials()?;
        Ok(Config {
            foreign_server: settings.foreign_server,
            sources: sources::of(&settings, &base_url, proxy.as_ref()),
            base_url,
            credentials,
            workspace: text(Item::Workspace).and_then(named),
            project: text(Item::Project).and_then(named),
            proxy,
            ca_file: path(Item::CaFile),
            client_cert: path(Item::ClientCert),
            client_key: path(Item::ClientKey),
            schema_cache: path(Item::SchemaCache),
            request_log: path(Item::Log),
            headers,
            tape,
            limits: self.limits,
        })
    }
}

/// Returns the proxy, unless the server is excluded from it.
fn proxy_for(settings: &Judged<'_>, base_url: &str) -> Result<Option<ProxySettings>> {
    let Some(given) = settings.value(Item::Proxy) else { return Ok(None) };
    let proxy = url::proxy(&given.origin, given.as_text())?;
    let exempt = settings.value(Item::NoProxy).map_or("", Entry::as_text);
    let (host, port) = url::address(base_url);
    Ok((!no_proxy::goes_direct(host, port, exempt)).then_some(proxy))
}
