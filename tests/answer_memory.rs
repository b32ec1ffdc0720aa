//! No answer takes much more memory than its bytes, whatever it contains. A test binary of its own, because the allocator
//! counts all allocations of the process.

use peak_alloc::PeakAlloc;
use rally_wsapi::{Config, ErrorKind, Rally};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const MIB: usize = 1 << 20;

/// Announced as 10^15 bytes.
const LIE: &[u8] = b"{}";

type Body = Arc<Mutex<Arc<Vec<u8>>>>;

/// Answers the user and the workspace; all other requests get the given body.
fn serve(stream: TcpStream, body: &Body) {
    let mut out = stream.try_clone().unwrap();
    let mut reader = BufReader::new(stream);
    loop {
        let (mut first, mut length) = (String::new(), 0u64);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if line.trim().is_empty() {
                break;
            }
            if let Some(text) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = text.trim().parse().unwrap();
            }
            if first.is_empty() {
                first = line;
            }
        }
        std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink()).unwrap();
        let body = body.lock().unwrap().clone();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            if *body == LIE { 1 << 50 } else { body.len() }
        );
        if out.write_all(head.as_bytes()).and_then(|()| out.write_all(&body)).is_err() || *body == LIE {
            return;
        }
    }
}

fn repeated(head: &str, piece: &str, bytes: usize, tail: &str) -> Vec<u8> {
    let mut body = head.as_bytes().to_vec();
    body.reserve_exact(bytes + piece.len() + tail.len());
    while body.len() < bytes {
        body.extend_from_slice(piece.as_bytes());
    }
    body.extend_from_slice(tail.as_bytes());
    body
}

