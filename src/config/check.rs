//! The only place that validates settings, before anything is sent.

use super::builder::ConfigBuilder;
use super::cassette;
use super::credentials::Judged;
use super::item::Item;
use super::settings::Entry;
use super::{Config, DEFAULT_SERVER, Header, ProxySettings, no_proxy, sources, url};
use crate::error::{Error, Result};
use std::time::Duration;

/// `default` and an empty text mean the user's own.
fn named(text: String) -> Option<String> {
    let trimmed = text.trim();
    (!trimmed.is_empty() && !trimmed.eq_ignore_ascii_case("default")).then(|| trimmed.to_owned())
}

fn refuse<T>(name: &str, why: &str) -> Result<T> {
    Err(Error::config(name, why))
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
        let page_size = self.page_size.unwrap_or(200);
        if !(1..=2_000).contains(&page_size) {
            return refuse("page_size", "the server takes 1 to 2000");
        }
        let attempts = self.attempts.unwrap_or(3);
        if !(1..=20).contains(&attempts) {
            return refuse("attempts", "must be 1 to 20");
        }
        let retry_delay = self.retry_delay.unwrap_or(Duration::from_millis(500));
        let longest_retry_delay =
            self.longest_retry_delay.unwrap_or(Duration::from_secs(30).max(retry_delay));
        if longest_retry_delay < retry_delay {
            return refuse("longest_retry_delay", "it is shorter than `retry_delay`");
        }
        let max_in_flight = self.max_in_flight.unwrap_or(8);
        if max_in_flight == 0 {
            return refuse("max_in_flight", "must be 1 or more");
        }
        let timeout = self.timeout.unwrap_or(Duration::from_secs(310));
        let connect_timeout = self.connect_timeout.unwrap_or(Duration::from_secs(10));
        if timeout.is_zero() || connect_timeout.is_zero() {
            return refuse("timeout", "must be longer than 0");
        }
        let [name, vendor, version] = self.integration.map(|v| v.unwrap_or_default());
        if [&name, &vendor, &version].iter().any(|v| !v.bytes().all(|b| (0x20..0x7f).contains(&b))) {
            return refuse("integration", "headers carry printable ASCII only");
        }
        let (client_cert, client_key) = (path(Item::ClientCert), path(Item::ClientKey));
        if client_key.is_some() && client_cert.is_none() {
            return Err(Error::config("client_key", "the certificate is missing").remedy("set `client_cert`"));
        }
        let name = if name.is_empty() { "rally-wsapi".to_owned() } else { name };
        let ca_file = path(Item::CaFile);
        let schema_cache = path(Item::SchemaCache);
        let request_log = path(Item::Log);
        let (workspace, project) = (text(Item::Workspace), text(Item::Project));
        // Last: it may read a file or run a command.
        let credentials = settings.credentials()?;
        Ok(Config {
            foreign_server: settings.foreign_server(),
            sources: sources::of(&settings, &base_url, proxy.as_ref()),
            base_url,
            api_key: credentials.api_key,
            user: credentials.user,
            password: credentials.password,
            workspace: workspace.and_then(named),
            project: project.and_then(named),
            integration: [name, vendor, version],
            headers,
            connect_timeout,
            timeout,
            retries: self.retries,
            attempts,
            retry_delay,
            longest_retry_delay,
            retry_total: self.retry_total.unwrap_or(Duration::from_secs(300)),
            max_in_flight,
            max_requests: self.max_requests,
            proxy,
            ca_file,
            client_cert,
            client_key,
            accept_invalid_certs: self.accept_invalid_certs,
            max_response: self.max_response.unwrap_or(256 << 20),
            page_size,
            cache_capacity: self.cache_capacity.unwrap_or(10_000),
            page_chase: self.page_chase.unwrap_or(true),
            schema_cache,
            request_log,
            check_names: !self.names_unchecked,
            tape,
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
