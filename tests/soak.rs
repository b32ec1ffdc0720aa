//! Many threads read and write while one request in twenty meets a fault. At the end the server's
//! data must agree with what each call returned.
//!
//! `WSAPI_SOAK=180 cargo test --all-features --test soak -- --nocapture` runs for three minutes instead of
//! ten seconds, and `WSAPI_SOAK_SEED` chooses other faults.

use rally_wsapi::sandbox::{Break, Fault, Sandbox};
use rally_wsapi::{Config, Entity, Error, Mutation, Rally};
use serde_json::json;
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

const THREADS: u64 = 32;

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Fifteen faults, a third of a percent each. They lose answers, reject requests, report errors or cut connections.
fn faults(seed: u64) -> Vec<Fault> {
    let mut faults = vec![
        Fault::any().status(429),
        Fault::any().status(429).header("Retry-After", "0"),
        Fault::any().status(503).header("Retry-After", "0"),
        Fault::any().status(503),
        Fault::any().status(502).after_acting(),
        Fault::any().status(500).after_acting(),
        Fault::any().method("POST").conflict(),
        Fault::any().errors(["Validation error: something should not be null"]),
        Fault::any().broken(Break::BeforeHeaders),
        Fault::any().broken(Break::BeforeHeaders).after_acting(),
        Fault::any().broken(Break::Sending),
        Fault::any().expire_token(),
    ];
    for broken in [Break::InBody, Break::ShortLength, Break::Gzip] {
        faults.push(Fault::any().broken(broken));
    }
    let numbered = (1..).zip(faults);
    numbered.map(|(n, fault)| fault.share(0.0034, seed.wrapping_mul(1_000).wrapping_add(n))).collect()
}

/// What a write returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Told {
    Done,
    Open,
    NotDone,
}

impl Told {
    fn of<T>(result: &Result<T, Error>) -> Told {
        match result {
            Ok(_) => Told::Done,
            Err(error) if error.may_have_acted() => Told::Open,
            Err(_) => Told::NotDone,
        }
    }
}

/// A write by its marker, and its result. An update is recognized by the value that it sets.
#[derive(Default)]
struct Books {
    created: HashMap<String, Told>,
    updated: Vec<(i64, String, Told)>,
    deleted: Vec<(i64, Told)>,
    /// Attachments by name, and the defect that has them.
    attached: HashMap<String, Told>,
    /// Tags, which are created in batches.
    batched: HashMap<String, Told>,
    iterations: u64,
    broken_off: u64,
}

/// The number of descriptors or threads of this process; 0 if the system does not say.
fn open(what: &str) -> usize {
    std::fs::read_dir(format!("/proc/self/{what}")).map_or(0, Iterator::count)
}

fn client(sandbox: &Sandbox, basic: bool) -> Rally {
    let config =
        Config::builder().project("null").server(sandbox.url()).retry_delay(Duration::from_millis(1));
    let config = match basic {
        true => config.user(sandbox.user(), sandbox.password()),
        false => config.api_key(sandbox.api_key()),
    };
    Rally::new(config.build().unwrap()).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "runs for a time")]
