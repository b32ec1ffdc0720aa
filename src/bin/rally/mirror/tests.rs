//! Mirrors of a sandbox that changes, in files that are cut off.

use super::run::{self, Wish};
use super::store::Store;
use rally_wsapi::sandbox::{Fault, Sandbox};
use rally_wsapi::{Config, Rally};
use rusqlite::types::Value as Sql;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;

const TYPES: [&str; 2] = ["Defect", "Task"];

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("rally-mirror-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn client(sandbox: &Sandbox, project: &str) -> Rally {
    let config = Config::builder().server(sandbox.url()).api_key(sandbox.api_key()).project(project);
    let config = config.page_size(3).attempts(1).retry_delay(Duration::from_millis(1));
    Rally::new(config.build().unwrap()).unwrap()
}

/// One run; an error stands for a program that was killed there.
fn mirror(rally: &Rally, file: &Path, sweep: bool) -> Result<Vec<run::Done>, String> {
    let told = |failure: crate::failure::Failure| format!("{failure:?}");
    let types = TYPES.map(str::to_owned);
    let wish = Wish { types: &types, since: None, sweep, raw: false };
    let scope = run::scope(rally).map_err(told)?;
    let mut store = Store::open(file, &scope).map_err(told)?;
    run::prepare(rally, &mut store, &wish).map_err(told)?;
    let mut done = Vec::new();
    for one in store.types().map_err(told)? {
        done.push(run::update(rally, &mut store, &one, &wish).map_err(told)?);
    }
    Ok(done)
}

/// Every table of the file but the mirror's own, each row as text.
fn content(file: &Path) -> Vec<String> {
    let db = super::sql::read_only(file).unwrap();
    let fine: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(fine, "ok");
    let names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'mirror_%' AND name <> 'meta' ORDER BY name";
    let mut tables = db.prepare(names).unwrap();
    let names: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut all = Vec::new();
    for name in names {
        let mut query = db.prepare(&format!("SELECT * FROM \"{name}\" ORDER BY 1, 2")).unwrap();
        let columns: Vec<String> = query.column_names().into_iter().map(str::to_owned).collect();
        let mut rows = query.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let cells = columns.iter().map(|c| format!("{c}={:?}", row.get::<_, Sql>(c.as_str()).unwrap()));
            all.push(format!("{name}: {}", cells.collect::<Vec<_>>().join("|")));
        }
    }
    all
}

/// Numbers that follow from a seed.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// Changes something, as people do.
fn act(rally: &Rally, dice: &mut Dice, step: usize) {
    let all = rally.in_all_projects();
    let defects = all.query("Defect").fetch("Project").all().unwrap();
    let pick = |dice: &mut Dice| defects.get(dice.throw(defects.len().max(1) as u64) as usize).cloned();
    match dice.throw(7) {
        0 => drop(
            all.in_project("/project/102")
                .create("Defect", json!({"Name": format!("made \"{step}\"")}))
                .unwrap(),
        ),
        1 => {
            if let Some(defect) = pick(dice) {
                drop(all.create(
                    "Task",
                    json!({"Name": format!("to do {step}"), "WorkProduct": defect.reference()}),
                ));
            }
        }
        2 => pick(dice).into_iter().for_each(|one| drop(one.delete())),
        3 => pick(dice).into_iter().for_each(|one| {
            let project = ["/project/101", "/project/102"][dice.throw(2) as usize];
            drop(one.update(json!({"Project": project})));
        }),
        4 => pick(dice).into_iter().for_each(|one| {
            let tags = [json!([]), json!(["/tag/401"]), json!(["/tag/401", "/tag/402"])];
            drop(one.update(json!({"Tags": tags[dice.throw(3) as usize]})));
        }),
        _ => pick(dice)
            .into_iter()
            .for_each(|one| drop(one.update(json!({"Name": format!("it's {step}"), "PlanEstimate": step})))),
    }
}

#[test]
fn after_a_run_the_mirror_is_what_a_fresh_one_would_be() {
    let folder = Folder::new("histories");
    let sandbox = Sandbox::start().unwrap();
    let all = sandbox.rally().unwrap().in_all_projects();
    for history in 0..200_u64 {
        let mut dice = Dice(history);
        let scope = ["null", "/project/102"][dice.throw(2) as usize];
        let rally = client(&sandbox, scope);
        let file = folder.0.join(format!("{history}.db"));
        for step in 0..4 {
            (0..dice.throw(4)).for_each(|_| act(&all, &mut dice, step));
            // Killed at any request.
            sandbox.fail(Fault::any().status(503).nth(2 + dice.throw(12)));
            let _ = mirror(&rally, &file, false);
            sandbox.heal();
        }
        mirror(&rally, &file, true).unwrap();
        let fresh = folder.0.join("fresh.db");
        let _ = std::fs::remove_file(&fresh);
        mirror(&client(&sandbox, scope), &fresh, false).unwrap();
        let (kept, fresh) = (content(&file), content(&fresh));
        let odd: Vec<_> = kept
            .iter()
            .filter(|row| !fresh.contains(row))
            .chain(fresh.iter().filter(|row| !kept.contains(row)))
            .collect();
        assert!(odd.is_empty() && kept.len() == fresh.len(), "history {history}: {odd:#?}");
        std::fs::remove_file(&file).unwrap();
        if history % 20 == 19 {
            sandbox.reset().unwrap();
        }
    }
}

