//! Certificates that are each invalid in one way, and which server gets the key.

use crate::server::{Act, Line, Server, answer, healthy};
use rally_wsapi::{Config, ErrorKind, Rally};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion};
use serde_json::json;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// A certificate authority of our own, trusted by clients that name its file.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: PathBuf,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Authority {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let file = std::env::temp_dir().join(format!("rally-wsapi-{}-{name}.pem", std::process::id()));
        std::fs::write(&file, issuer.pem()).unwrap();
        Authority { issuer, file }
    }

    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    pub(crate) fn server(&self, host: &str, change: impl FnOnce(&mut CertificateParams)) -> Server {
        let config = self.config(host, change);
        let wrap = move |stream| tls(&config, stream);
        Server::wrapped(wrap, |_, seen| Act::Send(healthy(seen)))
    }

    /// A proxy that accepts every `CONNECT` and then acts as the server.
    pub(crate) fn proxy(&self, host: &str) -> Server {
        let config = self.config(host, |_| {});
        let wrap = move |mut stream: TcpStream| {
            connected(&mut stream)?;
            tls(&config, stream)
        };
        Server::wrapped(wrap, |_, seen| Act::Send(healthy(seen)))
    }

    fn config(&self, host: &str, change: impl FnOnce(&mut CertificateParams)) -> Arc<ServerConfig> {
        let builder = ServerConfig::builder_with_provider(provider());
        let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let Issued { certificate, key } = self.issue(host, change);
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        Arc::new(builder.with_single_cert(vec![certificate.der().clone()], key).unwrap())
    }

    /// A server that requires a client certificate signed by `clients`.
    pub(crate) fn closed(
        &self,
        clients: &Authority,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Server {
        self.closed_behind(|_| Some(()), "localhost", clients, versions)
    }

    /// The same, behind a proxy.
    pub(crate) fn closed_proxy(&self, host: &str, clients: &Authority) -> Server {
        self.closed_behind(connected, host, clients, rustls::ALL_VERSIONS)
    }

    fn closed_behind(
        &self,
        before: fn(&mut TcpStream) -> Option<()>,
        host: &str,
        clients: &Authority,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Server {
        let mut roots = RootCertStore::empty();
        roots.add(clients.issuer.der().clone()).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider());
        let builder =
            ServerConfig::builder_with_provider(provider()).with_protocol_versions(versions).unwrap();
        let builder = builder.with_client_cert_verifier(verifier.build().unwrap());
        let Issued { certificate, key } = self.issue(host, |_| {});
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = Arc::new(builder.with_single_cert(vec![certificate.der().clone()], key).unwrap());
        let wrap = move |mut stream: TcpStream| {
            before(&mut stream)?;
            let mut connection = ServerConnection::new(Arc::clone(&config)).ok()?;
            if connection.complete_io(&mut stream).is_err() {
                // Unread bytes when a socket closes would cut off the alert that gives the reason.
                let _ = stream.shutdown(Shutdown::Write);
                let _ = std::io::copy(&mut stream, &mut std::io::sink());
                return None;
            }
            Some(Box::new(StreamOwned::new(connection, stream)) as Box<dyn Line>)
        };
        Server::wrapped(wrap, |_, seen| Act::Send(healthy(seen)))
    }

    pub(crate) fn issue(&self, host: &str, change: impl FnOnce(&mut CertificateParams)) -> Issued {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        Issued { certificate: params.signed_by(&key, &self.issuer).unwrap(), key }
    }
}

pub(crate) struct Issued {
    certificate: Certificate,
    key: KeyPair,
}

impl Issued {
    pub(crate) fn certificate(&self) -> String {
        self.certificate.pem()
    }

    pub(crate) fn key(&self) -> String {
        self.key.serialize_pem()
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// Accepts a `CONNECT` to any address.
fn connected(stream: &mut TcpStream) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()
}

fn tls(config: &Arc<ServerConfig>, stream: TcpStream) -> Option<Box<dyn Line>> {
    let connection = ServerConnection::new(Arc::clone(config)).ok()?;
    Some(Box::new(StreamOwned::new(connection, stream)))
}

impl Drop for Authority {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.file);
    }
}

