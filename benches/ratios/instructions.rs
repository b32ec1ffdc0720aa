//! Instructions instead of times: the number for a job does not depend on the load of the machine.
//!
//! Each job runs in a process of its own under valgrind, with a server in this process.

use super::bare::Bare;
use super::jobs;
use super::server::{Server, Shape};
use super::{client_of, line, touch, touch_bare};
use std::hint::black_box;
use std::process::Command;
use std::time::Duration;

const ROWS: u64 = 4_000;
const PAGE: u64 = 1_000;

/// What the program prints and the library's loop reads.
const COLUMNS: &str = "FormattedID,Name,State,Priority,PlanEstimate";

type Job = (&'static str, fn(&str));

/// What is compared, each after the bare loop that does the same.
const JOBS: [Job; 8] = [
    ("nothing", |_| ()),
    ("rows, bare", |address| touch_bare(&Bare::new(address), PAGE)),
    ("rows, ours", |address| touch(&client_of(address).query("Defect").fetch("Name,State").page_size(PAGE))),
    ("rows, as_map()", |address| {
        let query = client_of(address).query("Defect").fetch("Name,State").page_size(PAGE);
        query.iter().for_each(|row| assert!(!row.unwrap().as_map().is_empty()));
    }),
    ("rows, bytes alone", |address| Bare::new(address).bytes(ROWS, PAGE)),
    ("columns", |address| {
        let query = client_of(address).query("Defect").fetch(COLUMNS).page_size(PAGE);
        for row in &query {
            let row = row.unwrap();
            black_box(COLUMNS.split(',').map(|name| row.get(name).unwrap().to_string().len()).sum::<usize>());
        }
    }),
    ("schema, bare", |address| drop(black_box(Bare::new(address).get("/schema/v2.0/workspace/1")))),
    ("schema, ours", |address| drop(black_box(client_of(address).schema().unwrap()))),
];

/// Runs one job, in the process whose instructions are counted.
pub(crate) fn job(name: &str, address: &str) {
    let (_, job) = JOBS.iter().find(|(known, _)| *known == name).unwrap();
    job(address);
}

/// The instructions that valgrind counts for this program with these arguments; `None` if there is no valgrind.
fn counted(command: &mut Command) -> Option<u64> {
    let told = command.output().ok()?.stderr;
    let told = String::from_utf8_lossy(&told).into_owned();
    let count = told.lines().find_map(|line| line.split("Collected : ").nth(1))?;
    count.trim().parse().ok()
}

fn valgrind() -> Command {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    command
}

pub(crate) fn instructions(_: &super::Size) {
    let (_, schema) = jobs::a_schema();
    let of_schema = Server::of_schema(schema.to_string());
    let shapes = [("six fields", Shape::Six), ("20 fields", Shape::Twenty), ("whole objects", Shape::Whole)];
    let servers = shapes.map(|(name, shape)| (name, Server::start(shape, ROWS, PAGE, Duration::ZERO)));
    let own = std::env::current_exe().unwrap();
    let count =
        |job: &str, server: &Server| counted(valgrind().arg(&own).args(["--job", job, server.address()]));
    let Some(nothing) = count("nothing", &of_schema) else {
        println!("skipped: valgrind is not installed, or does not run here");
        return;
    };
    let of =
        |job: &str, server: &Server| count(job, server).unwrap_or_default().saturating_sub(nothing) as f64;
    for (shape, server) in &servers {
        let bare = of("rows, bare", server);
        for (job, _) in JOBS.iter().filter(|(job, _)| job.starts_with("rows")) {
            let each = of(job, server);
            let name = format!("instructions a row, {shape}, {}", job.trim_start_matches("rows, "));
            line(&name, format!("{:.0}", each / ROWS as f64), format!("{:.2} x bare", bare / each));
        }
    }
    if let Some(program) = option_env!("CARGO_BIN_EXE_rally") {
        let server = &servers[1].1;
        let run = |arguments: &[&str]| {
            let mut command = valgrind();
            let command = command.arg(program).args(arguments).env("RALLY_SERVER", server.address());
            let command = command.env("RALLY_API_KEY", "_bench_key").env("RALLY_PROJECT", "null");
            counted(command.current_dir(std::env::temp_dir())).unwrap_or_default() as f64
        };
        let start = run(&["--version"]);
        let library = of("columns", server);
        line(
            "instructions a row, five columns, library",
            format!("{:.0}", library / ROWS as f64),
            String::new(),
        );
        for format in ["csv", "jsonl"] {
            let each = run(&["query", "Defect", "--fetch", COLUMNS, "--format", format]) - start;
            let name = format!("instructions a row, five columns, rally query --format {format}");
            line(&name, format!("{:.0}", each / ROWS as f64), format!("{:.2} x library", each / library));
        }
        line("instructions, rally --version", format!("{:.1} M", start / 1e6), String::new());
    }
    let bare = of("schema, bare", &of_schema);
    for job in ["schema, bare", "schema, ours"] {
        let each = of(job, &of_schema);
        line(
            &format!("instructions, {job}"),
            format!("{:.1} M", each / 1e6),
            format!("{:.2} x bare", bare / each),
        );
    }
}
