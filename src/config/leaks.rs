//! Tests that no source, order or blank value sends a secret to a server that only the current folder names.

use super::Config;
use super::chain::tests::builder;
use super::header::Header;
use crate::error::Result;
use proptest::prelude::*;

/// The source of a secret, or of the server's name.
#[derive(Clone, Copy, Debug, PartialEq)]
enum By {
    Variable,
    Folder,
    Named,
    Flag,
    Builder,
}

const ALL: [By; 5] = [By::Variable, By::Folder, By::Named, By::Flag, By::Builder];

/// Each secret from each source, to a server named by each source: refused if and only if only the folder names the
/// server and the secret comes from elsewhere.
#[test]
fn every_secret_from_every_source_to_every_server() {
    let file = std::env::temp_dir().join(format!("rally-wsapi-leaks-{}", std::process::id()));
    std::fs::write(&file, "_key").unwrap();
    let key_file = file.to_str().unwrap();
    let mut cases = 0;
    for secret in ["key", "key file", "user and password", "certificate", "header"] {
        for (by, server_by) in ALL.iter().flat_map(|by| ALL.iter().map(move |server| (*by, *server))) {
            for same in [false, true] {
                let Some(built) = case(key_file, secret, by, server_by, same) else { continue };
                // A key file set by the folder is refused because it could be any file, whoever names the server.
                let reads_any_file = secret == "key file" && by == By::Folder;
                let foreign = server_by == By::Folder && !same;
                let refused = reads_any_file || foreign && by != By::Folder;
                assert_eq!(
                    built.is_err(),
                    refused,
                    "{secret} by {by:?}, server by {server_by:?}, same: {same}: {built:?}"
                );
                cases += 1;
            }
        }
    }
    assert!(cases > 100, "{cases}");
    std::fs::remove_file(&file).unwrap();
}

/// `None` if a source cannot give it. `same` for a server that is the same without the folder's file.
fn case(key_file: &str, secret: &str, by: By, server_by: By, same: bool) -> Option<Result<Config>> {
    let server = if same { "rally1.rallydev.com" } else { "corp.example" };
    let mut given = vec![(server_by, "SERVER", server)];
    match secret {
        "key" => given.push((by, "API_KEY", "_key")),
        "key file" => given.push((by, "API_KEY_FILE", key_file)),
        "user and password" => given.extend([(by, "USER", "me"), (by, "PASSWORD", "secret")]),
        // The credentials are the folder's own, so that only the certificate or header is tested.
        "certificate" => given.extend([(By::Folder, "API_KEY", "_key"), (by, "CLIENT_CERT", "cert.pem")]),
        _ => given.extend([(By::Folder, "API_KEY", "_key"), (by, "HEADER", "gateway")]),
    }
    let of = |by: By| given.iter().filter(move |(source, ..)| *source == by);
    let flag_name = |name: &str| name.to_lowercase().replace("api_key", "apikey").replace('_', "-");
    if of(By::Flag).any(|(_, name, _)| *name == "CLIENT_CERT")
        || given.iter().any(|(s, n, _)| *n == "HEADER" && *s != By::Builder)
    {
        return None;
    }
    let variables: Vec<(String, &str)> =
        of(By::Variable).map(|(_, n, v)| (format!("RALLY_{n}"), *v)).collect();
    let mut variables: Vec<(&str, &str)> = variables.iter().map(|(n, v)| (n.as_str(), *v)).collect();
    variables.push(("RALLY_CONFIG", "named.cfg"));
    let text = |by| of(by).map(|(_, n, v)| format!("{n} = {v}\n")).collect::<String>();
    let (folder, named) = (text(By::Folder), text(By::Named));
    let flags: Vec<String> = of(By::Flag).map(|(_, n, v)| format!("--{}={v}", flag_name(n))).collect();
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let mut builder =
        builder(&variables, &[("rally-v2.0.cfg", &folder), ("named.cfg", &named)], &flags).ok()?;
    for (_, name, value) in of(By::Builder) {
        builder = match *name {
            "SERVER" => builder.server(*value),
            "API_KEY" => builder.api_key(*value),
            "API_KEY_FILE" => builder.api_key_file(*value),
            "USER" => builder.user("me", "secret"),
            "CLIENT_CERT" => builder.client_cert(*value),
            "HEADER" => builder.header("X-Gateway", *value),
            _ => builder,
        };
    }
    Some(builder.build())
}

/// Generated settings whose values contain the source.
fn lines() -> impl Strategy<Value = Vec<String>> {
    let value = |name: &'static str| {
        prop_oneof![
            Just(format!("{name} =")),
            Just(format!("{name} =  ")),
            Just(format!("{name} = @{}", name.to_lowercase())),
        ]
    };
    let server = prop_oneof![
        Just("SERVER = evil.example".to_owned()),
        Just("SERVER = home.example".to_owned()),
        Just("SERVER = rally1.rallydev.com".to_owned()),
        Just("SERVER =".to_owned()),
    ];
    let line = prop_oneof![
        server,
        value("APIKEY"),
        value("USER"),
        value("PASSWORD"),
        Just("CLIENT_CERT = @cert".to_owned()),
        Just("VERSION = 2".to_owned()),
    ];
    proptest::collection::vec(line, 0..6)
}