fn client(server: &Server, authority: Option<&Authority>) -> Rally {
    let mut config = Config::builder()
        .project("null")
        .server(format!("https://localhost:{}", server.port()))
        .api_key("_key_marker")
        .timeout(Duration::from_secs(5))
        .retry_delay(Duration::from_millis(1));
    if let Some(authority) = authority {
        config = config.ca_file(&authority.file);
    }
    Rally::new(config.build().unwrap()).unwrap()
}

#[test]
fn a_wrong_certificate_is_told_apart_never_repeated_and_never_gets_the_key() {
    let ours = Authority::new("told");
    let good = ours.server("localhost", |_| {});
    assert_eq!(client(&good, Some(&ours)).query("Defect").all().unwrap().len(), 3);
    assert!(good.seen()[0].headers.contains("_key_marker"));
    let cases = [
        (
            ours.server("other.example", |_| {}),
            Some(&ours),
            "for another name",
            "name the host as its certificate does",
        ),
        (
            ours.server("localhost", |p| p.not_after = date_time_ymd(2020, 1, 1)),
            Some(&ours),
            "has expired",
            "check this machine's date",
        ),
        (
            ours.server("localhost", |p| p.not_before = date_time_ymd(2999, 1, 1)),
            Some(&ours),
            "not valid yet",
            "check this machine's date",
        ),
        (ours.server("localhost", |_| {}), None, "not signed by a trusted CA", "`ca_file`"),
    ];
    for (server, authority, what, remedy) in cases {
        let rally = client(&server, authority);
        let read = rally.query("Defect").all().unwrap_err();
        let write = rally.create("Defect", json!({"Name": "x"})).unwrap_err();
        for error in [read, write] {
            assert_eq!((error.kind(), error.attempts()), (&ErrorKind::Tls, 1), "{error:#?}");
            let text = error.to_string();
            assert!(text.contains(what) && text.contains(remedy), "{text}");
            assert!(!error.is_retryable() && !error.may_have_acted());
        }
        assert!(server.seen().is_empty(), "{:?}", server.seen());
        assert_eq!(server.connections(), 2);
    }
}

#[test]
fn checking_can_be_switched_off() {
    let stranger =
        Authority::new("stranger").server("other.example", |p| p.not_after = date_time_ymd(2020, 1, 1));
    let config = Config::builder()
        .project("null")
        .server(format!("https://localhost:{}", stranger.port()))
        .api_key("_key_marker");
    let ask = |anyone: bool| {
        let config = config.clone().danger_accept_invalid_certs(anyone).build().unwrap();
        Rally::new(config).unwrap().query("Defect").all()
    };
    assert_eq!(ask(false).unwrap_err().kind(), &ErrorKind::Tls);
    assert_eq!(ask(true).unwrap().len(), 3);
}

#[test]
fn a_folder_of_certificates_is_taken_whole_and_an_empty_one_refused() {
    let (one, two) = (Authority::new("one"), Authority::new("two"));
    let folder = std::env::temp_dir().join(format!("rally-wsapi-{}-folder", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let config = |server: &Server| {
        Config::builder()
            .project("null")
            .server(format!("https://localhost:{}", server.port()))
            .api_key("_k")
            .ca_file(&folder)
    };
    let servers = [one.server("localhost", |_| {}), two.server("localhost", |_| {})];
    std::fs::write(folder.join("README"), "no certificate").unwrap();
    let error = Rally::new(config(&servers[0]).build().unwrap()).unwrap_err();
    assert!(error.to_string().contains("holds no certificate in PEM form"), "{error}");
    for (n, authority) in [&one, &two, &one].into_iter().enumerate() {
        std::fs::copy(authority.file(), folder.join(format!("{n}.pem"))).unwrap();
    }
    for server in &servers {
        let rally = Rally::new(config(server).build().unwrap()).unwrap();
        assert_eq!(rally.query("Defect").all().unwrap().len(), 3);
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn https_to_a_server_that_speaks_http_is_a_matter_of_tls() {
    let wrap = |mut stream: std::net::TcpStream| {
        let _ = stream.write_all(&answer(400, &[], b""));
        None
    };
    let server = Server::wrapped(wrap, |_, _| Act::Close);
    let error = client(&server, None).query("Defect").all().unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Tls, "{error:#?}");
    assert!(error.to_string().contains("check host and port"), "{error}");
}