fn projects_below_each_other(n: usize) -> Vec<u8> {
    let row = |i: usize| {
        let parent = match i {
            0 => "null".to_owned(),
            i => format!(r#"{{"_ref": "/project/{i}", "_refObjectName": "P{i}"}}"#),
        };
        format!(
            r#"{{"_ref": "/project/{}", "_type": "Project", "Name": "P{}", "ObjectID": {}, "Parent": {parent}}}"#,
            i + 1,
            i + 1,
            i + 1
        )
    };
    let rows: Vec<String> = (0..n).map(row).collect();
    format!(
        r#"{{"QueryResult": {{"Errors": [], "Warnings": [], "TotalResultCount": {n}, "PageSize": {n}, "Results": [{}]}}}}"#,
        rows.join(",")
    )
    .into_bytes()
}

fn chained_types(n: usize) -> Vec<u8> {
    let one = |i: usize| {
        format!(
            r#"{{"_ref": "/typedefinition/{i}", "ObjectID": {i}, "ElementName": "T{i}", "Name": "T{i}", "Attributes": [], "Parent": {{"_ref": "/typedefinition/{}", "_refObjectName": "T{}"}}}}"#,
            i + 1,
            i + 1
        )
    };
    let types: Vec<String> = (1..=n).map(one).collect();
    format!(r#"{{"QueryResult": {{"Errors": [], "Results": [{}]}}}}"#, types.join(",")).into_bytes()
}

/// The recorded schema ten times over, where the recordings are available.
fn large_schema() -> Option<Vec<u8>> {
    let folder = std::path::PathBuf::from(std::env::var_os("WSAPI_EVIDENCE")?);
    let text = std::fs::read(folder.join("schema-all-types.json")).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let types = json["QueryResult"]["Results"].as_array().unwrap();
    let mut body = b"{\"QueryResult\": {\"Errors\": [], \"Results\": [".to_vec();
    for n in 0..10 {
        for one in types {
            let mut one = one.clone();
            for key in ["ElementName", "TypePath", "Name"] {
                one[key] = format!("{}{n}", one[key].as_str().unwrap_or_default()).into();
            }
            serde_json::to_writer(&mut body, &one).unwrap();
            body.push(b',');
        }
    }
    body.pop();
    body.extend_from_slice(b"]}}");
    Some(body)
}

#[test]
#[expect(clippy::disallowed_methods, reason = "prints how long each took")]
fn no_answer_becomes_much_more_than_its_bytes() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    let config = Config::builder().project("null").server(&server).api_key("_key");
    let config = config.attempts(1).max_response(64 << 20).timeout(Duration::from_secs(60)).build().unwrap();
    let body = Body::default();
    let theirs = body.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let body = theirs.clone();
            std::thread::spawn(move || serve(stream.unwrap(), &body));
        }
    });
    let rally = Rally::new(config).unwrap().in_workspace("123").in_all_projects();
    type Ask = fn(&Rally) -> rally_wsapi::Result<()>;
    let rows: Ask = |rally| rally.query("Defect").all().map(drop);
    let item: Ask = |rally| rally.get("Defect", 1).map(drop);
    let write: Ask = |rally| rally.create("Defect", serde_json::json!({"Name": "x"})).map(drop);
    let raw: Ask = |rally| rally.raw().get("defect").send().map(drop);
    let all = |head: &str, piece: &str, tail: &str| repeated(head, piece, 59 << 20, tail);
    let objects = || all("{\"QueryResult\": {\"Results\": [", "{},", "{}]}}");
    let lines = || {
        repeated(
            "{\"QueryResult\": {\"Errors\": [",
            "\"the server is out of sorts today, as often\",",
            23 << 20,
            "\"\"]}}",
        )
    };
    let text = |key: &str| {
        repeated(&format!("{{\"{key}\": {{\"Errors\": [\""), "long text \\u00e9 ", 30 << 20, "\"]}}")
    };
    let limit: fn(&ErrorKind) -> bool = |kind| *kind == ErrorKind::Limit;
    let refused: fn(&ErrorKind) -> bool = |kind| *kind == ErrorKind::Server;
    let odd: fn(&ErrorKind) -> bool = |kind| matches!(kind, ErrorKind::NotWsapi { .. });
    // The request, the answer, the memory allowed beyond its bytes, the expected result.
    type Case = (&'static str, Ask, Vec<u8>, usize, fn(&ErrorKind) -> bool);
    let cases: [Case; 12] = [
        ("empty rows", rows, objects(), 8, limit),
        ("a page in place of an object", item, objects(), 8, odd),
        (
            "a list in an object",
            item,
            all("{\"Defect\": {\"_ref\": \"/defect/1\", \"a\": [", "{},", "{}]}}"),
            48,
            limit,
        ),
        (
            "many members",
            item,
            all("{\"Defect\": {\"_ref\": \"/defect/1\", \"a\": {", "\"b\":{},", "\"c\":1}}}"),
            48,
            limit,
        ),
        ("no envelope", item, all("[", "{},", "{}]"), 8, odd),
        ("a page in place of a write's result", write, objects(), 8, odd),
        (
            "a list as a write's result",
            write,
            all("{\"OperationResult\": {\"Results\": [", "{},", "{}]}}"),
            48,
            limit,
        ),
        ("a list by hand", raw, all("[", "{},", "{}]"), 400, limit),
        ("500,000 lines of errors", rows, lines(), 8, refused),
        ("long errors of a query", rows, text("QueryResult"), 8, refused),
        ("long errors of a write", write, text("CreateResult"), 8, refused),
        ("long errors of an object", item, text("OperationResult"), 8, refused),
    ];
    for (name, ask, answer, beyond, right) in cases {
        let len = answer.len();
        *body.lock().unwrap() = Arc::new(answer);
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let started = Instant::now();
        let error = ask(&rally).unwrap_err();
        let shown = format!("{error} {error:?} {error:#?} {:?}", error.server_errors()).len();
        let grown = MEMORY.peak_usage().saturating_sub(before);
        println!("{name}: {} MiB of {} MiB, {} ms", grown / MIB, len / MIB, started.elapsed().as_millis());
        assert!(right(error.kind()), "{name}: {:?}", error.kind());
        assert!(shown < 60_000, "{name}: {shown} bytes of text");
        assert!(grown < len + beyond * MIB, "{name}: the peak grew by {grown} bytes");
    }

    // A false length reserves no more than is allowed, and no more than the largest attachment needs.
    *body.lock().unwrap() = Arc::new(LIE.to_vec());
    let before = MEMORY.current_usage();
    for (most, room) in [(16 << 20, 16), (1 << 40, 64)] {
        let config = Config::builder().project("null").server(&server).api_key("_key").attempts(1);
        let rally = Rally::new(config.max_response(most).build().unwrap()).unwrap();
        MEMORY.reset_peak_usage();
        rally.get("Defect", 1).unwrap_err();
        let grown = MEMORY.peak_usage().saturating_sub(before);
        assert!(grown < (room + 2) * MIB, "the peak grew by {grown} bytes");
    }

    let measured = |name: &str, answer: Vec<u8>, most: usize, ask: &mut dyn FnMut()| {
        *body.lock().unwrap() = Arc::new(answer);
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let started = Instant::now();
        ask();
        let grown = MEMORY.peak_usage().saturating_sub(before);
        println!("{name}: {:.1} MiB, {} ms", grown as f64 / MIB as f64, started.elapsed().as_millis());
        assert!(grown < most * MIB, "{name}: the peak grew by {grown} bytes");
    };
    measured("6,000 projects below each other", projects_below_each_other(6_000), 40, &mut || {
        let projects = rally.projects().unwrap();
        let last = projects.find("P6000").unwrap();
        assert_eq!((projects.len(), last.depth(), last.ancestors().len()), (6_000, 5_999, 5_999));
        assert!(last.path().starts_with("P1 // P2 // ") && projects.find("P5999 // P6000").is_ok());
        assert_eq!(
            (last.parent().unwrap().children().len(), projects.find("P1").unwrap().descendants().len()),
            (1, 5_999)
        );
    });
    measured("2,500 chained types", chained_types(2_500), 25, &mut || {
        let schema = rally.in_workspace("124").schema().unwrap();
        assert_eq!(schema.type_def("T1").unwrap().inheritance()[..2], ["T2", "T3"]);
    });
    if let Some(large) = large_schema() {
        println!("a schema of {} bytes", large.len());
        measured("ten times the recorded schema", large, 25, &mut || {
            assert_eq!(rally.in_workspace("125").schema().unwrap().types().len(), 740);
        });
    }
}