fn work(rally: &Rally, thread: u64, until: Instant, standing: &[i64], books: &Mutex<Books>) {
    let mut own: Vec<Entity> = Vec::new();
    for round in (0u64..).take_while(|_| Instant::now() < until) {
        let name = format!("soak {thread} {round}.");
        let made = rally.create("Defect", json!({"Name": name, "Description": "new"}));
        books.lock().unwrap().created.insert(name, Told::of(&made));
        own.extend(made);

        if let Some(row) = own.get((round as usize * 7) % own.len().max(1)) {
            let text = format!("by {thread} in {round}.");
            let told = Told::of(&row.update(json!({"Description": text})));
            books.lock().unwrap().updated.push((row.object_id().unwrap(), text, told));
        }
        if round % 3 == 2 && !own.is_empty() {
            let row = own.remove(0);
            let told = Told::of(&row.delete());
            books.lock().unwrap().deleted.push((row.object_id().unwrap(), told));
        }

        if round % 4 == 1 {
            let names: Vec<String> = (0..5).map(|n| format!("tag {thread} {round} {n}.")).collect();
            let tags = names.iter().map(|name| Mutation::create("Tag", json!({"Name": name})));
            let results = rally.batch(tags).chunk_size(2).fetch("Name").send();
            let told: Vec<Told> = match &results {
                Ok(results) => results.iter().map(Told::of).collect(),
                Err(error) => vec![Told::of::<()>(&Err(error.clone())); names.len()],
            };
            books.lock().unwrap().batched.extend(names.into_iter().zip(told));
        }
        if round % 4 == 3 {
            if let Some(row) = own.last() {
                let name = format!("file {thread} {round}.txt");
                let told = Told::of(&row.attach_bytes(name.as_str(), vec![b'x'; 2_000]));
                books.lock().unwrap().attached.insert(name, told);
            }
        }

        let query = rally.query("HierarchicalRequirement").all_projects().fetch("Name,Owner");
        let query = query.page_size(20 + 10 * (round % 5)).prefetch(round as usize % 4);
        let query = if round % 2 == 0 { query } else { query.stable() };
        let rows: Result<Vec<Entity>, Error> = query.into_iter().collect();
        let mut books = books.lock().unwrap();
        match rows {
            Ok(rows) => {
                books.iterations += 1;
                let found: Vec<i64> = rows.iter().map(|r| r.object_id().unwrap()).collect();
                assert_eq!(found, standing, "an iteration that ends without an error is complete");
            }
            Err(error) => {
                books.broken_off += 1;
                assert!(!error.may_have_acted(), "{error}");
            }
        }
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "runs for a time, then waits for threads to end")]
fn the_books_agree_after_a_storm() {
    let seconds = variable("WSAPI_SOAK").unwrap_or(10);
    let seed = variable("WSAPI_SOAK_SEED").unwrap_or(7);
    let sandbox = Sandbox::start().unwrap();
    let calm = client(&sandbox, false);
    let all = |kind: &str| calm.query(kind).all_projects().fetch("Name,Description").stable().all().unwrap();
    let standing: Vec<i64> = all("HierarchicalRequirement").iter().map(|r| r.object_id().unwrap()).collect();
    assert!(standing.len() > 10);

    let before = (open("fd"), open("task"));
    let until = Instant::now() + Duration::from_secs(seconds);
    faults(seed).into_iter().for_each(|fault| sandbox.fail(fault));
    let books = Mutex::new(Books::default());
    let clients = [client(&sandbox, false), client(&sandbox, true)];
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (rally, standing, books) = (&clients[(thread % 2) as usize], &standing, &books);
            scope.spawn(move || work(rally, thread, until, standing, books));
        }
    });
    sandbox.heal();

    let books = books.into_inner().unwrap();
    // Prefetching threads have ended, and connections are closed except those kept for the next request.
    let retries: u64 = clients.iter().map(|c| c.stats().retries).sum();
    drop(clients);
    let mut after = (open("fd"), open("task"));
    for _ in 0..200 {
        if after.0 <= before.0 + 4 && after.1 <= before.1 + 2 {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
        after = (open("fd"), open("task"));
    }
    println!("descriptors and threads: {before:?} before, {after:?} after");
    assert!(after.0 <= before.0 + 4 && after.1 <= before.1 + 2, "{before:?} before, {after:?} after");
    let rows = all("Defect");
    let mut there: HashMap<&str, usize> = HashMap::new();
    for row in &rows {
        *there.entry(row["Name"].as_str().unwrap()).or_default() += 1;
    }
    let text = |id: i64| {
        let row = rows.iter().find(|row| row.object_id() == Some(id));
        row.map(|row| row["Description"].as_str().unwrap())
    };
    let gone = |id: i64| books.deleted.iter().find(|(deleted, _)| *deleted == id).map(|(_, told)| *told);
    let mut counts: HashMap<(&str, Told), u64> = HashMap::new();
    let mut names_deleted = 0;
    for (name, told) in &books.created {
        *counts.entry(("create", *told)).or_default() += 1;
        let found = there.get(name.as_str()).copied().unwrap_or_default();
        match told {
            Told::Done => {
                assert!(found <= 1, "`{name}` was made {found} times");
                names_deleted += usize::from(found == 0);
            }
            Told::Open => assert!(found <= 1, "`{name}` was made {found} times"),
            Told::NotDone => assert_eq!(found, 0, "`{name}` was made all the same"),
        }
    }
    for (kind, told) in [("Tag", &books.batched), ("Attachment", &books.attached)] {
        let rows = calm.query(kind).all_projects().fetch("Name").order("ObjectID").all().unwrap();
        let mut there: HashMap<&str, usize> = HashMap::new();
        for row in &rows {
            *there.entry(row["Name"].as_str().unwrap()).or_default() += 1;
        }
        for (name, told) in told {
            *counts.entry((kind, *told)).or_default() += 1;
            match (told, there.get(name.as_str()).copied().unwrap_or_default()) {
                (Told::Done, 1) | (Told::NotDone, 0) | (Told::Open, 0 | 1) => {}
                // An attachment is deleted with its object.
                (Told::Done, 0) if kind == "Attachment" => {}
                (told, found) => panic!("{kind} `{name}` is there {found} times, and was told {told:?}"),
            }
        }
    }
    // Objects that were created and are missing are those whose delete was done.
    let mut deleted = 0;
    for (id, told) in &books.deleted {
        *counts.entry(("delete", *told)).or_default() += 1;
        match told {
            Told::Done => assert_eq!(text(*id), None, "{id} was deleted and is there"),
            Told::NotDone => assert!(text(*id).is_some(), "{id} was not deleted and is gone"),
            Told::Open => {}
        }
        deleted += usize::from(text(*id).is_none());
    }
    assert_eq!(names_deleted, deleted, "what is gone was deleted by a call");
    // An object's text is that of its last update, unless the result of that update, or of later ones, is unknown.
    let mut last: HashMap<i64, Vec<&str>> = HashMap::new();
    for (id, value, told) in &books.updated {
        *counts.entry(("update", *told)).or_default() += 1;
        let possible = last.entry(*id).or_insert_with(|| vec!["new"]);
        match told {
            Told::Done => *possible = vec![value],
            Told::Open => possible.push(value),
            Told::NotDone => {}
        }
    }
    for (id, possible) in &last {
        match text(*id) {
            Some(text) => assert!(possible.contains(&text), "{id}: `{text}` is none of {possible:?}"),
            None => assert!(gone(*id).is_some_and(|told| told != Told::NotDone)),
        }
    }
    let requests = sandbox.requests().len();
    let mut counts: Vec<_> =
        counts.into_iter().map(|((what, told), n)| format!("{what} {told:?} {n}")).collect();
    counts.sort();
    println!(
        "{requests} requests, {retries} repeats, {} iterations complete, {} ended by an error; {}",
        books.iterations,
        books.broken_off,
        counts.join(", ")
    );
    assert!(
        retries > 0 && counts.iter().any(|c| c.contains("Open")),
        "the storm was too mild to show anything"
    );
}
