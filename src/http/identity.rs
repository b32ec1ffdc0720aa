//! The client certificate.

use crate::config::{Config, read_pem, warn_if_open};
use crate::error::{Error, Result};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, InconsistentKeys, RootCertStore};
use std::path::Path;
use std::sync::Arc;
use ureq::tls::{ClientCert, PemItem, PrivateKey, parse_pem};

const PEM: &str = "name a file in PEM form with the certificate and its chain, and the key in it or in `client_key`; \
                   `openssl pkcs12 -in x.p12 -out x.pem -nodes` makes one of a .p12 file";
const PLAIN: &str =
    "write it without a password, as `openssl pkey -in key.pem -out plain.pem` does, for your eyes only";

/// Returns the client certificate of the settings, if there is one. It is checked here, because the HTTP library
/// would panic on a bad one when it connects.
pub(super) fn client_cert(config: &Config) -> Result<Option<ClientCert>> {
    let Some(file) = config.client_cert() else { return Ok(None) };
    let pem = read("client_cert", file)?;
    let certificates = parse_pem(&pem).filter_map(|item| match item {
        Ok(PemItem::Certificate(one)) => Some(Ok(one)),
        // An encrypted key is reported below, with better advice.
        Err(e) if !is_encrypted(&pem) => Some(Err(refused("client_cert", file, &e.to_string(), PEM))),
        _ => None,
    });
    let chain = certificates.collect::<Result<Vec<_>>>()?;
    if chain.is_empty() {
        return Err(refused("client_cert", file, "holds no certificate in PEM form", PEM));
    }
    let (name, place, pem) = match config.client_key() {
        Some(place) => ("client_key", place, read("client_key", place)?),
        None => ("client_cert", file, pem),
    };
    let (ours, theirs) = key(name, place, &pem)?;
    warn_if_open(place);
    let ders = chain.iter().map(|one| CertificateDer::from(one.der().to_vec())).collect();
    match fits(ders, theirs) {
        Ok(()) => Ok(Some(ClientCert::new_with_certs(&chain, ours))),
        Err(rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => Err(refused(
            name,
            place,
            &format!("the key does not belong to the first certificate in {}", file.display()),
            "name the key of that certificate; it comes first, the CA certificates after it",
        )),
        Err(error) => Err(refused(name, place, &format!("TLS cannot use it: {error}"), PEM)),
    }
}

/// Reads the only key of a file, for the HTTP library and for the check.
fn key(name: &str, file: &Path, pem: &[u8]) -> Result<(PrivateKey<'static>, PrivateKeyDer<'static>)> {
    let refuse = |why: &str| match is_encrypted(pem) {
        true => refused(name, file, "the key is encrypted", PLAIN),
        false => refused(name, file, why, PEM),
    };
    let keys = parse_pem(pem).filter_map(|item| match item {
        Ok(PemItem::PrivateKey(one)) => Some(Ok(one)),
        Ok(_) => None,
        Err(e) => Some(Err(refuse(&e.to_string()))),
    });
    let mut keys = keys.collect::<Result<Vec<_>>>()?;
    let ours = keys.pop().ok_or_else(|| refuse("holds no private key in PEM form"))?;
    if !keys.is_empty() {
        return Err(refused(name, file, "holds several keys", "leave only one in it"));
    }
    let theirs = PrivateKeyDer::from_pem_slice(pem);
    Ok((ours, theirs.map_err(|e| refused(name, file, &e.to_string(), PEM))?))
}

/// Recognises both forms of encrypted keys: `ENCRYPTED PRIVATE KEY`, and the old `Proc-Type: 4,ENCRYPTED`.
fn is_encrypted(pem: &[u8]) -> bool {
    pem.windows(9).any(|word| word == b"ENCRYPTED")
}

/// Tries what the HTTP library will do with them, with the provider it will use.
fn fits(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<(), rustls::Error> {
    let provider = CryptoProvider::get_default().cloned();
    let provider = provider.unwrap_or_else(|| Arc::new(ring::default_provider()));
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(RootCertStore::empty())
        .with_client_auth_cert(chain, key)
        .map(drop)
}

fn read(name: &str, file: &Path) -> Result<Vec<u8>> {
    read_pem(file).map_err(|e| refused(name, file, &e.to_string(), PEM))
}

fn refused(name: &str, file: &Path, why: &str, remedy: &'static str) -> Error {
    Error::config(name, format!("{}: {why}", file.display())).remedy(remedy)
}
