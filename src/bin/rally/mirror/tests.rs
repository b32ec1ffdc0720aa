//! Mirrors of a sandbox that changes, in files that are cut off.

use super::prepare;
use super::run::{self, Wish};
use super::store::Store;
use rally_wsapi::sandbox::{Fault, Sandbox};
use rally_wsapi::{Config, Rally};
use rusqlite::types::Value as Sql;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

const TYPES: [&str; 2] = ["Defect", "Task"];
/// With those whose names others show.
const NAMED: [&str; 4] = ["Defect", "Task", "Tag", "Project"];

/// A folder that goes with the test.
pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    pub(super) fn new(name: &str) -> Folder {
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

pub(super) fn client(sandbox: &Sandbox, project: &str) -> Rally {
    let config = Config::builder().server(sandbox.url()).api_key(sandbox.api_key()).project(project);
    let config = config.page_size(3).attempts(1).retry_delay(Duration::from_millis(1));
    Rally::new(config.build().unwrap()).unwrap()
}

/// What a run did with each type, and its warnings.
type Told = (Vec<run::Done>, Vec<String>);

/// One run; an error stands for a program that was killed there.
fn mirror(rally: &Rally, file: &Path, sweep: bool) -> Result<Vec<run::Done>, String> {
    mirror_of(&TYPES, rally, file, sweep)
}

fn mirror_of(types: &[&str], rally: &Rally, file: &Path, sweep: bool) -> Result<Vec<run::Done>, String> {
    let scope = run::scope(rally).map_err(told)?.0;
    let mut store = Store::open(file, &scope).map_err(told)?;
    store.db.pragma_update(None, "synchronous", "OFF").unwrap(); // what a test writes need not reach the disk
    Ok(mirror_types_in(types, rally, &mut store, sweep)?.0)
}

fn mirror_in(rally: &Rally, store: &mut Store, sweep: bool) -> Result<Told, String> {
    mirror_types_in(&TYPES, rally, store, sweep)
}

fn mirror_types_in(types: &[&str], rally: &Rally, store: &mut Store, sweep: bool) -> Result<Told, String> {
    let is_first = store.types().map_err(told)?.is_empty();
    let types: Vec<String> =
        if is_first { types.iter().map(|name| (*name).to_owned()).collect() } else { vec![] };
    let wish = Wish { types: &types, since: None, raw: false };
    let prepared = prepare::prepare(rally, store, &wish).map_err(told)?;
    let done =
        run::update_all((rally, run::rows_at_once(&rally.query("Defect"))), store, &prepared.types, sweep)
            .map_err(told)?;
    Ok((done.into_iter().map(|(_, done)| done).collect(), prepared.warnings))
}

pub(super) fn told(failure: crate::failure::Failure) -> String {
    format!("{failure:?}")
}

/// Every table of the file but the mirror's own, each row as text.
pub(super) fn content(file: &Path) -> Vec<String> {
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
            let cell = |c: &String| format!("{c}={:?}", row.get::<_, Sql>(c.as_str()).unwrap());
            let mut cells: Vec<String> = columns.iter().map(cell).collect();
            cells.sort(); // a column that came later is the last one
            all.push(format!("{name}: {}", cells.join("|")));
        }
    }
    all
}

