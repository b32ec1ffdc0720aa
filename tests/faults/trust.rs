//! Which certificates are trusted: the platform's or those of the environment, and those of `ca_file` in addition. Also
//! SOCKS proxies, which use no certificate.

use crate::server::{Act, Line, Server, healthy};
use crate::tls::Authority;
use rally_wsapi::{Config, ErrorKind, Rally};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

/// The variables that this program passes to itself.
const SERVER: &str = "TRUST_TEST_SERVER";
const CA_FILE: &str = "TRUST_TEST_CA_FILE";

/// Runs in a process of its own, whose environment is the case: see `ask`.
#[test]
fn asked_in_an_environment_of_its_own() {
    let Ok(server) = std::env::var(SERVER) else { return };
    let config = Config::builder()
        .project("null")
        .server(server)
        .api_key("_key_marker")
        .timeout(Duration::from_secs(5));
    let config = match std::env::var_os(CA_FILE) {
        Some(file) => config.ca_file(file),
        None => config,
    };
    let anyone = config.clone().danger_accept_invalid_certs(true);
    // The certificate store has not been read yet, whatever it is.
    let (rally, anyone) =
        (Rally::new(config.build().unwrap()).unwrap(), Rally::new(anyone.build().unwrap()).unwrap());
    match rally.query("Defect").all() {
        Ok(rows) => println!("rows: {}", rows.len()),
        Err(error) => println!("{:?} {} {error}", error.kind(), error.may_have_acted()),
    }
    println!("unchecked: {}", anyone.query("Defect").all().unwrap().len());
}

fn ask(url: &str, environment: &[(&str, &Path)]) -> String {
    let mut this = Command::new(std::env::current_exe().unwrap());
    this.args(["--exact", "trust::asked_in_an_environment_of_its_own", "--nocapture"]);
    this.env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR").env(SERVER, url);
    let Output { status, stdout, stderr } = this.envs(environment.iter().copied()).output().unwrap();
    let told = String::from_utf8(stdout).unwrap();
    assert!(status.success(), "{told}{}", String::from_utf8_lossy(&stderr));
    assert!(told.contains("unchecked: 3"), "{told}");
    told
}

#[test]
fn the_environment_chooses_the_store_and_ca_file_joins_it() {
    let (one, two) = (Authority::new("store"), Authority::new("joined"));
    let folder = std::env::temp_dir().join(format!("rally-wsapi-{}-store", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::copy(one.file(), folder.join("one.pem")).unwrap();
    let servers = [one.server("localhost", |_| {}), two.server("localhost", |_| {})];
    let url = |server: &Server| format!("https://localhost:{}", server.port());
    type Case<'c> = (&'c [(&'c str, &'c Path)], [bool; 2]);
    let cases: [Case<'_>; 7] = [
        (&[], [false, false]),
        (&[("SSL_CERT_FILE", one.file())], [true, false]),
        (&[("SSL_CERT_DIR", &folder)], [true, false]),
        (&[("SSL_CERT_FILE", two.file()), ("SSL_CERT_DIR", &folder)], [true, true]),
        (&[("SSL_CERT_FILE", one.file()), (CA_FILE, two.file())], [true, true]),
        (&[("SSL_CERT_FILE", one.file()), (CA_FILE, one.file())], [true, false]),
        // In addition to the platform's own store.
        (&[(CA_FILE, two.file())], [false, true]),
    ];
    for (environment, trusted) in cases {
        for (server, trusted) in servers.iter().zip(trusted) {
            let told = ask(&url(server), environment);
            let expected = if trusted { "rows: 3" } else { "Tls false " };
            assert!(told.contains(expected), "{environment:?}: {told}");
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_store_that_was_chosen_and_is_empty_is_an_error_at_the_first_https_request() {
    let ours = Authority::new("chosen");
    let server = ours.server("localhost", |_| {});
    let url = format!("https://localhost:{}", server.port());
    let folder = std::env::temp_dir().join(format!("rally-wsapi-{}-empty", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (name, path) in [
        ("SSL_CERT_FILE", Path::new("no/such.pem")),
        ("SSL_CERT_FILE", Path::new("")),
        ("SSL_CERT_DIR", &folder),
    ] {
        let told = ask(&url, &[(name, path), (CA_FILE, ours.file())]);
        let expected = format!("Config(ConfigDetail {{ origin: \"{name}\" }}) false GET /defect?");
        assert!(told.contains(&expected) && told.contains("or unset the variable"), "{path:?}: {told}");
    }
    let plain = Server::new(|_, seen| Act::Send(healthy(seen)));
    let told = ask(&plain.url(), &[("SSL_CERT_FILE", Path::new("no/such.pem"))]);
    assert!(told.contains("rows: 3"), "plain http reads no store: {told}");
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(server.seen().len(), 3, "only those who check nothing");
}

/// Accepts one SOCKS5 request with user and password; returns the name and port requested.
fn socks(stream: &mut TcpStream) -> Option<String> {
    fn read(stream: &mut TcpStream, len: u8) -> Option<Vec<u8>> {
        let mut bytes = vec![0; len.into()];
        stream.read_exact(&mut bytes).ok().map(|()| bytes)
    }
    fn counted(stream: &mut TcpStream) -> Option<Vec<u8>> {
        let len = read(stream, 1)?[0];
        read(stream, len)
    }
    read(stream, 1)?;
    assert!(counted(stream)?.contains(&2), "user and password are offered");
    stream.write_all(&[5, 2]).ok()?;
    read(stream, 1)?;
    let known = (counted(stream)?, counted(stream)?) == (b"me".to_vec(), b"proxy_marker".to_vec());
    stream.write_all(&[1, u8::from(!known)]).ok()?;
    if !known {
        return None;
    }
    assert_eq!(read(stream, 4)?, [5, 1, 0, 3], "a name, which the proxy looks up");
    let (name, port) = (String::from_utf8(counted(stream)?).ok()?, read(stream, 2)?);
    stream.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0]).ok()?;
    Some(format!("{name}:{}", u16::from_be_bytes([port[0], port[1]])))
}

#[test]
fn a_socks_proxy_leads_to_the_server_and_may_refuse() {
    let wrap = |mut stream: TcpStream| {
        assert_eq!(socks(&mut stream)?, "rally.example:80");
        Some(Box::new(stream) as Box<dyn Line>)
    };
    let proxy = Server::wrapped(wrap, |_, seen| Act::Send(healthy(seen)));
    let ask = |password: &str| {
        let config = Config::builder()
            .project("null")
            .server("http://rally.example")
            .allow_http(true)
            .api_key("_key_marker");
        let config = config.timeout(Duration::from_secs(5)).attempts(1);
        let config = config.proxy(format!("socks5h://me:{password}@127.0.0.1:{}", proxy.port()));
        Rally::new(config.build().unwrap()).unwrap().query("Defect").all()
    };
    assert_eq!(ask("proxy_marker").unwrap().len(), 3);
    let error = ask("wrong_marker").unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Connection, "{error:#?}");
    assert!(!format!("{error} {error:#?}").contains("_marker"), "{error:#?}");
    assert_eq!(proxy.seen().len(), 1);
}
