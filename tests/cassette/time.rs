//! Filters that contain the current time.

use crate::support::{Folder, player, record};
use jiff::{SignedDuration, Timestamp};
use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{ErrorKind, Rally, attr};

/// Makes the cassette older: its recording time and the time in the filter.
fn aged(folder: &Folder, by: SignedDuration) {
    let older = |text: &str| format!("{:.3}", text.parse::<Timestamp>().unwrap() - by);
    let recorded = player(&folder.file()).now().to_string();
    let pattern = regex::Regex::new(r"20\d\d-\d\d-\d\dT[0-9:.]+Z").unwrap();
    folder.edit(|text| {
        let lines =
            text.lines().map(|line| match line.contains("\"query=") || line.contains("\"recorded\"") {
                true => {
                    pattern.replace_all(line, |found: &regex::Captures<'_>| older(&found[0])).into_owned()
                }
                false => line.to_owned(),
            });
        lines.collect::<Vec<_>>().join("\n")
    });
    assert_ne!(player(&folder.file()).now().to_string(), recorded);
}

fn by_the_system_clock(rally: &Rally) -> rally_wsapi::Result<usize> {
    let since = Timestamp::now() - SignedDuration::from_hours(24 * 400);
    Ok(rally.query("Defect").filter(attr("CreationDate").gt(since)).all()?.len())
}

#[test]
fn a_filter_by_the_clients_clock_is_the_same_a_year_later() {
    let (folder, sandbox) = (Folder::new(), Sandbox::start().unwrap());
    let script = |rally: &Rally| {
        let since = rally.now() - SignedDuration::from_hours(24 * 400);
        rally.query("Defect").filter(attr("CreationDate").gt(since)).all().unwrap().len()
    };
    let recorded = record(&sandbox, folder.file(), script);
    aged(&folder, SignedDuration::from_hours(24 * 365));
    assert_eq!(script(&player(&folder.file())), recorded);
}

#[test]
fn a_filter_by_the_system_clock_matches_as_far_as_the_clock_has_moved() {
    let (folder, sandbox) = (Folder::new(), Sandbox::start().unwrap());
    let recorded = record(&sandbox, folder.file(), by_the_system_clock).unwrap();
    aged(&folder, SignedDuration::from_hours(24 * 365));
    assert_eq!(by_the_system_clock(&player(&folder.file())).unwrap(), recorded);
}

#[test]
fn another_date_is_another_request() {
    let (folder, sandbox) = (Folder::new(), Sandbox::start().unwrap());
    let since = |rally: &Rally, date: &str| {
        rally.query("Defect").filter(format!("CreationDate > {date}").as_str()).all()
    };
    record(&sandbox, folder.file(), |rally| since(rally, "2026-01-01").unwrap());
    let error = since(&player(&folder.file()), "2026-02-01").unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Cassette);
    assert!(error.to_string().contains("differs in query"), "{error}");
}

#[test]
fn today_is_the_servers() {
    let (folder, sandbox) = (Folder::new(), Sandbox::start().unwrap());
    let script = |rally: &Rally| rally.query("Defect").filter("CreationDate < today").all().unwrap().len();
    let recorded = record(&sandbox, folder.file(), script);
    aged(&folder, SignedDuration::from_hours(24 * 3));
    assert_eq!(script(&player(&folder.file())), recorded);
}