/// Numbers that follow from a seed.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// Changes something, as people do.
fn act(rally: &Rally, dice: &mut Dice, step: usize) {
    let all = rally.in_all_projects();
    let defects = all.query("Defect").fetch("Project").all().unwrap();
    let pick = |dice: &mut Dice| defects.get(dice.throw(defects.len().max(1) as u64) as usize).cloned();
    match dice.throw(10) {
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
        5 => {
            let tag = ["/tag/401", "/tag/402"][dice.throw(2) as usize];
            drop(
                all.update("Tag", tag, json!({"Name": format!("tag \"{step}\" {}", dice.throw(99))}))
                    .unwrap(),
            );
        }
        6 => {
            let project = ["/project/101", "/project/102"][dice.throw(2) as usize];
            let name = format!("it's {step} {}", dice.throw(99));
            drop(all.update("Project", project, json!({"Name": name})).unwrap());
        }
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
    // For each scope a client, and one that knows a field less.
    let clients = ["null", "/project/102"].map(|scope| {
        sandbox.fail(schema(|types| without(types, "Defect", "Notes")));
        let lacking = client(&sandbox, scope);
        lacking.schema().unwrap();
        sandbox.heal();
        (scope, client(&sandbox, scope), lacking)
    });
    for history in 0..200_u64 {
        let mut dice = Dice(history);
        let (scope, rally, lacking) = &clients[dice.throw(2) as usize];
        let file = folder.0.join(format!("{history}.db"));
        for step in 0..4 {
            (0..dice.throw(4)).for_each(|_| act(&all, &mut dice, step));
            // Killed at any request, and with a field that comes and goes.
            sandbox.fail(Fault::any().status(503).nth(2 + dice.throw(15)));
            let now = if dice.throw(3) == 0 { lacking } else { rally };
            if mirror_of(&NAMED, now, &file, false).is_err() {
                content(&file); // is sound
            }
            sandbox.heal();
        }
        // Moves out of a project are the sweep's.
        mirror_of(&NAMED, rally, &file, *scope != "null").unwrap();
        let fresh = folder.0.join("fresh.db");
        let _ = std::fs::remove_file(&fresh);
        mirror_of(&NAMED, rally, &fresh, false).unwrap();
        let (kept, fresh) = (content(&file), content(&fresh));
        let (more, less): (Vec<_>, Vec<_>) = (
            kept.iter().filter(|row| !fresh.contains(row)).collect(),
            fresh.iter().filter(|row| !kept.contains(row)).collect(),
        );
        assert!(
            more.is_empty() && less.is_empty() && kept.len() == fresh.len(),
            "history {history} of {scope}: the mirror has {more:#?}\nand lacks {less:#?}"
        );
        std::fs::remove_file(&file).unwrap();
        if history % 20 == 19 {
            sandbox.reset().unwrap();
        }
    }
}

/// Edits the types of the schema.
fn schema(edit: impl Fn(&mut Vec<Value>) + Send + Sync + 'static) -> Fault {
    Fault::at("/slm/schema/*").edit(move |text| {
        let Ok(mut answer) = serde_json::from_str::<Value>(text) else { return text.to_owned() };
        edit(answer["QueryResult"]["Results"].as_array_mut().unwrap());
        answer.to_string()
    })
}

fn attributes<'t>(types: &'t mut [Value], name: &str) -> &'t mut Vec<Value> {
    let found = types.iter_mut().find(|one| one["ElementName"] == name).unwrap();
    found["Attributes"].as_array_mut().unwrap()
}

fn without(types: &mut [Value], name: &str, attribute: &str) {
    let attributes = attributes(types, name);
    let before = attributes.len();
    attributes.retain(|one| one["ElementName"] != attribute);
    assert_eq!(attributes.len() + 1, before);
}

