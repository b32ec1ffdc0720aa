//! Ratios to a bare loop with the same libraries over the same pages: `cargo bench --bench ratios`.
//!
//! `--quick` takes seconds and shows that everything still runs; its figures mean little. `--build` also
//! builds an example from scratch and prints time and size. Runs are interleaved, medians are printed.
#![allow(unsafe_code, missing_docs)]

mod bare;
#[path = "../../tests/support/counting.rs"]
mod counting;
mod instructions;
mod jobs;
mod memory;
mod server;
mod shapes;

use bare::Bare;
use rally_wsapi::{Config, Filter, Query, Rally};
use serde::Deserialize;
use server::{Server, Shape};
use std::collections::HashMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOCATOR: counting::Counting = counting::Counting(memory::count);

struct Size {
    rows: u64,
    rounds: usize,
    gets: u32,
}

fn client(server: &Server) -> Rally {
    client_of(server.address())
}

fn client_of(address: &str) -> Rally {
    let config = Config::builder().project("null").server(address).api_key("_bench_key");
    Rally::new(config.build().unwrap()).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "measures")]
fn time(work: impl FnOnce()) -> f64 {
    let before = Instant::now();
    work();
    before.elapsed().as_secs_f64()
}

type Work<'a> = (&'a str, Box<dyn FnMut() + 'a>);

/// Runs all in turn, `rounds` times, and returns the median of each.
fn medians(rounds: usize, works: &mut [Work<'_>]) -> Vec<f64> {
    let mut times = vec![Vec::new(); works.len()];
    for _ in 0..rounds {
        for ((_, work), times) in works.iter_mut().zip(&mut times) {
            times.push(time(work));
        }
    }
    times.into_iter().map(median).collect()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn line(what: &str, figure: String, ratio: String) {
    println!("{what:<46} {figure:>16} {ratio:>22}");
}

fn touch(query: &Query) {
    let mut sum = 0;
    for row in query {
        let row = row.unwrap();
        sum += row.get("Name").unwrap().as_str().unwrap().len()
            + row.get("State").unwrap().as_str().unwrap().len();
    }
    black_box(sum);
}

fn touch_bare(bare: &Bare, size: u64) {
    let mut sum = 0;
    bare.each(size, |row| sum += row["Name"].as_str().unwrap().len() + row["State"].as_str().unwrap().len());
    black_box(sum);
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    name: String,
    state: String,
}

fn throughput(size: &Size) {
    const PAGE: u64 = 2_000;
    let server = Server::start(Shape::Twenty, size.rows, PAGE.min(size.rows / 5), Duration::ZERO);
    let (bare, rally) = (Bare::new(server.address()), client(&server));
    let query = rally.query("Defect").fetch("Name,State").page_size(PAGE);
    let mut works: Vec<Work<'_>> = vec![("bare ureq + serde_json", Box::new(|| touch_bare(&bare, PAGE)))];
    for ahead in [0, 1, 2, 4] {
        let name = ["on demand", "prefetch(1)", "prefetch(2)", "", "prefetch(4)"][ahead];
        let query = query.clone().prefetch(ahead);
        works.push((name, Box::new(move || touch(&query))));
    }
    works.push((
        "typed",
        Box::new(|| {
            let rows = query.typed::<Row>().map(|row| row.unwrap());
            black_box(rows.map(|row| row.name.len() + row.state.len()).sum::<usize>());
        }),
    ));
    let found = medians(size.rounds, &mut works);
    for ((name, _), seconds) in works.iter().zip(&found) {
        let rate = size.rows as f64 / seconds;
        line(
            &format!("rows a second, {name}"),
            format!("{rate:.0}"),
            format!("{:.2} x bare", found[0] / seconds),
        );
    }
}

fn memory_peak(size: &Size) {
    const PAGE: u64 = 2_000;
    let peaks = |shape: Shape, rows: u64| {
        let server = Server::start(shape, rows, PAGE.min(size.rows / 10), Duration::ZERO);
        let (bare, rally) = (Bare::new(server.address()), client(&server));
        let query = rally.query("Defect").fetch("Name,State").page_size(PAGE);
        touch(&query.clone().limit(10));
        let ours = memory::peak(|| touch(&query));
        (memory::peak(|| touch_bare(&bare, PAGE)), ours)
    };
    let (bare, ours) = peaks(Shape::Twenty, size.rows);
    let (_, tenth) = peaks(Shape::Twenty, size.rows / 10);
    let (_, six) = peaks(Shape::Six, size.rows);
    let mib = |bytes: usize| format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20));
    line("peak memory, bare", mib(bare), String::new());
    line("peak memory, on demand", mib(ours), format!("{:.2} x bare", ours as f64 / bare as f64));
    let ratio = format!("{:.2} x a tenth of it", ours as f64 / tenth as f64);
    line("peak memory against a tenth of the rows", mib(tenth), ratio);
    line("peak memory, on demand, six fields", mib(six), String::new());
}

