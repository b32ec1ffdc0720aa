//! The one place where settings are checked, before anything is sent.

use super::builder::ConfigBuilder;
use super::{Config, Header, ProxySettings, url};
use crate::error::{Error, Result};
use std::time::Duration;

/// `default` and nothing at all mean the user's own.
fn named(text: String) -> Option<String> {
    let trimmed = text.trim();
    (!trimmed.is_empty() && !trimmed.eq_ignore_ascii_case("default")).then(|| trimmed.to_owned())
}

fn refuse<T>(name: &str, why: &str) -> Result<T> {
    Err(Error::config(name, why))
}

impl ConfigBuilder {
    /// Checks the settings.
    ///
    /// # Errors
    /// `Config` naming the setting, where it came from and what is accepted.
    pub fn build(mut self) -> Result<Config> {
        let (origin, server) = self.server.parts().unwrap_or(("default", "rally1.rallydev.com"));
        let base_url = url::base_url(origin, server, self.allow_http)?;
        self.check_credentials()?;
        let proxy = self.proxy_for(&base_url)?;
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
        if self.client_key.is_some() && self.client_cert.is_none() {
            return Err(
                Error::config("client_key", "there is no certificate for it").remedy("set `client_cert`")
            );
        }
        let mut headers = Vec::new();
        for (name, value) in &self.headers {
            let header = Header::new(name, value.expose());
            header.map_err(|e| Error::config("header", &e).remedy(e.remedy))?.put_into(&mut headers);
        }
        let name = if name.is_empty() { "rally-wsapi".to_owned() } else { name };
        Ok(Config {
            base_url,
            api_key: self.api_key,
            user: self.user,
            password: self.password,
            workspace: self.workspace.and_then(named),
            project: self.project.and_then(named),
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
            proxy,
            ca_file: self.ca_file,
            client_cert: self.client_cert,
            client_key: self.client_key,
            accept_invalid_certs: self.accept_invalid_certs,
            max_response: self.max_response.unwrap_or(256 << 20),
            page_size,
            cache_capacity: self.cache_capacity.unwrap_or(10_000),
            page_chase: self.page_chase.unwrap_or(true),
            schema_cache: self.schema_cache,
            request_log: self.request_log,
            check_names: !self.names_unchecked,
            origins: self.origins,
        })
    }

    /// There are some, and the server is one that may have them.
    fn check_credentials(&mut self) -> Result<()> {
        let local = self.local_server.take();
        if let Some(line) = local.filter(|_| self.secret_from_elsewhere && !self.trust_folder) {
            return Err(Error::config(
                line,
                "a server named in the current folder gets no secret from elsewhere",
            )
            .remedy("name the server with --server or in a file that RALLY_CONFIG names, or the key in the same file"));
        }
        self.api_key = self.api_key.take().filter(|key| !key.expose().is_empty());
        if self.api_key.as_ref().is_some_and(|k| !k.expose().bytes().all(|b| b.is_ascii_graphic())) {
            return refuse("API key", "it holds blanks or characters no header can carry");
        }
        self.user = self.user.take().filter(|user| !user.is_empty());
        match (&self.api_key, &self.user, &self.password) {
            (Some(_), ..) | (None, Some(_), Some(_)) => Ok(()),
            (None, Some(_), None) => Err(Error::config("password", "there is a user but no password")
                .remedy("set RALLY_PASSWORD, or better RALLY_API_KEY")),
            (None, None, _) => Err(Error::config("credentials", "there are none")
                .remedy("set RALLY_API_KEY, or RALLY_USER and RALLY_PASSWORD")),
        }
    }

    /// The proxy, unless the server is reached without.
    fn proxy_for(&self, base_url: &str) -> Result<Option<ProxySettings>> {
        let Some((origin, text)) = self.proxy.parts() else { return Ok(None) };
        let proxy = url::proxy(origin, text)?;
        let direct = url::goes_direct(url::host_of(base_url), self.no_proxy.as_deref().unwrap_or_default());
        Ok((!direct).then_some(proxy))
    }
}