#[test]
fn fields_and_types_that_go_or_change_keep_what_the_file_has() {
    let folder = Folder::new("schema");
    let sandbox = Sandbox::start().unwrap();
    let file = folder.0.join("a.db");
    let rally = client(&sandbox, "null");
    rally.update("Defect", "DE2", json!({"Notes": "kept", "PlanEstimate": 3})).unwrap();
    mirror(&rally, &file, false).unwrap();
    let run = || {
        let rally = client(&sandbox, "null");
        let mut store = Store::open(&file, &run::scope(&rally).unwrap().0).unwrap();
        mirror_in(&rally, &mut store, false).unwrap()
    };
    let value = |column: &str| -> Sql {
        let db = super::sql::read_only(&file).unwrap();
        let query = format!("SELECT {column} FROM Defect WHERE FormattedID = 'DE2'");
        db.query_row(&query, [], |row| row.get(0)).unwrap()
    };

    sandbox.fail(schema(|types| without(types, "Defect", "Notes")));
    let (done, warnings) = run();
    assert!(
        warnings.len() == 1 && warnings[0].starts_with("Defect.Notes is not in the schema"),
        "{warnings:?}"
    );
    assert_eq!((done[0].changed, value("Notes")), (0, Sql::Text("kept".into())));
    assert_eq!(run().1, Vec::<String>::new(), "told once");
    sandbox.heal();
    run();
    assert_eq!(value("Notes"), Sql::Text("kept".into()));

    sandbox.fail(schema(|types| {
        for one in attributes(types, "Defect").iter_mut().filter(|one| one["ElementName"] == "PlanEstimate") {
            (one["AttributeType"], one["RealAttributeType"]) = ("STRING".into(), "STRING".into());
        }
    }));
    let (_, warnings) = run();
    assert!(warnings.len() == 1 && warnings[0].contains("PlanEstimate was of type real"), "{warnings:?}");
    assert!(matches!(value("PlanEstimate"), Sql::Real(three) if (three - 3.0).abs() < 0.01));
    sandbox.heal();

    let before = content(&file);
    sandbox.fail(schema(|types| types.retain(|one| one["ElementName"] != "Task")));
    let (done, warnings) = run();
    assert_eq!(done.len(), 1, "the other type goes on");
    assert!(warnings.iter().any(|one| one.contains("Task: the workspace has no such type")), "{warnings:?}");
    assert_eq!(content(&file), before);
}

#[test]
fn new_names_are_passed_on_even_by_the_run_after_one_that_was_killed() {
    let folder = Folder::new("names");
    let sandbox = Sandbox::start().unwrap();
    let (rally, file) = (client(&sandbox, "null"), folder.0.join("a.db"));
    let task = rally.create("Task", json!({"Name": "t", "WorkProduct": "DE2"})).unwrap();
    mirror(&rally, &file, false).unwrap();
    rally.update("Defect", "DE2", json!({"Name": "another"})).unwrap();
    sandbox.fail(Fault::at("/task").status(503));
    mirror(&rally, &file, false).unwrap_err();
    sandbox.heal();
    mirror(&rally, &file, false).unwrap();
    let db = super::sql::read_only(&file).unwrap();
    let query = format!("SELECT WorkProduct_name FROM Task WHERE ObjectID = {}", task.object_id().unwrap());
    assert_eq!(db.query_row(&query, [], |row| row.get::<_, String>(0)).unwrap(), "another");
}

#[test]
fn after_the_servers_clock_went_back_all_is_compared() {
    let folder = Folder::new("clock");
    let sandbox = Sandbox::start().unwrap();
    let (rally, file) = (client(&sandbox, "null"), folder.0.join("a.db"));
    sandbox.advance(Duration::from_secs(86_400)).unwrap();
    rally.update("Defect", "DE1", json!({"Name": "late"})).unwrap();
    mirror(&rally, &file, false).unwrap();
    let time = |days: i64| {
        let now: jiff::Timestamp = sandbox.clock().parse().unwrap();
        now.checked_add(jiff::SignedDuration::from_hours(24 * days)).unwrap()
    };
    sandbox.set_clock(&time(-1).to_string()).unwrap();
    rally.update("Defect", "DE2", json!({"Name": "dated before the last run"})).unwrap();
    let date = time(0).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    sandbox.fail(Fault::any().header("Date", date));
    // Killed before the comparison: the next run makes it.
    let scope = run::scope(&rally).unwrap().0;
    let first = {
        let mut store = Store::open(&file, &scope).unwrap();
        mirror_in(&rally, &mut store, false).unwrap().0
    };
    assert_eq!((first[0].new, first[0].changed, first[0].deleted), (0, 1, 0));
    sandbox.heal();
}

