//! What a client holds and allocates, counted by this program's own allocator, without the threads of its server. One
//! test only, so that nothing else allocates at the same time.

#[path = "support/counting.rs"]
mod counting;

use counting::Counting;
use rally_wsapi::{Config, Rally};
use std::cell::Cell;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicIsize, Ordering};

static HELD: AtomicIsize = AtomicIsize::new(0);
static PEAK: AtomicIsize = AtomicIsize::new(0);

thread_local! {
    static MADE: Cell<usize> = const { Cell::new(0) };
    static OWN: Cell<isize> = const { Cell::new(0) };
    /// Set in the threads of the server, whose buffers do not count.
    static SERVES: Cell<bool> = const { Cell::new(false) };
}

fn count(bytes: isize) {
    if SERVES.try_with(Cell::get).unwrap_or(false) {
        return;
    }
    let held = HELD.fetch_add(bytes, Ordering::Relaxed) + bytes;
    PEAK.fetch_max(held, Ordering::Relaxed);
    let _ = OWN.try_with(|own| own.set(own.get() + bytes));
    if bytes > 0 {
        let _ = MADE.try_with(|made| made.set(made.get() + 1));
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting(count);

/// Allocations of this thread.
fn made(work: impl FnOnce()) -> usize {
    let before = MADE.get();
    work();
    MADE.get() - before
}

/// The most memory that all threads of the client held at one time, beyond what was held before.
fn peak(work: impl FnOnce()) -> f64 {
    let before = HELD.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    work();
    (PEAK.load(Ordering::Relaxed) - before) as f64
}

/// Builds pages on request and keeps none.
fn serve(total: u64) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        SERVES.set(true);
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                SERVES.set(true);
                answer(stream, total);
            });
        }
    });
    address
}

fn answer(mut stream: TcpStream, total: u64) {
    stream.set_nodelay(true).unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    let mut target = String::new();
    while lines.read_line(&mut line).is_ok_and(|read| read > 0) {
        if line.starts_with("GET ") {
            target = line.clone();
        } else if line == "\r\n" {
            let number = |name: &str| {
                let after =
                    target.split(['?', '&', ' ']).find_map(|p| p.strip_prefix(name)?.strip_prefix('='));
                after.and_then(|n| n.parse::<u64>().ok()).unwrap_or(1)
            };
            let after = target.split("ObjectID%20%3E%20").nth(1).and_then(|rest| rest.split('%').next());
            let after = after.map_or(0, |id| id.parse::<u64>().unwrap());
            let (start, size) = (after + number("start"), number("pagesize").min(total));
            let padding = "x".repeat(300);
            let row = |id: u64| {
                format!(
                    r#"{{"_ref": "/defect/{id}", "_type": "Defect", "Name": "Defect {id}", "Description": "{padding}",
                    "Project": {{"_ref": "/project/1", "_refObjectName": "P", "_type": "Project", "State": "Open"}}}}"#
                )
            };
            let rows: Vec<String> = (start..(start + size).min(total + 1)).map(row).collect();
            let body = format!(
                r#"{{"QueryResult": {{"TotalResultCount": {}, "PageSize": {size}, "Results": [{}]}}}}"#,
                total - after,
                rows.join(",")
            );
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
            if stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).is_err() {
                return;
            }
        }
        line.clear();
    }
}

fn client(address: &str) -> Rally {
    Rally::new(Config::builder().project("null").server(address).api_key("_test_key").build().unwrap())
        .unwrap()
}

#[test]
fn what_is_read_is_bounded_and_a_local_read_allocates_nothing() {
    // Reads of loaded fields.
    let small = serve(10);
    let row = client(&small).query("Defect").first().unwrap().unwrap();
    for path in ["Name", "Project.Name", "Project.State", "Project._refObjectName"] {
        // A member is parsed when it is first read.
        assert!(!row.get(path).unwrap().is_null());
        assert_eq!(made(|| assert!(!row.get(path).unwrap().is_null())), 0, "{path}");
        assert!(made(|| drop(row.get(path).unwrap().to_string())) > 0, "the allocator counts");
    }
    assert_eq!(made(|| assert!(row["Name"].is_string())), 0);

    // A row needs itself, its text and the three values that are read; a page adds a few allocations.
    let rally = client(&serve(2_000));
    let query = rally.query("Defect").fetch("Name").page_size(1_000);
    let rows = |touched: &[&str]| {
        made(|| {
            for row in query.iter() {
                let row = row.unwrap();
                touched.iter().for_each(|path| assert!(row.get(path).unwrap().as_str().is_some()));
            }
        }) as f64
            / 2_000.0
    };
    rows(&[]);
    let (none, some) = (rows(&[]), rows(&["Name", "_type", "Description"]));
    assert!(none < 2.5 && some < 5.5, "{none} and {some} allocations a row");

    // An object in a row is part of the row: itself, its position, and its reference twice.
    let row = query.iter().next().unwrap().unwrap();
    let project = row.get("Project").unwrap();
    drop(project.entity().unwrap());
    let nested = made(|| drop(project.entity().unwrap()));
    println!("{nested} allocations for an object in a row");
    assert!(nested <= 6, "{nested} allocations for an object in a row");
    drop(project);
    drop(row);

    // A kept row needs its text and little more.
    let before = OWN.get();
    let kept: Vec<_> = query.iter().map(Result::unwrap).collect();
    let each = (OWN.get() - before) as f64 / kept.len() as f64;
    assert!(each < 570.0 + 350.0, "{each} bytes a row of 570 bytes");
    drop(kept);

    // Rows of a query, none kept: memory depends on pages, not on the number of rows.
    for ahead in [0, 3] {
        let held = |total: u64| {
            let rally = client(&serve(total));
            let query = rally.query("Defect").fetch("Name").page_size(1_000).prefetch(ahead);
            peak(|| {
                let rows = query
                    .iter()
                    .map(|row| row.unwrap())
                    .filter(|row| row.get("Name").unwrap().as_str().is_some());
                assert_eq!(rows.count() as u64, total);
            })
        };
        let (tenth, all) = (held(20_000), held(200_000));
        match ahead {
            0 => assert!(all <= tenth * 1.1, "{all} bytes against {tenth}"),
            // The number of pages held at one time depends on the threads, but is never more than a few of 200.
            _ => assert!(all < 8e6, "{all} bytes, of a hundred million in all"),
        }
    }

    // One kept row of each page keeps itself, not its page.
    let rally = client(&serve(20_000));
    let before = OWN.get();
    let kept: Vec<_> = rally.query("Defect").fetch("Name").page_size(1_000).iter().step_by(1_000).collect();
    let each = (OWN.get() - before) as f64 / kept.len() as f64;
    assert!(kept.len() == 20 && each < 30_000.0, "{each} bytes a row; a page has half a million");
}
