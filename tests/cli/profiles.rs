//! Profiles: `rally login` creates them, `--profile` selects them, and their secrets are sent to their own server only.

use crate::run::{Desk, Run};
use std::path::PathBuf;
use std::process::Stdio;

/// The program without any settings except those of the user's file.
fn bare(desk: &Desk, input: Option<&str>, variables: &[(&str, &str)], arguments: &[&str]) -> Run {
    let mut command = desk.folder.command(crate::run::BINARY);
    command.args(arguments).envs(variables.iter().copied());
    let Some(input) = input else { return Run::of(command.output().unwrap()) };
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes());
    Run::of(child.wait_with_output().unwrap())
}

fn file(desk: &Desk) -> PathBuf {
    let below = if cfg!(windows) { "AppData" } else { ".config" };
    desk.folder.path().join(below).join("rally").join("config")
}

const COUNT: [&str; 4] = ["query", "Defect", "--count", "--all-projects"];

#[test]
fn a_login_is_checked_stored_for_its_owner_and_used() {
    let desk = Desk::new();
    let (url, key) = (desk.sandbox.url(), desk.sandbox.api_key());
    let login = ["login", "--with-key", "--server", url];
    let run = bare(&desk, Some(&format!("{key}\n")), &[], &login);
    let place = file(&desk);
    let told = format!(
        "Ann Keeper (ann@sandbox.example) at {url}\nstored as the profile `default` in {}\n",
        place.display()
    );
    assert_eq!(run.good(), told);
    // One request, and no other is needed to sign in.
    assert_eq!(desk.sent(), ["GET /user"]);
    assert_eq!(
        std::fs::read_to_string(&place).unwrap(),
        format!("[default]\nSERVER = {url}\nAPIKEY = {key}\n")
    );
    #[cfg(unix)]
    for (path, mode) in [(place.as_path(), 0o600), (place.parent().unwrap(), 0o700)] {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, mode, "{}", path.display());
    }
    assert_eq!(bare(&desk, None, &[], &COUNT).good(), "6\n");

    // A second profile, with a workspace; comments stay, and no draft is left.
    let text = std::fs::read_to_string(&place).unwrap();
    std::fs::write(&place, format!("# by hand\n{text}SCHEMA_CACHE =\n")).unwrap();
    let other = ["login", "--with-key", "--server", url, "--profile", "lab", "--workspace", "Research"];
    bare(&desk, Some(key), &[], &other).good();
    let both = format!(
        "# by hand\n{text}SCHEMA_CACHE =\n\n[lab]\nSERVER = {url}\nAPIKEY = {key}\nWORKSPACE = Research\n"
    );
    assert_eq!(std::fs::read_to_string(&place).unwrap(), both);
    assert_eq!(std::fs::read_dir(place.parent().unwrap()).unwrap().count(), 1);
    let ids = ["query", "Story", "--format", "ids"];
    assert_eq!(bare(&desk, None, &[("RALLY_PROFILE", "lab")], &ids).good(), "US6\n");
    assert_eq!(bare(&desk, None, &[], &[&ids[..], &["--profile", "lab"]].concat()).good(), "US6\n");
    // The server of a profile is known when its key is replaced.
    bare(&desk, Some(key), &[], &["login", "--with-key", "--profile", "lab"]).good();
    assert!(std::fs::read_to_string(&place).unwrap().contains(&format!("[lab]\nSERVER = {url}\nAPIKEY")));

    let gone = bare(&desk, None, &[], &["logout", "--profile=lab"]);
    assert!(gone.good().starts_with("the credentials of the profile `lab` are gone from "));
    assert!(!std::fs::read_to_string(&place).unwrap().split("[lab]").nth(1).unwrap().contains("APIKEY"));
    assert_eq!(bare(&desk, None, &[], &["logout", "--profile=lab"]).code, 3);
}

#[test]
fn nothing_is_stored_that_does_not_sign_in() {
    let desk = Desk::new();
    let url = desk.sandbox.url();
    let login = ["login", "--with-key", "--server", url];
    let run = bare(&desk, Some("_marker_wrong\n"), &[], &login);
    assert!(run.bad(1).contains("401") && !run.err.contains("_marker"), "{}", run.err);
    for (input, arguments, words) in [
        (Some("\n"), &login[..], "the API key is empty"),
        (Some("two words\n"), &login[..], "holds blanks"),
        (None, &["login", "--server", url][..], "no terminal"),
        (Some("_k"), &["login", "--with-key", "--profile", "a b"][..], "letters, digits"),
        (Some("_k"), &["login", "--with-key", "--profile", "a]\nx"][..], "letters, digits"),
        (Some("_k"), &["login", "--with-key", "--user", "me"][..], "holds an API key"),
        (Some("_k"), &["login", "--with-key", "--sandbox"][..], "--sandbox needs no login"),
        (Some("_k"), &["login", "--with-key", "--server", "http://rally.example"][..], "in the clear"),
    ] {
        let run = bare(&desk, input, &[], arguments);
        assert!(run.bad(2).contains(words), "{arguments:?}: {}", run.err);
    }
    assert!(!file(&desk).exists());
    // A line break would start another setting.
    let lines = ["--workspace", "W\nAPI_KEY_COMMAND = touch pwned"];
    let run = bare(&desk, Some(desk.sandbox.api_key()), &[], &[&login[..], &lines].concat());
    assert!(run.bad(2).contains("control character") && !file(&desk).exists(), "{}", run.err);
    let homeless = bare(&desk, Some("_k"), &[("HOME", ""), ("APPDATA", "")], &login);
    assert!(homeless.bad(2).contains("set HOME"), "{}", homeless.err);
}

