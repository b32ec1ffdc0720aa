//! Settings: pyral's files, variables and flags, everywhere; mistakes in them are told with their place.

use crate::run::{Desk, Folder};

const KEY: (&str, &str) = ("RALLY_API_KEY", "_marker_key");

#[test]
fn what_is_in_force_is_shown_with_its_place_and_without_secrets() {
    let folder = Folder::new();
    folder.file("rally-v2.0.cfg", "# ours\nWORKSPACE = Products\nPROJECT = Shop\n");
    folder.file("team.cfg", "USER = me\nPASSWORD = _marker_password\n");
    let run = folder.run(&[KEY], &["config", "--config=team", "--rallyProject", "Web"]);
    let line = |name, value, origin: &str| format!("{name:<12} {value:<40} {origin}\n");
    let lines = [
        line("server", "https://rally1.rallydev.com/slm", "default"),
        line("apikey", "***", "RALLY_API_KEY"),
        line("user", "me", "team.cfg line 1"),
        line("password", "***", "team.cfg line 2"),
        line("workspace", "Products", "rally-v2.0.cfg line 2"),
        line("project", "Web", "--project"),
        line("proxy", "", "default"),
    ];
    assert!(run.out.starts_with(&lines.concat()), "{}", run.out);
    assert_eq!(run.code, 0);
    assert!(!run.err.contains("_marker"), "{}", run.err);
}

#[test]
fn pyrals_flags_and_files_reach_the_server() {
    let desk = Desk::new();
    let (url, key) = (desk.sandbox.url(), desk.sandbox.api_key());
    desk.folder.file("research.cfg", format!("SERVER = {url}\nAPIKEY = {key}\nWORKSPACE = Research\n"));
    let alone = |arguments: &[&str]| desk.folder.run(&[], arguments);
    for flags in [&["--cfg", "research"][..], &["--conf=research.cfg"], &["--rallyConfig=research"]] {
        let run = alone(&[&["query", "Story", "--format", "ids"], flags].concat());
        assert_eq!((run.code, run.out.as_str()), (0, "US6\n"), "{}", run.err);
    }
    let named = desk.folder.run(&[("RALLY_CONFIG", "research")], &["query", "Story", "--format", "ids"]);
    assert_eq!((named.code, named.out.as_str()), (0, "US6\n"), "{}", named.err);
    let flags = [
        "--rallyServer",
        desk.sandbox.url(),
        "--rallyUser=ann@sandbox.example",
        "--rallyPassword",
        "sandbox",
    ];
    assert_eq!(
        alone(&[&["query", "Defect", "--count", "--all-projects"], &flags[..]].concat()).good(),
        "6\n"
    );
    // Before the command, too; the last one of a flag counts.
    let flags = [
        "--server",
        "http://127.0.0.1:1",
        "--server",
        desk.sandbox.url(),
        "--apikey",
        desk.sandbox.api_key(),
    ];
    assert_eq!(
        alone(&[&flags[..], &["query", "Defect", "--count", "--all-projects"]].concat()).good(),
        "6\n"
    );
}

#[test]
fn broken_settings_are_told_before_anything_is_sent() {
    let folder = Folder::new();
    let run = folder.run(&[], &["query", "Defect"]);
    assert_eq!(
        run.bad(2),
        "rally: credentials: there are none; `rally login` asks for some, or set RALLY_API_KEY\n"
    );
    let run = folder.run(&[KEY], &["query", "Defect", "--config", "gone"]);
    assert!(run.bad(2).starts_with("rally: --config: the file gone is not there"), "{}", run.err);
    assert!(
        folder.run(&[KEY, ("RALLY_CONFIG", "gone")], &["check"]).bad(2).starts_with("rally: RALLY_CONFIG: ")
    );
    let run = folder.run(&[KEY, ("RALLY_SERVER", "http://rally.example")], &["config"]);
    assert!(run.bad(2).starts_with("rally: RALLY_SERVER: "), "{}", run.err);
    // A folder that somebody else made does not collect keys.
    folder.file("rally-v2.0.cfg", "SERVER = evil.example\n");
    let run = folder.run(&[KEY], &["query", "Defect"]);
    assert!(
        run.bad(2).contains("gets no secret from elsewhere") && !run.err.contains("_marker"),
        "{}",
        run.err
    );
}