fn latency(size: &Size) {
    const LATENCY: Duration = Duration::from_millis(50);
    let pages = if size.rounds > 3 { 20 } else { 6 };
    let server = Server::start(Shape::Twenty, pages * 200, 200, LATENCY);
    let still = Server::start(Shape::Twenty, pages * 200, 200, Duration::ZERO);
    let (bare, rally) = (Bare::new(server.address()), client(&server));
    let query = rally.query("Defect").fetch("Name,State");
    let transfer_query = client(&still).query("Defect").fetch("Name,State");
    let mut works: Vec<Work<'_>> = vec![
        ("transfer alone", Box::new(|| touch(&transfer_query))),
        ("bare", Box::new(|| touch_bare(&bare, 200))),
    ];
    for ahead in [0, 1, 2, 4] {
        let name = ["on demand", "prefetch(1)", "prefetch(2)", "", "prefetch(4)"][ahead];
        let query = query.clone().prefetch(ahead);
        works.push((name, Box::new(move || touch(&query))));
    }
    let found = medians(size.rounds.min(5), &mut works);
    // The first page comes alone; the others four at a time.
    let ideal = LATENCY.as_secs_f64() * (1.0 + (pages - 1) as f64 / 4.0) + found[0];
    for ((name, _), seconds) in works.iter().zip(&found).skip(1) {
        let what = format!("{pages} pages at 50 ms, {name}");
        line(&what, format!("{:.0} ms", seconds * 1e3), format!("{:.2} x bare", found[1] / seconds));
    }
    let last = found.last().unwrap();
    line(
        "prefetch(4) against the ideal",
        format!("{:.0} ms", ideal * 1e3),
        format!("{:.2} x ideal", last / ideal),
    );
}

fn first_row(size: &Size) {
    let server = Server::start(Shape::Twenty, 2_000, 200, Duration::ZERO);
    let (bare, rally) = (Bare::new(server.address()), client(&server));
    let mut works: Vec<Work<'_>> = vec![
        ("bare", Box::new(|| drop(black_box(bare.get("/defect?start=1&pagesize=200&fetch=Name"))))),
        ("ours", Box::new(|| drop(black_box(rally.query("Defect").fetch("Name").iter().next())))),
    ];
    let found = medians(size.rounds * 20, &mut works);
    line("first of 200 rows, bare", format!("{:.0} us", found[0] * 1e6), String::new());
    line(
        "first of 200 rows",
        format!("{:.0} us", found[1] * 1e6),
        format!("{:.2} x bare", found[0] / found[1]),
    );
}

/// 1,000 rows with two references each that were not fetched, 40 owners and 25 projects with their leads.
fn references(size: &Size) {
    let server = Server::start(Shape::Twenty, 1_000, 1_000, Duration::from_millis(5));
    let bare = Bare::new(server.address());
    let by_hand = || {
        let mut seen = HashMap::new();
        bare.each(1_000, |row| {
            let owner = bare.follow(&mut seen, row["Owner"]["_ref"].as_str().unwrap());
            let project = bare.follow(&mut seen, row["Project"]["_ref"].as_str().unwrap());
            let lead = bare.follow(&mut seen, project["Project"]["Owner"]["_ref"].as_str().unwrap());
            assert!(owner["User"]["EmailAddress"].is_string() && lead["User"]["UserName"].is_string());
        });
    };
    let ours = |together: bool| {
        // A new client each time, with an empty cache.
        let query = client(&server).query("Defect").fetch("Name").page_size(1_000).page_chase(together);
        for row in query {
            let row = row.unwrap();
            assert!(row.get("Owner.EmailAddress").unwrap().as_str().is_some());
            assert!(row.get("Project.Owner.UserName").unwrap().as_str().is_some());
        }
    };
    let works: [(&str, &dyn Fn()); 3] =
        [("bare, each once", &by_hand), ("one by one", &|| ours(false)), ("by whole pages", &|| ours(true))];
    let counts = works.map(|(_, work)| {
        let before = server.requests();
        work();
        server.requests() - before
    });
    let mut timed: Vec<Work<'_>> =
        works.iter().map(|(name, work)| (*name, Box::new(work) as Box<_>)).collect();
    let found = medians(size.rounds.min(5), &mut timed);
    for (i, (name, _)) in works.iter().enumerate() {
        let what = format!("1,000 rows x 2 references at 5 ms, {name}");
        line(&what, format!("{} requests", counts[i]), format!("{:.2} x bare", found[0] / found[i]));
    }
}