#[test]
fn a_profile_is_for_its_server_and_says_what_counts_before_it() {
    let (desk, other) = (Desk::new(), Desk::new());
    let (url, key) = (desk.sandbox.url(), desk.sandbox.api_key());
    bare(&desk, Some(key), &[], &["login", "--with-key", "--server", url]).good();
    desk.sent();
    let evil = other.sandbox.url();
    desk.folder.file("x.cfg", format!("SERVER = {evil}\n"));
    for (variables, flags) in [
        (&[("RALLY_SERVER", evil)][..], &[][..]),
        (&[][..], &["--server", evil][..]),
        (&[][..], &["--config", "x"][..]),
        (&[][..], &["--profile", "default", "--server", evil][..]),
    ] {
        let run = bare(&desk, None, variables, &[&COUNT[..], flags].concat());
        assert!(run.bad(2).contains("the profile `default` are for"), "{}", run.err);
    }
    desk.folder.file("rally-v2.0.cfg", format!("SERVER = {evil}\n"));
    assert!(bare(&desk, None, &[], &COUNT).bad(2).contains("there are none; those of the profile `default`"));
    assert_eq!((desk.sent(), other.sent()), (vec![], vec![]));
    std::fs::remove_file(desk.folder.path().join("rally-v2.0.cfg")).unwrap();

    let wrong = [("RALLY_API_KEY", "_marker_old")];
    let run = bare(&desk, Some(key), &wrong, &["login", "--with-key", "--server", url]);
    assert_eq!(
        run.err,
        "rally: RALLY_API_KEY counts before this profile; --profile default counts before it\n"
    );
    assert_eq!(bare(&desk, None, &wrong, &[&COUNT[..], &["--profile", "default"]].concat()).good(), "6\n");
    let run = bare(&desk, None, &[], &[&COUNT[..], &["--profile", "defaul"]].concat());
    assert!(
        run.bad(2).contains("did you mean default?") && run.err.contains("`rally login --profile defaul`")
    );
}

#[test]
fn every_setting_is_shown_with_its_origin() {
    let desk = Desk::new();
    let place = file(&desk);
    std::fs::create_dir_all(place.parent().unwrap()).unwrap();
    std::fs::write(&place, "[lab]\nSERVER = lab.example\nAPIKEY = _marker_key\n").unwrap();
    let variables = [
        ("RALLY_CA_FILE", "ca.pem"),
        ("RALLY_LOG", "log"),
        ("HTTPS_PROXY", "http://u:_marker_pw@gate:1"),
        ("SSL_CERT_DIR", "certs"),
    ];
    let run =
        bare(&desk, None, &variables, &["config", "--profile=lab", "--max-requests", "7", "--rate", "5"]);
    assert!(!run.out.contains("_marker") && run.code == 0, "{run:?}");
    let at = |line: u8| format!("profile lab, {} line {line}", place.display());
    for (name, value, origin) in [
        ("profile", "lab", "--profile"),
        ("server", "https://lab.example/slm", &at(2)),
        ("apikey", "***", &at(3)),
        ("proxy", "gate:1", "HTTPS_PROXY"),
        ("cafile", "ca.pem", "RALLY_CA_FILE"),
        ("log", "log", "RALLY_LOG"),
        ("schemacache", "", "default"),
        ("sslcertdir", "certs", "SSL_CERT_DIR"),
        ("maxrequests", "7", "--max-requests"),
        ("rate", "5", "--rate"),
        ("maxinflight", "", "default"),
    ] {
        let line = format!("{name:<12} {value:<40} {origin}");
        assert!(run.out.lines().any(|one| one == line), "{line}\n{}", run.out);
    }
    let json = bare(&desk, None, &[], &["config", "--profile=lab", "--format", "jsonl"]);
    assert!(json.out.starts_with("{\"Setting\":\"profile\",\"Value\":\"lab\",\"Origin\":\"--profile\"}\n"));
}