/// The folder's server would get user and password of the environment once its file has blanked the API key.
#[test]
fn a_folder_that_blanks_the_key_gets_no_password_either() {
    let desk = Desk::new();
    let basic = [("RALLY_USER", "ann@sandbox.example"), ("RALLY_PASSWORD", "sandbox")];
    let key = ("RALLY_API_KEY", desk.sandbox.api_key());
    let key_file = desk.folder.path().join("key").display().to_string();
    desk.folder.file("key", desk.sandbox.api_key());
    for line in ["APIKEY =", "APIKEY =   ", "APIKEY = own\nAPIKEY =", "VERSION = 1"] {
        desk.folder.file("rally-v2.0.cfg", format!("SERVER = {}\n{line}\n", desk.sandbox.url()));
        for variables in
            [&basic[..], &[basic[0], basic[1], key], &[("RALLY_API_KEY_FILE", key_file.as_str())]]
        {
            if line.starts_with("APIKEY") && variables.len() == 1 {
                continue; // No credentials are left.
            }
            let run = desk.folder.run(variables, &["query", "Defect", "--count", "--all-projects"]);
            assert!(run.bad(2).contains("gets no secret from elsewhere"), "{line}: {}", run.err);
        }
    }
    assert_eq!(desk.sent(), [""; 0]);
    // The very server that the environment names is no stranger.
    let home = [basic[0], basic[1], ("RALLY_SERVER", desk.sandbox.url())];
    let run = desk.folder.run(&home, &["query", "Defect", "--count", "--all-projects"]);
    assert_eq!((run.code, run.out.as_str()), (0, "6\n"), "{}", run.err);
}

#[test]
fn a_key_is_read_from_a_file_a_command_and_standard_input() {
    let desk = Desk::new();
    let (url, key) = (desk.sandbox.url(), desk.sandbox.api_key());
    desk.folder.file("key", format!("{key}\nnotes\n"));
    let server = ("RALLY_SERVER", url);
    let count = |variables: &[(&str, &str)], flags: &[&str]| {
        let run =
            desk.folder.run(variables, &[&["query", "Defect", "--count", "--all-projects"], flags].concat());
        // Other users may read the file, which is warned about.
        assert_eq!((run.code, run.out.as_str()), (0, "6\n"), "{}", run.err);
    };
    count(&[server, ("RALLY_API_KEY_FILE", "key")], &[]);
    count(&[server], &["--apikey-file", "key"]);
    if cfg!(unix) {
        count(&[server, ("RALLY_API_KEY_COMMAND", &format!("echo {key}"))], &[]);
    }
    let run = desk.rally_reading(
        &format!("{key}\n"),
        &["query", "Defect", "--count", "--all-projects", "--apikey", "-"],
    );
    assert_eq!(run.good(), "6\n");
    let run = desk.folder.run(&[server, ("RALLY_API_KEY_FILE", "gone")], &["query", "Defect"]);
    assert!(
        run.bad(2).starts_with("rally: RALLY_API_KEY_FILE: cannot read the API key from gone: "),
        "{}",
        run.err
    );
}

#[test]
fn pyrals_files_with_other_words_in_them_are_read_with_a_warning() {
    let folder = Folder::new();
    folder
        .file("rally-v2.0.cfg", "VERSION = v2.0\nstray hunter2\nPASWORD = _marker_password\nWORKSPACE = W\n");
    let run = folder.run(&[KEY], &["config"]);
    assert!(run.out.contains("rally-v2.0.cfg line 4"), "{}", run.out);
    assert_eq!(
        (run.code, run.err.as_str()),
        (
            0,
            "rally: warning: rally-v2.0.cfg line 1 is ignored: unknown setting VERSION\n\
             rally: warning: rally-v2.0.cfg line 2 is ignored: it has no `=`; write `SERVER = host`\n\
             rally: warning: rally-v2.0.cfg line 3 is ignored: unknown setting PASWORD; did you mean PASSWORD?\n"
        )
    );
}

