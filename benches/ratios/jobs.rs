//! Jobs other than rows: a schema, compressed pages, a batch.

use super::bare::Bare;
use super::server::{Server, Shape};
use super::{Size, Work, client, line, medians, memory, touch, touch_bare};
use rally_wsapi::sandbox::Sandbox;
use serde_json::{Value, json};
use std::hint::black_box;
use std::time::Duration;

fn mib(bytes: usize) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

/// A recorded one if `WSAPI_EVIDENCE` names a folder with it, otherwise the sandbox's.
pub(crate) fn a_schema() -> (String, Value) {
    let recorded = std::env::var("WSAPI_EVIDENCE").ok().map(|folder| {
        let text = std::fs::read_to_string(format!("{folder}/schema-all-types.json")).unwrap();
        ("recorded".to_owned(), serde_json::from_str(&text).unwrap())
    });
    recorded.unwrap_or_else(|| {
        let sandbox = Sandbox::start().unwrap();
        let url = format!("{}/schema/v2.0/workspace/10", sandbox.url());
        let mut answer = ureq::get(url).header("ZSESSIONID", sandbox.api_key()).call().unwrap();
        let text = answer.body_mut().with_config().limit(1 << 30).read_to_string().unwrap();
        ("the sandbox's".to_owned(), serde_json::from_str(&text).unwrap())
    })
}

/// The same types `times` over, with other names.
fn times(schema: &Value, times: usize) -> String {
    let types = schema["QueryResult"]["Results"].as_array().unwrap();
    let mut all = Vec::new();
    for time in 0..times {
        all.extend(types.iter().cloned().map(|mut one| {
            if time > 0 {
                one["TypePath"] = format!("{}{time}", one["TypePath"].as_str().unwrap()).into();
                one["ObjectID"] = Value::Null;
            }
            one
        }));
    }
    json!({"QueryResult": {"Errors": [], "Warnings": [], "TotalResultCount": all.len(), "Results": all}})
        .to_string()
}

pub(crate) fn schema(size: &Size) {
    let (name, schema) = a_schema();
    for factor in [1, 10] {
        let text = times(&schema, factor);
        let bytes = text.len();
        let server = Server::of_schema(text);
        let bare = Bare::new(server.address());
        let read = || drop(black_box(client(&server).schema().unwrap()));
        let by_hand = || drop(black_box(bare.get("/schema/v2.0/workspace/1")));
        let alone = || drop(black_box(bare.body("/schema/v2.0/workspace/1")));
        read();
        let mut works: Vec<Work<'_>> =
            vec![("bytes alone", Box::new(alone)), ("bare", Box::new(by_hand)), ("ours", Box::new(read))];
        let found = medians(size.rounds * 3, &mut works);
        let what = format!("schema, {name} x {factor}, {}", mib(bytes));
        for ((work, _), seconds) in works.iter().zip(&found) {
            let ratio = format!("{:.2} x bare", found[1] / seconds);
            line(&format!("{what}, {work}"), format!("{:.1} ms", seconds * 1e3), ratio);
        }
        let rally = client(&server);
        let (mut ours, mut theirs) = (None, None);
        let kept = memory::made(|| rally.schema().unwrap()).1;
        let peaks = (
            memory::peak(|| theirs = Some(bare.get("/schema/v2.0/workspace/1"))),
            memory::peak(|| ours = Some(client(&server).schema().unwrap())),
        );
        let ratio = format!("{:.2} x bare", peaks.1 as f64 / peaks.0 as f64);
        line(&format!("{what}, kept; peak"), format!("{}; {}", mib(kept), mib(peaks.1)), ratio);
    }
}

pub(crate) fn gzip(size: &Size) {
    const PAGE: u64 = 2_000;
    let rows = size.rows / 10;
    let page = PAGE.min(rows);
    for (name, server) in [
        ("plain", Server::start(Shape::Twenty, rows, page, Duration::ZERO)),
        ("gzip", Server::packing(Shape::Twenty, rows, page)),
    ] {
        let (bare, rally) = (Bare::new(server.address()), client(&server));
        let query = rally.query("Defect").fetch("Name,State").page_size(PAGE);
        touch(&query);
        let mut works: Vec<Work<'_>> =
            vec![("bare", Box::new(|| touch_bare(&bare, PAGE))), ("ours", Box::new(|| touch(&query)))];
        let found = medians(size.rounds, &mut works);
        for ((work, _), seconds) in works.iter().zip(&found) {
            let each = format!("{:.2} us a row", seconds * 1e6 / rows as f64);
            line(&format!("20 fields, {name}, {work}"), each, format!("{:.2} x bare", found[0] / seconds));
        }
    }
}

pub(crate) fn batches(_: &Size) {
    const ITEMS: usize = 1_000;
    let server = Server::start(Shape::Six, 1, 1, Duration::ZERO);
    let rally = client(&server);
    let items: Vec<Value> = (0..ITEMS)
        .map(|at| json!({"Name": format!("Item {at}"), "Description": "x".repeat(1_000)}))
        .collect();
    let before = rally.stats();
    let mut results = Vec::new();
    let peak = memory::peak(|| results = rally.create_many("Defect", &items).unwrap());
    let after = rally.stats();
    assert!(results.iter().all(Result::is_ok));
    let requests = after.requests - before.requests;
    line("create_many, 1,000 items of 1 KB", format!("{requests} requests"), mib(peak));
    let received = after.bytes_in - before.bytes_in;
    line("create_many, 1,000 items, bytes received", mib(received as usize), String::new());
}