/// The server of a profile, according to its lines.
fn server_of(lines: &[String]) -> String {
    let servers = lines.iter().filter_map(|line| line.strip_prefix("SERVER =").map(str::trim));
    servers.rev().find(|server| !server.is_empty()).unwrap_or("rally1.rallydev.com").to_owned()
}

fn marked(lines: &[String], source: &str) -> String {
    lines.join("\n").replace('@', &format!("{source}-"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever names the server, a profile's secrets go only to that profile's server.
    #[test]
    fn no_order_of_sources_sends_a_secret_of_a_profile_elsewhere(
        default in lines(),
        lab in lines(),
        folder in lines(),
        named in lines(),
        variables in proptest::collection::vec(
            proptest::sample::select(vec![
                ("RALLY_SERVER", "home.example"), ("RALLY_SERVER", "env.example"), ("RALLY_API_KEY", "env-key"),
                ("RALLY_USER", "env-user"), ("RALLY_PASSWORD", "env-password"), ("RALLY_PROFILE", "lab"),
                ("RALLY_CONFIG", "named"),
            ]), 0..7),
        flags in proptest::collection::vec(
            proptest::sample::select(vec!["--apikey=flag-key", "--user=flag-user", "--server=flag.example",
                "--server=evil.example", "--profile=lab", "--profile=default", "--profile="]), 0..4),
        by_hand in any::<bool>(),
    ) {
        let home = if cfg!(windows) { ("APPDATA", "C:\\home") } else { ("HOME", "/home/ann") };
        let path = super::profile::path(&|name| (name == home.0).then(|| home.1.into())).unwrap();
        let text = format!("[default]\n{}\n[lab]\n{}", marked(&default, "default"), marked(&lab, "lab"));
        let texts = [marked(&folder, "folder"), marked(&named, "named")];
        let files = [(path.to_str().unwrap(), text.as_str()), ("rally-v2.0.cfg", &texts[0]), ("named.cfg", &texts[1])];
        let variables: Vec<(&str, &str)> = [home].into_iter().chain(variables).collect();
        let Ok(builder) = builder(&variables, &files, &flags) else { return Ok(()) };
        let builder = if by_hand { builder.server("builder.example") } else { builder };
        let Ok(config) = builder.build() else { return Ok(()) };
        let certificate = config.client_cert().map(|p| p.display().to_string());
        let secrets = [
            config.api_key().map(|k| k.expose().to_owned()),
            config.password().map(|p| p.expose().to_owned()),
            config.user().map(str::to_owned),
            certificate,
        ];
        for secret in secrets.into_iter().flatten() {
            for (name, lines) in [("default-", &default), ("lab-", &lab)] {
                let (host, server) = (config.address().0, server_of(lines));
                prop_assert!(!secret.starts_with(name) || host == server, "{secret} to {host}");
            }
        }
    }

    /// Whatever the folder's file contains, in any order: if only it names the server, that server gets only what
    /// is in that file.
    #[test]
    fn no_order_of_lines_and_sources_sends_a_secret_to_a_folders_server(
        folder in lines(),
        named in lines(),
        variables in proptest::collection::vec(
            proptest::sample::select(vec![
                ("RALLY_SERVER", "home.example"), ("RALLY_API_KEY", "env-key"), ("APIKEY", "env-old"),
                ("RALLY_USER", "env-user"), ("RALLY_PASSWORD", "env-password"),
                ("RALLY_CLIENT_CERT", "env-cert"), ("RALLY_CONFIG", "named"),
            ]), 0..7),
        flags in proptest::collection::vec(
            proptest::sample::select(vec!["--apikey=flag-key", "--apikey=", "--user=flag-user",
                "--password=flag-password", "--server=flag.example"]), 0..3),
        header in any::<bool>(),
    ) {
        let files = [("rally-v2.0.cfg", marked(&folder, "folder")), ("named.cfg", marked(&named, "named"))];
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let Ok(builder) = builder(&variables, &files, &flags) else { return Ok(()) };
        let builder = if header { builder.header("X-Gateway", "program-header") } else { builder };
        let Ok(config) = builder.build() else { return Ok(()) };
        let (host, _) = config.address();
        let trusted = flags.iter().any(|f| f.starts_with("--server"))
            || (named.iter().any(|l| l.starts_with("SERVER")) && variables.iter().any(|v| v.0 == "RALLY_CONFIG"));
        let at_home = variables.iter().any(|v| v.0 == "RALLY_SERVER");
        let expected = if at_home { "home.example" } else { "rally1.rallydev.com" };
        if !trusted && host != expected {
            let certificate = config.client_cert().map(|p| p.display().to_string());
            let secrets = [
                config.api_key().map(|k| k.expose().to_owned()),
                config.password().map(|p| p.expose().to_owned()),
                config.api_key().is_none().then(|| config.user().unwrap_or_default().to_owned()),
                certificate,
            ];
            for secret in secrets.into_iter().flatten() {
                prop_assert!(secret.starts_with("folder-"), "{secret} to {host}");
            }
            prop_assert!(config.headers().iter().all(|h: &Header| h.value().expose() != "program-header"));
        }
    }
}
