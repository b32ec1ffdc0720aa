//! The guide's programs in other languages, run exactly as shown. Without Python or curl they are skipped with a message.

use rally_wsapi::sandbox::Sandbox;
use std::process::{Command, Stdio};

const PAGE: &str = include_str!("../../src/guide/testing.md");

/// The only block in that language.
fn block(language: &str) -> &'static str {
    let (_, rest) = PAGE.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0
}

fn is_here(program: &str) -> bool {
    let here = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let here = here.is_ok_and(|s| s.success());
    if !here {
        eprintln!("skipped: there is no {program}");
    }
    here
}

/// What the program prints; it must succeed.
fn run(sandbox: &Sandbox, program: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy().to_lowercase();
        if text.starts_with("rally_") || text == "apikey" || text.ends_with("_proxy") {
            command.env_remove(&name);
        }
    }
    let address = sandbox.url().trim_end_matches("/slm");
    let done =
        command.args(arguments).env("SANDBOX", address).current_dir(std::env::temp_dir()).output().unwrap();
    assert!(done.status.success(), "{program}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

#[test]
fn the_python_program_runs() {
    if !is_here("python3") {
        return;
    }
    let sandbox = Sandbox::start().unwrap();
    assert_eq!(run(&sandbox, "python3", &["-c", block("python")]), "");
    assert_eq!(sandbox.clock(), "2026-12-24T18:00:00.000Z");
    assert_eq!(sandbox.requests().iter().map(|r| r.status).collect::<Vec<_>>(), [200, 200, 503]);
}

#[test]
fn the_shell_program_runs() {
    if !(is_here("curl") && is_here("bash")) {
        return;
    }
    let sandbox = Sandbox::start().unwrap();
    let lines = run(&sandbox, "bash", &["-euc", block("sh")]);
    let lines: Vec<&str> = lines.lines().collect();
    let faults = r#"{"faults":[{"matched":0,"method":[],"path":"/defect"}]}"#;
    assert_eq!(lines[..3], [r#"{"reset":"everything"}"#, faults, "503"]);
    assert_eq!(lines[3..5], [r#"{"faults":[]}"#, r#"{"now":"2026-04-20T13:00:00.000Z"}"#]);
    assert!(
        lines[5].starts_with(r#"{"requests":[{"#) && lines[5].contains(r#""status":503"#),
        "{}",
        lines[5]
    );
}
