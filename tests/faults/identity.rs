//! Client certificates, on servers that require one.

use crate::server::Server;
use crate::tls::Authority;
use rally_wsapi::{Config, ConfigBuilder, ErrorKind, Rally};
use rustls::version::{TLS12, TLS13};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A folder that is removed with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let folder = std::env::temp_dir().join(format!("rally-wsapi-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let file = self.0.join(name);
        std::fs::write(&file, text).unwrap();
        file
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn settings(server: &Server, authority: &Authority) -> ConfigBuilder {
    Config::builder()
        .project("null")
        .server(format!("https://localhost:{}", server.port()))
        .api_key("_key_marker")
        .ca_file(authority.file())
        .timeout(Duration::from_secs(5))
        .retry_delay(Duration::from_millis(1))
}

fn client(config: ConfigBuilder) -> Rally {
    Rally::new(config.build().unwrap()).unwrap()
}

#[test]
fn a_server_that_wants_a_certificate_gets_ours() {
    let (ours, theirs, folder) =
        (Authority::new("clients"), Authority::new("servers"), Folder::new("identity"));
    let issued = ours.issue("us", |_| {});
    let together = folder.file("both.pem", format!("{}{}", issued.certificate(), issued.key()));
    let (certificate, key) =
        (folder.file("certificate.pem", issued.certificate()), folder.file("key.pem", issued.key()));
    for version in [&TLS12, &TLS13] {
        let server = theirs.closed(&ours, &[version]);
        let one = client(settings(&server, &theirs).client_cert(&together));
        assert_eq!(one.query("Defect").all().unwrap().len(), 3);
        let two = client(settings(&server, &theirs).client_cert(&certificate).client_key(&key));
        assert_eq!(two.with_timeout(Duration::from_secs(4)).query("Defect").all().unwrap().len(), 3);
        assert_eq!(server.seen().len(), 2);
    }
}

#[test]
fn without_it_or_with_a_strangers_the_server_says_so_and_never_gets_the_key() {
    let (ours, theirs, folder) = (Authority::new("known"), Authority::new("closed"), Folder::new("refused"));
    let server = theirs.closed(&ours, &[&TLS13]);
    let stranger = theirs.issue("stranger", |_| {});
    let stranger = folder.file("stranger.pem", format!("{}{}", stranger.certificate(), stranger.key()));
    let cases = [
        (settings(&server, &theirs), "the server requires a client certificate", "by `client_cert`"),
        (
            settings(&server, &theirs).client_cert(stranger),
            "the server does not accept the client certificate",
            "check what `client_cert` names",
        ),
    ];
    for (config, what, remedy) in cases {
        let rally = client(config);
        let read = rally.query("Defect").all().unwrap_err();
        let write = rally.create("Defect", serde_json::json!({"Name": "x"})).unwrap_err();
        for error in [read, write] {
            assert_eq!((error.kind(), error.attempts()), (&ErrorKind::Tls, 1), "{error:#?}");
            let text = error.to_string();
            assert!(text.contains(what) && text.contains(remedy), "{text}");
            assert!(!error.may_have_acted());
        }
    }
    assert!(server.seen().is_empty());
}

const OLD: &str = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00FF\n\n\
                   c2VjcmV0\n-----END RSA PRIVATE KEY-----\n";
const NEW: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nc2VjcmV0\n-----END ENCRYPTED PRIVATE KEY-----\n";

#[test]
fn what_tls_could_not_use_is_refused_before_anything_is_sent() {
    let (ours, folder) = (Authority::new("refuse"), Folder::new("unusable"));
    let (one, other) = (ours.issue("one", |_| {}), ours.issue("other", |_| {}));
    let (certificate, key) = (one.certificate(), one.key());
    let body: String = key.lines().filter(|l| !l.starts_with('-')).collect();
    let cut = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", &body[..40]);
    let no_certificate = "-----BEGIN CERTIFICATE-----\nc2VjcmV0\n-----END CERTIFICATE-----\n";
    let cases: &[(&str, Vec<u8>, &str, &str)] = &[
        (
            "stranger",
            format!("{certificate}{}", other.key()).into(),
            "does not belong to the first certificate in ",
            "it comes first",
        ),
        (
            "order",
            format!("{}{certificate}{key}", other.certificate()).into(),
            "does not belong to the first",
            "it comes first",
        ),
        ("keyless", certificate.clone().into(), "holds no private key in PEM form", "`client_key`"),
        ("new", format!("{certificate}{NEW}").into(), "the key is encrypted", "openssl pkey"),
        ("old", format!("{certificate}{OLD}").into(), "the key is encrypted", "openssl pkey"),
        ("two", format!("{certificate}{key}{}", other.key()).into(), "holds several keys", "leave only one"),
        ("none", key.clone().into(), "holds no certificate in PEM form", "`openssl pkcs12"),
        ("binary", vec![0x30, 0x82, 0, 255, 1], "holds no certificate in PEM form", "`openssl pkcs12"),
        ("empty", Vec::new(), "holds no certificate in PEM form", "`openssl pkcs12"),
        ("cut", format!("{certificate}{cut}").into(), "TLS cannot use it: ", "PEM form"),
        ("odd", format!("{no_certificate}{key}").into(), "TLS cannot use it: ", "PEM form"),
        ("open", certificate.replace("-----END", "").into(), "", "PEM form"),
    ];
    let server = Server::new(|_, _| unreachable!("nothing is sent"));
    let refused = |config: ConfigBuilder, file: &Path, what: &str, remedy: &str| {
        let config = config.build().unwrap();
        let error = Rally::new(config).unwrap_err();
        let text = error.to_string();
        let setting = if file.ends_with("key.pem") { "client_key: " } else { "client_cert: " };
        assert!(matches!(error.kind(), ErrorKind::Config(_)), "{error:#?}");
        assert!(text.starts_with(&format!("{setting}{}: ", file.display())), "{text}");
        assert!(text.contains(what) && text.contains(remedy), "{text}");
        let shown = format!("{text} {error:#?}");
        assert!(!key.lines().any(|line| !line.starts_with('-') && shown.contains(line)), "{shown}");
    };
    for (name, pem, what, remedy) in cases {
        let file = folder.file(name, pem);
        refused(settings(&server, &ours).client_cert(&file), &file, what, remedy);
    }
    let missing = folder.0.join("missing.pem");
    refused(settings(&server, &ours).client_cert(&missing), &missing, "No such file", "PEM form");
    let certificate = folder.file("certificate.pem", certificate);
    let foreign = folder.file("key.pem", other.key());
    let config = settings(&server, &ours).client_cert(&certificate).client_key(&foreign);
    refused(config, &foreign, "does not belong to the first certificate", "it comes first");
    let alone = settings(&server, &ours).client_key(&foreign).build().unwrap_err();
    assert_eq!(alone.to_string(), "client_key: the certificate is missing; set `client_cert`");
    assert_eq!(server.connections(), 0);
}

#[test]
fn settings_show_where_the_key_is_and_not_the_key() {
    let (ours, folder) = (Authority::new("shown"), Folder::new("shown"));
    let issued = ours.issue("us", |_| {});
    let file = folder.file("both.pem", format!("{}{}", issued.certificate(), issued.key()));
    let builder = Config::builder().project("null").api_key("_k").client_cert(&file);
    let config = builder.clone().build().unwrap();
    let rally = Rally::new(config.clone()).unwrap();
    let shown = format!("{builder:?} {config:?} {config:#?} {rally:?} {:?}", config.sources());
    assert!(shown.contains("both.pem"));
    let key = issued.key();
    assert!(!key.lines().any(|line| !line.starts_with('-') && shown.contains(line)), "{shown}");
    assert!(!shown.contains("PRIVATE KEY"), "{shown}");
}
