//! The fault table: every operation meets every fault, and each cell is compared with its row.
//!
//! An operation has a part that succeeds and a part that meets the fault: the second page comes after a
//! good first one. Each cell runs twice: with a permanent fault, and with one that ends after the first request.

use crate::server::{Act, Seen, Server, answer, gzipped, healthy};
use rally_wsapi::{Config, ConfigBuilder, Entity, Error, ErrorKind, Rally, Result};
use serde_json::json;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The part that meets the fault, ready to run.
type Rest = Box<dyn FnOnce() -> Result<()>>;

struct Operation {
    name: &'static str,
    writes: bool,
    /// Only with user and password.
    basic: bool,
    begin: fn(&Rally) -> Rest,
}

fn first(rally: &Rally) -> Entity {
    rally.query("Defect").fetch("Owner,Workspace,Attachments").first().unwrap().unwrap()
}

const OPERATIONS: &[Operation] = &[
    Operation {
        name: "connect",
        writes: false,
        basic: false,
        begin: |rally| {
            let rally = rally.clone();
            Box::new(move || rally.user().map(drop))
        },
    },
    Operation {
        name: "query",
        writes: false,
        basic: false,
        begin: |rally| {
            let query = rally.query("Defect");
            Box::new(move || query.all().map(|rows| assert_eq!(ids(&rows), [1, 2, 3])))
        },
    },
    Operation {
        name: "second page",
        writes: false,
        basic: false,
        begin: |rally| {
            let mut rows = rally.query("Defect").page_size(2).into_iter();
            let one = rows.by_ref().take(2).collect::<Result<Vec<_>>>().unwrap();
            assert_eq!(ids(&one), [1, 2]);
            Box::new(move || {
                let three = rows.next().unwrap()?;
                assert_eq!(ids(&[three]), [3]);
                assert!(rows.next().is_none());
                Ok(())
            })
        },
    },
    Operation {
        name: "chase",
        writes: false,
        basic: false,
        begin: |rally| {
            let row = first(rally);
            Box::new(move || {
                assert_eq!(row.get("Owner.EmailAddress")?, "ann@x.example");
                Ok(())
            })
        },
    },
    Operation {
        name: "schema",
        writes: false,
        basic: false,
        begin: |rally| {
            let rally = rally.in_workspace("/workspace/1");
            Box::new(move || rally.schema().map(|schema| assert!(schema.type_def("Defect").is_some())))
        },
    },
    Operation {
        name: "token of the first write",
        writes: false,
        basic: true,
        begin: |rally| {
            let rally = rally.clone();
            Box::new(move || rally.create("Defect", json!({"Name": "x"})).map(drop))
        },
    },
    Operation {
        name: "create",
        writes: true,
        basic: false,
        begin: |rally| {
            let rally = rally.clone();
            Box::new(move || {
                rally.create("Defect", json!({"Name": "x"})).map(|made| assert_eq!(ids(&[made]), [9]))
            })
        },
    },
    Operation {
        name: "update",
        writes: true,
        basic: false,
        begin: |rally| {
            let row = first(rally);
            Box::new(move || row.update(json!({"Name": "x"})).map(drop))
        },
    },
    Operation {
        name: "delete",
        writes: true,
        basic: false,
        begin: |rally| {
            let row = first(rally);
            Box::new(move || row.delete())
        },
    },
    Operation {
        name: "batch",
        writes: true,
        basic: false,
        begin: |rally| {
            let rally = rally.clone();
            let tasks = [json!({"Name": "a"}), json!({"Name": "b"})];
            Box::new(move || {
                let results = rally.create_many("Task", tasks)?;
                assert_eq!(results.len(), 2);
                results.into_iter().try_for_each(|result| result.map(drop))
            })
        },
    },
    Operation {
        name: "attachment up",
        writes: true,
        basic: false,
        begin: |rally| {
            let row = first(rally);
            Box::new(move || row.attach_bytes("a.txt", *b"hello").map(drop))
        },
    },
    Operation {
        name: "attachment down",
        writes: false,
        basic: false,
        begin: |rally| {
            let file = first(rally).attachments().unwrap().remove(0);
            Box::new(move || file.bytes().map(|bytes| assert_eq!(bytes, b"hello")))
        },
    },
];

