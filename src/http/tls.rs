//! Whom we trust, and as whom we come.

use super::identity::client_cert;
use crate::config::Config;
use crate::error::{Error, Result};
use std::collections::HashSet;
use std::path::Path;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

/// Own CA files replace the built-in trust; ones without a certificate would trust nobody.
pub(super) fn settings(config: &Config) -> Result<TlsConfig> {
    let builder = TlsConfig::builder().disable_verification(config.danger_accept_invalid_certs());
    let builder = builder.client_cert(client_cert(config)?);
    let Some(path) = config.ca_file() else { return Ok(builder.build()) };
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
        let pem = std::fs::read(file).map_err(|e| refuse(file, e.to_string()))?;
        for item in parse_pem(&pem) {
            // Folders hold other things too; a file that was named is to be right.
            match item {
                Ok(PemItem::Certificate(one)) if known.insert(one.der().to_vec()) => certificates.push(one),
                Err(e) if file == path => return Err(refuse(file, e.to_string())),
                _ => continue,
            }
        }
    }
    match certificates.is_empty() {
        true => Err(refuse(path, "holds no certificate in PEM form".to_owned())),
        false => Ok(builder.root_certs(RootCerts::new_with_certs(&certificates)).build()),
    }
}