fn local_get(size: &Size) {
    let server = Server::start(Shape::Twenty, 10, 10, Duration::ZERO);
    let row = client(&server).query("Defect").fetch("Name,Project,Owner").first().unwrap().unwrap();
    let owned = row.as_map().clone();
    let json = &owned;
    type Pair<'a> = (&'a str, &'a dyn Fn(&str) -> usize);
    let len = |value: Option<&serde_json::Value>| value.and_then(|v| v.as_str()).map_or(0, str::len);
    let pairs: [Pair<'_>; 3] = [
        ("Name", &|_| len(json.get("Name"))),
        ("Project.Name", &|_| len(json.get("Project").and_then(|p| p.get("Name")))),
        ("Project.Owner._type", &|_| {
            len(json.get("Project").and_then(|p| p.get("Owner")).and_then(|o| o.get("_type")))
        }),
    ];
    for (path, by_hand) in pairs {
        let many = |work: &dyn Fn(&str) -> usize| {
            let mut sum = 0;
            for _ in 0..size.gets {
                sum += work(black_box(path));
            }
            assert!(black_box(sum) > 0);
        };
        let get = |path: &str| row.get(path).unwrap().as_str().map_or(0, str::len);
        let mut works: Vec<Work<'_>> =
            vec![("hand", Box::new(|| many(by_hand))), ("get", Box::new(|| many(&get)))];
        let found = medians(size.rounds * 3, &mut works);
        let each = |seconds: f64| seconds * 1e9 / f64::from(size.gets);
        let what =
            format!("local get of {} segments, {:.0} ns by hand", path.split('.').count(), each(found[0]));
        line(&what, format!("{:.0} ns", each(found[1])), format!("{:.2} x by hand", found[1] / found[0]));
    }
}

fn filters(size: &Size) {
    let text =
        r#"State != Closed and (PlanEstimate > 3 or Owner.Name contains "Ann" or Priority in High, Low)"#;
    let times = size.gets / 100;
    let mut works: Vec<Work<'_>> = vec![(
        "parse",
        Box::new(|| {
            for _ in 0..times {
                let filter: Filter = black_box(text).parse().unwrap();
                black_box(filter);
            }
        }),
    )];
    let found = medians(size.rounds, &mut works);
    line("a filter of five terms", format!("{:.1} us", found[0] * 1e6 / f64::from(times)), String::new());
}

/// From scratch to a release binary of the first example, in a separate folder.
fn build() {
    let folder = std::env::temp_dir().join(format!("rally-wsapi-build-{}", std::process::id()));
    let cargo = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO"));
        let command = command.current_dir(env!("CARGO_MANIFEST_DIR")).env("CARGO_TARGET_DIR", &folder);
        command.args(arguments).output().unwrap()
    };
    let seconds = time(|| {
        let built = cargo(&["build", "--release", "--example", "read_releases", "--offline"]);
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    });
    let bytes = std::fs::metadata(folder.join("release/examples/read_releases")).map_or(0, |m| m.len());
    let tree = cargo(&["tree", "-e", "normal", "--prefix", "none", "--offline"]);
    let tree = String::from_utf8_lossy(&tree.stdout).into_owned();
    let mut crates: Vec<_> = tree.lines().map(|l| l.trim_end_matches(" (*)")).collect();
    crates.sort_unstable();
    crates.dedup();
    std::fs::remove_dir_all(&folder).unwrap();
    line("a release build from nothing", format!("{seconds:.0} s"), format!("{} crates", crates.len()));
    line("its binary", format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20)), String::new());
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, job, address] = arguments.as_slice() {
        if flag == "--job" {
            return instructions::job(job, address);
        }
    }
    let has = |name: &str| arguments.iter().any(|a| a == name);
    let size = match has("--quick") {
        true => Size { rows: 2_000, rounds: 1, gets: 10_000 },
        false => Size { rows: 200_000, rounds: 7, gets: 1_000_000 },
    };
    let only = arguments.iter().find(|a| !a.starts_with("--"));
    type Part = (&'static str, fn(&Size));
    let parts: [Part; 12] = [
        ("first", first_row),
        ("rows", throughput),
        ("shapes", shapes::shapes),
        ("memory", memory_peak),
        ("latency", latency),
        ("references", references),
        ("get", local_get),
        ("filters", filters),
        ("schema", jobs::schema),
        ("gzip", jobs::gzip),
        ("batches", jobs::batches),
        ("instructions", instructions::instructions),
    ];
    for (name, part) in parts {
        if only.is_none_or(|o| o == name) {
            part(&size);
        }
    }
    if has("--build") {
        build();
    }
}