fn ids(rows: &[Entity]) -> Vec<i64> {
    rows.iter().map(|row| row.object_id().unwrap()).collect()
}

/// The caller's error for a permanent fault.
struct Fault {
    name: &'static str,
    act: fn(&Seen) -> Option<Act>,
    kind: fn(&ErrorKind) -> bool,
    retryable: bool,
    /// How often a write is sent; a read is sent three times if it may be retried, otherwise once.
    writes_sent: u32,
    /// `true` if, as far as the caller knows, a write may have been done.
    open: bool,
    /// `true` if the server has done a write that met the fault.
    acts: bool,
    remedy: &'static str,
}

/// The healthy answer, damaged.
fn spoiled(seen: &Seen, spoil: impl Fn(&str, &[u8]) -> Vec<u8>) -> Option<Act> {
    let whole = healthy(seen);
    let cut = whole.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    let head = String::from_utf8(whole[..cut].to_vec()).unwrap();
    Some(Act::Send(spoil(&head, &whole[cut..])))
}

fn with_length(head: &str, length: &str) -> String {
    let lines = head.split("\r\n").map(|l| match l.starts_with("Content-Length") {
        true => length.to_owned(),
        false => l.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\r\n")
}

fn joined(head: String, body: &[u8]) -> Vec<u8> {
    [head.as_bytes(), body].concat()
}

fn says(status: u16, headers: &[(&str, &str)], body: &str) -> Option<Act> {
    Some(Act::Send(answer(status, headers, body.as_bytes())))
}

const HTML: &str = "<html><head><title>Down for maintenance</title></head><body>x</body></html>";

const SIGN_ON: &str = "<!DOCTYPE html><html><head><title>Sign in to continue</title></head><body>\
    for https://rally.example/slm/webservice/v2.0</body></html>";

const FAULTS: &[Fault] = &[
    Fault {
        name: "refused connection",
        act: |_| None,
        kind: |k| *k == ErrorKind::Connection,
        retryable: true,
        writes_sent: 3,
        open: false,
        acts: false,
        remedy: "check host and port, and whether the server runs",
    },
    Fault {
        name: "no answer in time",
        act: |_| Some(Act::Silence),
        kind: |k| *k == ErrorKind::Timeout,
        retryable: true,
        writes_sent: 1,
        open: true,
        acts: true,
        remedy: "ask for less, or raise `timeout`",
    },
    Fault {
        name: "slow drip",
        act: |seen| Some(Act::Drip(healthy(seen))),
        kind: |k| *k == ErrorKind::Timeout,
        retryable: true,
        writes_sent: 1,
        open: true,
        acts: true,
        remedy: "ask for less, or raise `timeout`",
    },
    Fault {
        name: "cut before the headers",
        act: |_| Some(Act::Close),
        kind: |k| *k == ErrorKind::Connection,
        retryable: true,
        writes_sent: 1,
        open: true,
        acts: true,
        remedy: "check the network, proxy and VPN",
    },
    Fault {
        name: "cut in the headers",
        act: |seen| spoiled(seen, |head, _| head.as_bytes()[..40].to_vec()),
        kind: |k| *k == ErrorKind::Connection,
        retryable: true,
        writes_sent: 1,
        open: true,
        acts: true,
        remedy: "check the network, proxy and VPN",
    },
    Fault {
        name: "cut in the body",
        act: |seen| spoiled(seen, |head, body| joined(head.to_owned(), &body[..body.len() / 2])),
        kind: |k| *k == ErrorKind::Connection,
        retryable: true,
        writes_sent: 1,
        open: true,
        acts: true,
        remedy: "check the network, proxy and VPN",
    },
    Fault {
        name: "Content-Length too large",
        act: |seen| spoiled(seen, |head, body| joined(with_length(head, "Content-Length: 99999"), body)),
        kind: |k| *k == ErrorKind::Connection,
        retryable: true,
        writes_sent: 1,
        open: true,
        acts: true,
        remedy: "check the network, proxy and VPN",
    },
    Fault {
        name: "Content-Length too small",
        act: |seen| spoiled(seen, |head, body| joined(with_length(head, "Content-Length: 20"), body)),
        kind: |k| matches!(k, ErrorKind::NotWsapi { status: 200, cut: true, .. }),
        retryable: true,
        writes_sent: 1,
        open: true,
        acts: true,
        remedy: "check the server's address, and what is in between",
    },
    Fault {
        name: "broken chunking",
        act: |seen| {
            spoiled(seen, |head, body| {
                let mut bytes = joined(with_length(head, "Transfer-Encoding: chunked"), b"20\r\n");
                bytes.extend_from_slice(&body[..32]);
                bytes.extend_from_slice(b"no number\r\n");
                bytes
            })
        },
        kind: |k| *k == ErrorKind::Connection,
        retryable: true,
        writes_sent: 1,
        open: true,
        acts: true,
        remedy: "check host, port and what is in between",
    },
    Fault {
        name: "truncated gzip",
        act: |seen| {
            spoiled(seen, |head, body| {
                let half = gzipped(body);
                let half = &half[..half.len() / 2];
                let length = format!("Content-Length: {}\r\nContent-Encoding: gzip", half.len());
                joined(with_length(head, &length), half)
            })
        },
        kind: |k| *k == ErrorKind::Connection,
        retryable: true,
        writes_sent: 1,
        open: true,
        acts: true,
        remedy: "check what is in between",
    },
    Fault {
        name: "truncated JSON",
        act: |seen| {
            spoiled(seen, |head, body| {
                let half = &body[..body.len() / 2];
                joined(with_length(head, &format!("Content-Length: {}", half.len())), half)
            })
        },
        kind: |k| matches!(k, ErrorKind::NotWsapi { status: 200, cut: true, .. }),
        retryable: true,
        writes_sent: 1,
        open: true,
        acts: true,
        remedy: "check the server's address, and what is in between",
    },
    Fault {
        name: "HTML with 200",
        act: |_| says(200, &[("Content-Type", "text/html")], HTML),
        kind: |k| matches!(k, ErrorKind::NotWsapi { status: 200, cut: false, .. }),
        retryable: false,
        writes_sent: 1,
        open: true,
        acts: false,
        remedy: "a proxy, a log-in or maintenance page",
    },
    Fault {
        name: "HTML with 502",
        act: |_| says(502, &[("Content-Type", "text/html")], HTML),
        kind: |k| matches!(k, ErrorKind::Unavailable { status: 502, .. }),
        retryable: true,
        writes_sent: 1,
        open: true,
        acts: true,
        remedy: "ask for smaller pages or fewer fields",
    },
    Fault {
        name: "empty 200",
        act: |_| says(200, &[], ""),
        kind: |k| matches!(k, ErrorKind::NotWsapi { status: 200, cut: true, .. }),
        retryable: true,
        writes_sent: 1,
        open: true,
        acts: true,
        remedy: "check the server's address, and what is in between",
    },
    Fault {
        name: "401",
        act: |_| says(401, &[("Content-Type", "text/html")], "<title>Error 401</title>"),
        kind: |k| *k == ErrorKind::Authentication,
        retryable: false,
        writes_sent: 1,
        open: false,
        acts: false,
        remedy: "check the API key, or user and password",
    },
    Fault {
        name: "403",
        act: |_| says(403, &[], "Forbidden"),
        kind: |k| *k == ErrorKind::Permission,
        retryable: false,
        writes_sent: 1,
        open: false,
        acts: false,
        remedy: "check what the user may see, and the workspace asked",
    },
    Fault {
        name: "404",
        act: |_| says(404, &[], "<title>Error 404 Not Found</title>"),
        kind: |k| *k == ErrorKind::NotFound,
        retryable: false,
        writes_sent: 1,
        open: false,
        acts: false,
        remedy: "check the id, and the server's address and path prefix",
    },
    Fault {
        name: "401 of a sign-on page",
        act: |_| says(401, &[("Content-Type", "text/html")], SIGN_ON),
        kind: |k| matches!(k, ErrorKind::NotWsapi { status: 401, cut: false, .. }),
        retryable: false,
        writes_sent: 1,
        open: false,
        acts: false,
        remedy: "API keys pass single sign-on",
    },
    Fault {
        name: "403 of a gateway",
        act: |_| says(403, &[("Content-Type", "application/json")], r#"{"error": {"message": "denied"}}"#),
        kind: |k| matches!(k, ErrorKind::NotWsapi { status: 403, cut: false, .. }),
        retryable: false,
        writes_sent: 1,
        open: false,
        acts: false,
        remedy: "a web filter, a VPN that is off",
    },
    Fault {
        name: "404 of a web filter",
        act: |_| says(404, &[], SIGN_ON),
        kind: |k| matches!(k, ErrorKind::NotWsapi { status: 404, cut: false, .. }),
        retryable: false,
        writes_sent: 1,
        open: false,
        acts: false,
        remedy: "a web filter, a VPN that is off",
    },
    Fault {
        name: "JSON of a gateway with 200",
        act: |_| says(200, &[("Content-Type", "application/json")], r#"{"error": {"message": "denied"}}"#),
        kind: |k| matches!(k, ErrorKind::NotWsapi { status: 200, cut: false, .. }),
        retryable: false,
        writes_sent: 1,
        open: true,
        acts: false,
        remedy: "a web filter, a VPN that is off",
    },
    Fault {
        name: "429",
        act: |_| says(429, &[], ""),
        kind: |k| matches!(k, ErrorKind::Throttled { retry_after: None, .. }),
        retryable: true,
        writes_sent: 3,
        open: false,
        acts: false,
        remedy: "ask less often, or fewer at a time",
    },
    Fault {
        name: "429 with Retry-After",
        act: |_| says(429, &[("Retry-After", "0")], ""),
        kind: |k| matches!(k, ErrorKind::Throttled { retry_after: Some(Duration::ZERO), .. }),
        retryable: true,
        writes_sent: 3,
        open: false,
        acts: false,
        remedy: "ask less often, or fewer at a time",
    },
    Fault {
        name: "500",
        act: |_| says(500, &[], HTML),
        kind: |k| matches!(k, ErrorKind::Unavailable { status: 500, .. }),
        retryable: false,
        writes_sent: 1,
        open: true,
        acts: true,
        remedy: "try again later",
    },
    Fault {
        name: "503",
        act: |_| says(503, &[], HTML),
        kind: |k| matches!(k, ErrorKind::Unavailable { status: 503, .. }),
        retryable: true,
        writes_sent: 1,
        open: true,
        acts: true,
        remedy: "try again later",
    },
    Fault {
        name: "503 with Retry-After",
        act: |_| says(503, &[("Retry-After", "0")], HTML),
        kind: |k| matches!(k, ErrorKind::Throttled { retry_after: Some(Duration::ZERO), .. }),
        retryable: true,
        writes_sent: 3,
        open: false,
        acts: false,
        remedy: "ask less often, or fewer at a time",
    },
    Fault {
        name: "redirect to another host",
        act: |_| says(302, &[("Location", "http://127.0.0.1:9/elsewhere?key=x")], ""),
        kind: |k| matches!(k, ErrorKind::NotWsapi { status: 302, .. }),
        retryable: false,
        writes_sent: 1,
        open: false,
        acts: false,
        remedy: "check the server's address: host, https and path prefix",
    },
];

impl Fault {
    /// A timeout ends the call: no time is left for another attempt.
    fn reads_sent(&self) -> u32 {
        if self.retryable && !(self.kind)(&ErrorKind::Timeout) { 3 } else { 1 }
    }
}

fn settings(url: String, operation: &Operation, fault: &Fault) -> ConfigBuilder {
    // Short only where a case needs it: a busy machine must not cause other timeouts.
    let timeout = if (fault.kind)(&ErrorKind::Timeout) { 90 } else { 10_000 };
    let builder = Config::builder().project("null").server(url).timeout(Duration::from_millis(timeout));
    let builder = builder.retry_delay(Duration::from_millis(1));
    match operation.basic {
        true => builder.user("ann", "pass_marker"),
        false => builder.api_key("_key_marker"),
    }
}

/// The result of one cell.
struct Outcome {
    result: Result<()>,
    /// Requests that arrived after the good part.
    seen: Vec<Seen>,
    /// How often the server did what the same write asked for.
    acted: usize,
}

/// Runs an operation on a server that has the fault for this number of requests of the second part.
fn run(operation: &Operation, fault: &'static Fault, faulty: usize) -> Outcome {
    const GOOD: usize = usize::MAX;
    let left = Arc::new(AtomicUsize::new(GOOD));
    let acted = Arc::new(Mutex::new(HashMap::<String, usize>::new()));
    let (theirs, counted) = (Arc::clone(&left), Arc::clone(&acted));
    let mut server = Server::new(move |_, seen| {
        let broken = match theirs.load(Ordering::SeqCst) {
            GOOD | 0 => None,
            n => {
                theirs.store(n - 1, Ordering::SeqCst);
                (fault.act)(seen)
            }
        };
        if seen.method != "GET" && (broken.is_none() || fault.acts) {
            *counted.lock().unwrap().entry(seen.line()).or_default() += 1;
        }
        broken.unwrap_or_else(|| Act::Send(healthy(seen)))
    });
    let rally = Rally::new(settings(server.url(), operation, fault).build().unwrap()).unwrap();
    let rest = (operation.begin)(&rally);
    let before = server.seen().len();
    left.store(faulty, Ordering::SeqCst);
    if fault.name == "refused connection" {
        server.refuse();
    }
    let result = rest();
    if let Err(error) = &result {
        // The server's thread does not wait for a client that closed early.
        server.wait_for(before + error.attempts() as usize);
    }
    let acted = acted.lock().unwrap().values().max().copied().unwrap_or_default();
    Outcome { result, seen: server.seen().split_off(before), acted }
}

fn stays(operation: &Operation, fault: &'static Fault) -> Error {
    let cell = format!("{} x {}", operation.name, fault.name);
    let Outcome { result, seen, acted } = run(operation, fault, 1_000);
    let Err(error) = result else { panic!("{cell}: it went well") };
    let attempts = match operation.writes {
        true => fault.writes_sent,
        false => fault.reads_sent(),
    };
    assert!((fault.kind)(error.kind()), "{cell}: {error:#?}");
    assert_eq!(error.attempts(), attempts, "{cell}: {error}");
    let arrived = if fault.name == "refused connection" { 0 } else { attempts as usize };
    assert_eq!(seen.len(), arrived, "{cell}: {:?}", seen.iter().map(Seen::line).collect::<Vec<_>>());
    assert_eq!(error.is_retryable(), fault.retryable, "{cell}: {error}");
    assert_eq!(error.may_have_acted(), operation.writes && fault.open, "{cell}: {error}");
    assert!(acted <= 1 && (acted == 0 || error.may_have_acted()), "{cell}: done {acted} times");
    let told = format!("{error:?}");
    assert!(told.contains(fault.remedy), "{cell}: {told}");
    assert!(!told.contains("_marker") && !format!("{error:#?}").contains("_marker"), "{cell}: {error:#?}");
    error
}

fn goes_away(operation: &Operation, fault: &'static Fault) {
    let cell = format!("{} x one {}", operation.name, fault.name);
    let Outcome { result, seen, acted } = run(operation, fault, 1);
    let again = if operation.writes { fault.writes_sent > 1 } else { fault.reads_sent() > 1 };
    match result {
        Ok(()) => {
            assert!(again, "{cell}: it went well");
            // A page cut off by a gateway is requested again in halves.
            assert!((2..=4).contains(&seen.len()), "{cell}: {} requests", seen.len());
        }
        Err(error) => {
            assert!(!again, "{cell}: {error}");
            assert_eq!(seen.len(), 1, "{cell}");
        }
    }
    assert!(acted <= 1, "{cell}: done {acted} times");
}

#[test]
fn every_operation_meets_every_fault() {
    std::thread::scope(|scope| {
        for operation in OPERATIONS {
            scope.spawn(move || {
                for fault in FAULTS {
                    stays(operation, fault);
                    if fault.name != "refused connection" {
                        goes_away(operation, fault);
                    }
                }
            });
        }
    });
}

/// Run with `--ignored --nocapture`: prints the table as the README has it.
#[test]
#[ignore = "prints the table"]
fn the_table() {
    println!("| fault | kind | a read is sent | a write is sent | a write may have been done |");
    println!("|---|---|---|---|---|");
    for fault in FAULTS {
        let error = stays(&OPERATIONS[1], fault);
        let kind = format!("{:?}", error.kind());
        let reads = error.attempts();
        let open = if fault.open { "yes, and the error says so" } else { "no" };
        println!("| {} | `{kind}` | {reads}x | {}x | {open} |", fault.name, fault.writes_sent);
    }
}
