//! Log lines are filed by what a request is for, so that any logger can choose. One test, for there is one logger a
//! process.

use log::{Level, LevelFilter, Log, Metadata, Record};
use rally_wsapi::sandbox::{Fault, Sandbox};
use rally_wsapi::{Config, Rally, Result};
use serde_json::json;
use std::sync::Mutex;
use std::time::Duration;

/// Keeps the lines, and chooses as `RUST_LOG` is read by loggers: the longest beginning of a target decides.
struct Chooser(Mutex<Vec<(Level, String, String)>>);

const CHOICE: [(&str, LevelFilter); 3] = [
    ("rally_wsapi::request", LevelFilter::Debug),
    ("rally_wsapi::request::chase", LevelFilter::Off),
    ("rally_wsapi::warning", LevelFilter::Warn),
];

impl Log for Chooser {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let fitting = CHOICE.iter().filter(|(target, _)| metadata.target().starts_with(target));
        fitting.max_by_key(|(target, _)| target.len()).is_some_and(|(_, most)| metadata.level() <= *most)
    }
    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let line = (record.level(), record.target().to_owned(), record.args().to_string());
            self.0.lock().unwrap().push(line);
        }
    }
    fn flush(&self) {}
}

static LOG: Chooser = Chooser(Mutex::new(Vec::new()));

/// What was logged meanwhile: level, the target after the crate's name, and the words before the first colon.
fn logged(work: impl FnOnce() -> Result<()>) -> Vec<String> {
    LOG.0.lock().unwrap().clear();
    work().unwrap();
    let lines = std::mem::take(&mut *LOG.0.lock().unwrap());
    let short = |text: &str| text.split([':', '?']).next().unwrap().to_owned();
    lines
        .iter()
        .map(|(level, target, text)| {
            format!("{level} {} {}", target.strip_prefix("rally_wsapi::").unwrap(), short(text))
        })
        .collect()
}

#[test]
fn a_logger_chooses_by_what_requests_are_for() {
    log::set_logger(&LOG).unwrap();
    log::set_max_level(LevelFilter::Trace);
    let sandbox = Sandbox::start().unwrap();
    let config =
        Config::builder().project("null").server(sandbox.url()).user(sandbox.user(), sandbox.password());
    let rally = Rally::new(config.retry_delay(Duration::from_millis(1)).build().unwrap()).unwrap();

    sandbox.fail(Fault::at("/defect").first(1).status(503));
    let lines = logged(|| {
        let rows = rally.query("Defect").fetch("Name").limit(4).all()?;
        rows.iter().try_for_each(|row| row.get("Owner.EmailAddress").map(drop))
    });
    assert_eq!(lines[0], "DEBUG request::page GET /defect");
    assert_eq!(lines[1], "INFO request::page attempt 1 failed, next in 0 ms");
    assert_eq!(lines[2], "DEBUG request::page GET /defect");
    assert!(lines[3..].iter().all(|line| line.starts_with("DEBUG request::item GET /")), "{lines:#?}");
    assert!(rally.stats().chases > 0, "there were requests that are not shown: {}", rally.stats());

    let lines = logged(|| rally.get("Defect", "DE1").and_then(|one| rally.get("Defect", &one)).map(drop));
    assert_eq!(
        lines,
        ["DEBUG request::page GET /defect", "DEBUG request::item GET /defect/701"].map(String::from)
    );

    let lines = logged(|| rally.type_def("Defect").map(drop));
    let schema = |line: &&String| line.starts_with("DEBUG request::schema GET /schema/");
    assert_eq!(lines.iter().filter(schema).count() as u64, rally.stats().schemas, "{lines:#?}");

    // Where a query of the caller's looked in vain is said; of look-ups their errors say it.
    let lines = logged(|| rally.query("Defect").filter("Name = nothing").all().map(drop));
    let expected = ["DEBUG request::page GET /defect", "INFO request::page GET /defect"];
    assert_eq!(lines, expected.map(String::from));
    let lines = logged(|| {
        let fields = json!({"Name": "x"});
        assert!(rally.find("DE4711").is_err() && rally.find("TF4711").is_err() && rally.find("XX1").is_err());
        assert!(rally.update("Defect", "DE4711", &fields).is_err());
        assert!(rally.create("Task", json!({"Name": "x", "WorkProduct": 4711})).is_err());
        assert!(rally.find_user("no such user").is_err());
        assert!(rally.state("PortfolioItem/No Such Level", "Done").is_err());
        assert!(rally.in_project("No such project").query("Defect").all().is_err());
        assert!(rally.in_workspace("No such workspace").query("Defect").all().is_err());
        Ok(())
    });
    assert!(lines.len() > 9 && lines.iter().all(|line| line.starts_with("DEBUG request::")), "{lines:#?}");

    let story = json!({"HierarchicalRequirement": {"Name": "x"}});
    let lines = logged(|| rally.raw().post("hierarchicalrequirement/create", story).send().map(drop));
    let expected = [
        "DEBUG request::token GET /security/authorize",
        "DEBUG request::write POST /hierarchicalrequirement/create",
    ];
    assert_eq!(lines, expected.map(String::from));

    sandbox.fail(Fault::at("/task/create").edit(|body| {
        let body = body.replace("\"Warnings\": []", "\"Warnings\":[]");
        body.replacen("\"Warnings\":[]", "\"Warnings\":[\"careful\"]", 1)
    }));
    let parent = rally.find("US1").unwrap();
    let lines = logged(|| rally.create("Task", json!({"Name": "x", "WorkProduct": parent})).map(drop));
    let expected = ["DEBUG request::write POST /task/create", "WARN warning POST /task/create"];
    assert_eq!(lines, expected.map(String::from));
}
