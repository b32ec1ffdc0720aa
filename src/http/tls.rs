//! TLS: the trusted certificates and the client certificate.

use super::identity::client_cert;
use crate::config::{Config, ProxyScheme, read_pem};
use crate::error::{Error, Result};
use rustls_native_certs::CertificateResult;
use std::collections::HashSet;
use std::path::Path;
use ureq::tls::{Certificate, ClientCert, PemItem, RootCerts, TlsConfig, parse_pem};

/// The TLS settings, read and checked. The platform's certificates are read on demand.
pub(super) struct Trust {
    client: Option<ClientCert>,
    /// Those of `ca_file`, trusted in addition to the platform's.
    own: Vec<Certificate<'static>>,
    /// `false` if no certificate is ever checked: over plain http, or if the settings disable it.
    checks: bool,
    verify: bool,
}

impl Trust {
    /// Reads the files that the settings name.
    pub(super) fn new(config: &Config) -> Result<Trust> {
        let client = client_cert(config)?;
        let own = config.ca_file().map(certificates).transpose()?.unwrap_or_default();
        let verify = !config.danger_accept_invalid_certs();
        let to_proxy = config.proxy().is_some_and(|proxy| proxy.scheme == ProxyScheme::Https);
        let checks = verify && (to_proxy || config.base_url().starts_with("https://"));
        Ok(Trust { client, own, checks, verify })
    }

    /// Returns the settings for the HTTP library. Reads the platform's certificates, unless none is ever checked.
    pub(super) fn settings(&self) -> Result<TlsConfig> {
        let builder = TlsConfig::builder().disable_verification(!self.verify);
        let builder = builder.client_cert(self.client.clone());
        let mut trusted = self.own.clone();
        if self.checks {
            trusted.extend(platform()?);
        }
        // If there are none, ureq's built-in list of public CAs applies.
        Ok(match trusted.is_empty() {
            true => builder.build(),
            false => builder.root_certs(RootCerts::from(trusted)).build(),
        })
    }
}

/// Returns the certificates that the platform trusts, or those that `SSL_CERT_FILE` and `SSL_CERT_DIR` name
/// instead.
fn platform() -> Result<Vec<Certificate<'static>>> {
    let named = ["SSL_CERT_FILE", "SSL_CERT_DIR"].into_iter().find(|name| std::env::var_os(name).is_some());
    found(named, rustls_native_certs::load_native_certs())
}

/// `named` is the variable that chose them.
fn found(named: Option<&str>, found: CertificateResult) -> Result<Vec<Certificate<'static>>> {
    for error in &found.errors {
        let level = if named.is_some() { log::Level::Warn } else { log::Level::Debug };
        log::log!(level, "a trusted certificate is left out: {error}");
    }
    if found.certs.is_empty() {
        // The user chose what to trust, so do not fall back to other certificates.
        if let Some(name) = named {
            let why = found.errors.first().map(|error| format!(" ({error})")).unwrap_or_default();
            return Err(Error::config(name, format!("no certificate was found there{why}"))
                .remedy("name a file of certificates in PEM form, or unset the variable")
                .unsent());
        }
        log::warn!(
            "the platform's store of trusted certificates is empty: `ca_file` alone counts, or without it the \
             built-in list; install the package ca-certificates"
        );
    }
    Ok(found.certs.iter().map(|der| Certificate::from_der(der).to_owned()).collect())
}

/// Reads the certificates of a file, or of the files of a folder.
fn certificates(path: &Path) -> Result<Vec<Certificate<'static>>> {
    let refuse = |path: &Path, why: String| {
        Error::config("ca_file", format!("{}: {why}", path.display()))
            .remedy("name a file of certificates in PEM form, or a folder of such files")
    };
    let mut files = vec![path.to_owned()];
    if path.is_dir() {
        let entries = std::fs::read_dir(path).map_err(|e| refuse(path, e.to_string()))?;
        files = entries.filter_map(|e| Some(e.ok()?.path())).filter(|p| p.is_file()).collect();
        files.sort();
    }
    let mut certificates: Vec<Certificate<'static>> = Vec::new();
    let mut known = HashSet::new();
    for file in &files {
        let pem = read_pem(file).map_err(|e| refuse(file, e.to_string()))?;
        for item in parse_pem(&pem) {
            // Folders contain other files, too; a named file must be valid.
            match item {
                Ok(PemItem::Certificate(one)) if known.insert(one.der().to_vec()) => certificates.push(one),
                Err(e) if file == path => return Err(refuse(file, e.to_string())),
                _ => continue,
            }
        }
    }
    match certificates.is_empty() {
        true => Err(refuse(path, "holds no certificate in PEM form".to_owned())),
        false => Ok(certificates),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_store_falls_back_to_the_built_in_list_and_an_empty_choice_is_an_error() {
        assert!(found(None, CertificateResult::default()).unwrap().is_empty());
        let config = Config::builder().api_key("_k").server("http://rally.example").allow_http(true);
        let trust = Trust::new(&config.build().unwrap()).unwrap();
        assert!(matches!(trust.settings().unwrap().root_certs(), RootCerts::WebPki));
        for name in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
            let error = found(Some(name), CertificateResult::default()).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!(
                    "{name}: no certificate was found there; name a file of certificates in PEM form, or unset the variable"
                )
            );
        }
    }

    #[test]
    fn certificates_are_read_only_where_one_is_checked() {
        let checks = |change: fn(crate::ConfigBuilder) -> crate::ConfigBuilder| {
            let config = change(Config::builder().api_key("_k").allow_http(true)).build().unwrap();
            Trust::new(&config).unwrap().checks
        };
        assert!(checks(|c| c.server("https://rally.example")));
        assert!(checks(|c| c.server("http://rally.example").proxy("https://gate")));
        assert!(!checks(|c| c.server("http://rally.example")));
        assert!(!checks(|c| c.server("http://127.0.0.1:80").proxy("https://gate")));
        assert!(!checks(|c| c.server("https://rally.example").danger_accept_invalid_certs(true)));
    }
}