#[test]
fn a_run_without_changes_takes_two_requests_a_type() {
    let folder = Folder::new("quiet");
    let sandbox = Sandbox::start().unwrap();
    let rally = client(&sandbox, "null");
    let file = folder.0.join("a.db");
    let first = mirror(&rally, &file, false).unwrap();
    assert!(first.iter().all(|done| done.new == done.total && done.new > 0), "{first:?}");
    let before = rally.stats().requests;
    let again = mirror(&rally, &file, false).unwrap();
    assert!(again.iter().all(|done| (done.new, done.changed, done.deleted) == (0, 0, 0)), "{again:?}");
    // What lies within the overlap of five minutes is a page or more.
    let paths: Vec<String> =
        sandbox.requests().iter().skip(before as usize).map(|r| r.path.clone()).collect();
    assert!(paths.iter().filter(|path| *path == "/recyclebinentry").count() == 2, "{paths:?}");
    all_deleted_and_moved(&sandbox, &rally, &file);
}

fn all_deleted_and_moved(sandbox: &Sandbox, rally: &Rally, file: &Path) {
    let all = sandbox.rally().unwrap().in_all_projects();
    all.delete("Defect", "DE1").unwrap();
    all.update("Defect", "DE2", json!({"Name": "new"})).unwrap();
    let done = mirror(rally, file, false).unwrap();
    assert_eq!((done[0].new, done[0].changed, done[0].deleted), (0, 1, 1));
}

#[test]
fn files_that_are_not_this_mirror_are_refused() {
    let folder = Folder::new("refused");
    let sandbox = Sandbox::start().unwrap();
    let rally = client(&sandbox, "null");
    let file = |name: &str| folder.0.join(name);
    std::fs::write(file("text.db"), "not a database at all, but long enough to be read as one".repeat(40))
        .unwrap();
    let made =
        |name: &str, sql: &str| rusqlite::Connection::open(file(name)).unwrap().execute_batch(sql).unwrap();
    made("other.db", "CREATE TABLE mine (a)");
    mirror(&rally, &file("newer.db"), false).unwrap();
    made("newer.db", "PRAGMA user_version = 9");
    mirror(&rally, &file("scope.db"), false).unwrap();
    for (name, rally, why) in [
        ("text.db", &rally, "is not an SQLite file"),
        ("other.db", &rally, "but not a mirror"),
        ("newer.db", &rally, "newer `rally`"),
        ("scope.db", &client(&sandbox, "/project/102"), "mirrors the project"),
        (
            "scope.db",
            &client(&sandbox, "null").in_workspace("Research").in_all_projects(),
            "mirrors the workspace",
        ),
        ("no/such/folder.db", &rally, "cannot be opened"),
    ] {
        let told = mirror(rally, &file(name), false).unwrap_err();
        assert!(told.contains(why), "{name}: {told}");
    }

    // Two on one file: the second writer is told, the first one's work stays.
    let scope = run::scope(&rally).unwrap();
    let path = file("two.db");
    mirror(&rally, &path, false).unwrap();
    let before = content(&path);
    let (mut one, mut two) = (Store::open(&path, &scope).unwrap(), Store::open(&path, &scope).unwrap());
    one.write(|_| Ok(())).unwrap();
    let told = format!("{:?}", two.write(|_| Ok(())).unwrap_err());
    assert!(told.contains("at the same time"), "{told}");
    assert_eq!(content(&path), before);
}

#[test]
fn a_query_of_a_file_writes_nothing() {
    let folder = Folder::new("sql");
    let sandbox = Sandbox::start().unwrap();
    let file = folder.0.join("a.db");
    mirror(&client(&sandbox, "null"), &file, false).unwrap();
    let before = content(&file);
    let db = super::sql::read_only(&file).unwrap();
    let beside = folder.0.join("beside.db");
    for sql in [
        "DELETE FROM Defect",
        "DROP TABLE Defect",
        "CREATE TABLE x (a)",
        "PRAGMA user_version = 3",
        "VACUUM",
        &format!("ATTACH '{}' AS other", beside.display()),
    ] {
        assert!(db.execute_batch(sql).is_err(), "{sql}");
    }
    assert!(!beside.exists() && content(&file) == before);
    let state: String =
        db.query_row("SELECT \"Schedule State\" FROM v_defect LIMIT 1", [], |row| row.get(0)).unwrap();
    assert!(!state.is_empty());
}