#[test]
fn a_full_disk_or_a_locked_file_ends_the_run_and_loses_nothing() {
    let folder = Folder::new("disk");
    let sandbox = Sandbox::start().unwrap();
    let (rally, file) = (client(&sandbox, "null"), folder.0.join("a.db"));
    let scope = run::scope(&rally).unwrap().0;
    let mut store = Store::open(&file, &scope).unwrap();
    let mut pages = 10_u32;
    // Each time with a bit more room, until all fits.
    loop {
        store.db.pragma_update(None, "max_page_count", pages).unwrap();
        match mirror_in(&rally, &mut store, false) {
            Ok(_) => break,
            Err(told) => assert!(told.contains("the disk is full"), "{told}"),
        }
        content(&file); // is sound
        pages += 1;
    }
    assert!(pages > 12, "{pages}");
    drop(store);
    let fresh = folder.0.join("fresh.db");
    mirror(&rally, &fresh, false).unwrap();
    assert_eq!(content(&file), content(&fresh));

    let other = rusqlite::Connection::open(&file).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let told = mirror(&rally, &file, false).unwrap_err();
    assert!(told.contains("locked by another program; run the command again"), "{told}");
}

#[test]
fn a_program_killed_within_a_page_leaves_the_page_before() {
    let folder = Folder::new("page");
    let sandbox = Sandbox::start().unwrap();
    let (rally, file, cut) = (client(&sandbox, "null"), folder.0.join("a.db"), folder.0.join("cut.db"));
    mirror(&rally, &file, false).unwrap();
    let before = content(&file);
    let mut store = Store::open(&file, &run::scope(&rally).unwrap().0).unwrap();
    // What is written goes to the file at once, beside the journal that takes it back.
    store.db.pragma_update(None, "cache_size", 1).unwrap();
    let copied = store.write(|with| {
        with.execute("UPDATE Defect SET Name = printf('%.5000c', 'x')", [])?;
        for (from, to) in [("a.db", "cut.db"), ("a.db-journal", "cut.db-journal")] {
            std::fs::copy(folder.0.join(from), folder.0.join(to)).unwrap();
        }
        Ok(())
    });
    copied.unwrap();
    assert_ne!(content(&file), before);
    drop(Store::open(&cut, &run::scope(&rally).unwrap().0).unwrap());
    assert_eq!(content(&cut), before);
}

#[test]
fn a_run_without_changes_takes_two_requests_a_type() {
    let folder = Folder::new("quiet");
    let sandbox = Sandbox::start().unwrap();
    let file = folder.0.join("a.db");
    let pages = |rally: Config| Rally::new(rally).unwrap();
    let config =
        || Config::builder().server(sandbox.url()).api_key(sandbox.api_key()).project("null").build();
    let first = mirror(&pages(config().unwrap()), &file, false).unwrap();
    assert!(first.iter().all(|done| done.new == done.total && done.new > 0), "{first:?}");
    sandbox.clear_requests();
    let again = mirror(&pages(config().unwrap()), &file, false).unwrap();
    assert!(again.iter().all(|done| (done.new, done.changed, done.deleted) == (0, 0, 0)), "{again:?}");
    let paths: Vec<String> = sandbox.requests().iter().map(|request| request.path.clone()).collect();
    let start = ["/user", "/slm/schema"];
    let (before, of_types): (Vec<_>, Vec<_>) =
        paths.iter().map(String::as_str).partition(|path| start.iter().any(|start| path.starts_with(start)));
    assert_eq!(of_types, ["/defect", "/recyclebinentry", "/task", "/recyclebinentry"], "{before:?}");
    assert!(before.len() <= 3, "{before:?}");
    all_deleted_and_moved(&sandbox, &client(&sandbox, "null"), &file);
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
    let scope = run::scope(&rally).unwrap().0;
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