#[cfg(unix)]
#[test]
fn a_settings_file_that_is_a_pipe_or_a_device_is_refused_at_once() {
    let folder = Folder::new();
    let file = folder.path().join("rally-v2.0.cfg");
    let refused = || {
        let run = folder.run(&[KEY], &["config"]);
        assert!(
            run.bad(2).contains("rally-v2.0.cfg: cannot be read: it is not a regular file"),
            "{}",
            run.err
        );
        std::fs::remove_file(&file).unwrap();
    };
    std::os::unix::fs::symlink("/dev/zero", &file).unwrap();
    refused();
    assert!(std::process::Command::new("mkfifo").arg(&file).status().unwrap().success());
    refused();
    folder.file("rally-v2.0.cfg", vec![b'#'; (1 << 20) + 1]);
    assert!(folder.run(&[KEY], &["config"]).bad(2).contains("it is larger than 1 MiB"));
}

/// A folder can name files, too: they end, whatever they are.
#[cfg(unix)]
#[test]
fn a_file_of_the_settings_that_is_a_pipe_or_a_device_is_refused_at_once() {
    let folder = Folder::new();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for file in ["/dev/zero", "pipe"] {
        for name in ["CA_FILE", "CLIENT_CERT"] {
            let own = format!("SERVER = rally.invalid\nAPIKEY = _key\n{name} = {file}\n");
            folder.file("rally-v2.0.cfg", own);
            let run = folder.run(&[], &["query", "Defect"]);
            assert!(run.bad(2).contains(&format!("{file}: it is not a regular file")), "{}", run.err);
        }
        std::fs::remove_file(folder.path().join("rally-v2.0.cfg")).unwrap();
        let run = folder.run(&[], &["--replay", file, "query", "Defect"]);
        assert!(run.bad(1).contains("it is not a regular file"), "{}", run.err);
    }
    let run = folder.run(&[("RALLY_API_KEY_COMMAND", "yes")], &["query", "Defect"]);
    assert!(run.bad(2).contains("the command for the API key printed more than 64 KiB"), "{}", run.err);
}

#[test]
fn an_empty_key_that_hides_another_is_named() {
    let folder = Folder::new();
    folder.file("rally-v2.0.cfg", "SERVER = rally.invalid\nAPIKEY =\n");
    let run = folder.run(&[KEY], &["query", "Defect"]);
    assert_eq!(
        run.bad(2),
        "rally: credentials: there are none: rally-v2.0.cfg line 2 is empty, which unsets other API keys; leave it out, \
         or give the API key there\n"
    );
}

#[test]
fn broken_settings_do_not_keep_help_or_the_sandbox_away() {
    let folder = Folder::new();
    folder.file("rally-v2.0.cfg", "not a line\n");
    let variables =
        [("RALLY_SERVER", "http://not ours"), ("RALLY_PROJECT", "Elsewhere"), ("RALLY_CONFIG", "gone")];
    assert!(folder.run(&variables, &["query", "--help"]).good().contains("Usage: rally query"));
    assert_eq!(folder.run(&variables, &["--sandbox", "query", "Defect", "--count"]).good(), "6\n");
    let scoped = ["--sandbox", "query", "Defect", "--count", "--project", "Bank // Mobile"];
    assert_eq!(folder.run(&variables, &scoped).good(), "1\n");
}

#[test]
fn the_embedded_sandbox_takes_the_place_of_a_server_and_forgets() {
    let folder = Folder::new();
    let sandbox = |arguments: &[&str]| folder.run(&[], &[&["--sandbox"], arguments].concat());
    assert_eq!(sandbox(&["create", "Defect", "Name=New"]).good(), "created DE7: New\n");
    assert!(sandbox(&["get", "DE7"]).bad(3).contains("DE7"));
    let run = sandbox(&["query", "Defect", "--server", "rally.example"]);
    assert!(run.bad(2).contains("leave it out to ask a server"), "{}", run.err);
    assert!(sandbox(&["config"]).good().starts_with("server       http://127.0.0.1:"));
}

#[test]
fn a_log_is_private_and_a_warning_is_heard() {
    let folder = Folder::new();
    folder.file("open.cfg", "APIKEY = _marker_key\n");
    let run = folder.run(&[], &["config", "--config", "open"]);
    assert_eq!(run.code, 0);
    if cfg!(unix) {
        assert_eq!(run.err, "rally: warning: open.cfg holds a secret and others may read it: chmod 600 it\n");
    }
}
