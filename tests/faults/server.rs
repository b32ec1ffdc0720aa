//! A server that sends exactly the given bytes, and closes where it is told to. It counts requests.

use serde_json::json;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// A request as received.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    /// Path and query, as sent.
    pub(crate) target: String,
    pub(crate) headers: String,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.target)
    }

    /// The whole request, to search for what must not be in it.
    pub(crate) fn all(&self) -> String {
        format!("{} {}\n{}\n{}", self.method, self.target, self.headers, String::from_utf8_lossy(&self.body))
    }
}

/// What the server does with a request.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Sends these bytes, whatever they are, and closes.
    Send(Vec<u8>),
    /// Sends these bytes one by one, with a pause between them.
    Drip(Vec<u8>),
    /// Closes without an answer.
    Close,
    /// Sends nothing and keeps the connection open.
    Silence,
}

type Answer = dyn Fn(usize, &Seen) -> Act + Send + Sync;
/// Wraps an accepted connection, as in TLS. `None` if that fails.
type Wrap = dyn Fn(TcpStream) -> Option<Box<dyn Line>> + Send + Sync;

pub(crate) trait Line: Read + Write {}
impl<T: Read + Write> Line for T {}

struct Shared {
    seen: Mutex<Vec<Seen>>,
    connections: Mutex<usize>,
    stop: AtomicBool,
    answer: Box<Answer>,
    wrap: Box<Wrap>,
}

pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    listener: Option<JoinHandle<()>>,
}

impl Server {
    /// `answer` gets the number of earlier requests.
    pub(crate) fn new(answer: impl Fn(usize, &Seen) -> Act + Send + Sync + 'static) -> Server {
        Server::wrapped(|stream| Some(Box::new(stream)), answer)
    }

    pub(crate) fn wrapped(
        wrap: impl Fn(TcpStream) -> Option<Box<dyn Line>> + Send + Sync + 'static,
        answer: impl Fn(usize, &Seen) -> Act + Send + Sync + 'static,
    ) -> Server {
        let listener = listener();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            seen: Mutex::default(),
            connections: Mutex::new(0),
            stop: AtomicBool::new(false),
            answer: Box::new(answer),
            wrap: Box::new(wrap),
        });
        let theirs = Arc::clone(&shared);
        let accept = move || {
            for stream in listener.incoming() {
                if theirs.stop.load(Ordering::SeqCst) {
                    return;
                }
                let (Ok(stream), shared) = (stream, Arc::clone(&theirs)) else { continue };
                *shared.connections.lock().unwrap() += 1;
                std::thread::spawn(move || serve(&shared, stream));
            }
        };
        Server { address, shared, listener: Some(std::thread::spawn(accept)) }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        *self.shared.connections.lock().unwrap()
    }

    /// Waits until this number of requests has arrived, or a time limit is over.
    #[expect(clippy::disallowed_methods, reason = "looks again until the requests are here")]
    pub(crate) fn wait_for(&self, requests: usize) {
        for _ in 0..200 {
            if self.listener.is_none() || self.shared.seen.lock().unwrap().len() >= requests {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Refuses connections from now on.
    pub(crate) fn refuse(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        if let Some(listener) = self.listener.take() {
            listener.join().unwrap();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.refuse();
    }
}

/// Listens on a port that is used once and is below the system's own range: after closing, the port stays closed.
fn listener() -> TcpListener {
    static NEXT: AtomicU16 = AtomicU16::new(20_000);
    let free = || TcpListener::bind(("127.0.0.1", NEXT.fetch_add(1, Ordering::SeqCst))).ok();
    std::iter::repeat_with(free).take(12_000).flatten().next().expect("a port from 20000 to 31999 is free")
}

fn serve(shared: &Shared, stream: TcpStream) {
    // A silent client must not block the thread.
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let Some(mut line) = (shared.wrap)(stream) else { return };
    let Some(seen) = request(&mut line) else { return };
    let n = {
        let mut all = shared.seen.lock().unwrap();
        all.push(seen.clone());
        all.len() - 1
    };
    // The client may have closed already: the failure does not matter.
    match (shared.answer)(n, &seen) {
        Act::Send(bytes) => {
            let _ = line.write_all(&bytes);
            let _ = line.flush();
        }
        Act::Drip(bytes) => {
            for byte in bytes {
                if line.write_all(&[byte]).is_err() {
                    break;
                }
                #[expect(clippy::disallowed_methods, reason = "a slow answer")]
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        Act::Close => {}
        Act::Silence => {
            let _ = line.read(&mut [0]);
        }
    }
}

fn request(line: &mut dyn Line) -> Option<Seen> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if line.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).ok()?;
    let (first, headers) = head.split_once("\r\n")?;
    let mut words = first.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let length = headers.lines().filter_map(|l| l.split_once(": "));
    let mut length = length.filter(|(n, _)| n.eq_ignore_ascii_case("content-length")).map(|(_, v)| v.trim());
    let mut body = vec![0; length.next_back().map_or(0, |l| l.parse().unwrap())];
    line.read_exact(&mut body).ok()?;
    Some(Seen { method, target, headers: headers.to_owned(), body })
}

pub(crate) fn gzipped(body: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(body).unwrap();
    gzip.finish().unwrap()
}

/// A correct answer. Each has its own connection.
pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head =
        format!("HTTP/1.1 {status} Status\r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let mut bytes = format!("{head}\r\n").into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

pub(crate) fn json(body: &serde_json::Value) -> Vec<u8> {
    answer(200, &[("Content-Type", "application/json; charset=utf-8")], body.to_string().as_bytes())
}

/// The answers of a healthy server: three defects in pages as large as requested, users, writes, a token.
pub(crate) fn healthy(seen: &Seen) -> Vec<u8> {
    let path = seen.target.split('?').next().unwrap();
    let path = path.trim_start_matches("/slm").trim_start_matches("/webservice/v2.0");
    let parameter = |name: &str| {
        let found = seen.target.split(['?', '&']).find_map(|p| p.strip_prefix(name)?.strip_prefix('='));
        found.and_then(|v| v.parse::<u64>().ok())
    };
    let result = |name: &str, rest: serde_json::Value| {
        let mut inner = json!({"_rallyAPIMajor": "2", "_rallyAPIMinor": "0", "Errors": [], "Warnings": []});
        for (key, value) in rest.as_object().unwrap() {
            inner[key] = value.clone();
        }
        json(&json!({ name: inner }))
    };
    match (seen.method.as_str(), path) {
        ("GET", "/defect") => {
            let (start, size) = (parameter("start").unwrap(), parameter("pagesize").unwrap());
            // The names of a fetch apply at every depth.
            let mail = |i| seen.target.contains("EmailAddress").then(|| format!("u{i}@x.example"));
            let after = seen.target.split("ObjectID%20%3E%20").nth(1).and_then(|rest| rest.split('%').next());
            let after = after.map_or(0, |id| id.parse::<u64>().unwrap());
            let rows = (after + start..(after + start + size).min(4)).map(|i| {
                let mut row = json!({"_ref": format!("/defect/{i}"), "_type": "Defect", "ObjectID": i, "Name": format!("d{i}"),
                    "Workspace": {"_ref": "/workspace/1", "_type": "Workspace", "_refObjectName": "W"},
                    "Attachments": {"_ref": format!("/Defect/{i}/Attachments"), "_type": "Attachment", "Count": 1},
                    "Owner": {"_ref": format!("/user/{i}"), "_type": "User", "_refObjectName": "Ann"}});
                if let Some(mail) = mail(i) {
                    row["Owner"]["EmailAddress"] = mail.into();
                }
                row
            });
            let rows: Vec<_> = rows.collect();
            result(
                "QueryResult",
                json!({"TotalResultCount": 3 - after, "StartIndex": start, "PageSize": size, "Results": rows}),
            )
        }
        ("GET", "/security/authorize") => result("OperationResult", json!({"SecurityToken": "token_marker"})),
        ("GET", "/defect/1/Attachments") => {
            let content = json!({"_ref": "/attachmentcontent/8", "_type": "AttachmentContent"});
            let row = json!({"_ref": "/attachment/7", "_type": "Attachment", "Name": "a.txt", "Size": 5, "Content": content});
            result(
                "QueryResult",
                json!({"TotalResultCount": 1, "StartIndex": 1, "PageSize": 200, "Results": [row]}),
            )
        }
        ("GET", "/attachmentcontent/8") => {
            result("AttachmentContent", json!({"_ref": "/attachmentcontent/8", "Content": "aGVsbG8="}))
        }
        ("GET", "/schema/v2.0/workspace/1") => {
            let kind = json!({"_ref": "/typedefinition/1", "_type": "TypeDefinition", "ElementName": "Defect", "Name": "Defect",
                "TypePath": "Defect", "DisplayName": "Defect", "Attributes": []});
            result(
                "QueryResult",
                json!({"TotalResultCount": 1, "StartIndex": 1, "PageSize": 1, "Results": [kind]}),
            )
        }
        ("POST", "/batch") => {
            let made = |i: u32| json!({"Object": {"_ref": format!("/task/{i}"), "_type": "Task", "ObjectID": i}, "Errors": []});
            result("BatchResult", json!({"Results": [made(1), made(2)]}))
        }
        ("POST" | "PUT", "/attachmentcontent/create") => result(
            "CreateResult",
            json!({"Object": {"_ref": "/attachmentcontent/8", "_type": "AttachmentContent"}}),
        ),
        ("POST" | "PUT", "/attachment/create") => result(
            "CreateResult",
            json!({"Object": {"_ref": "/attachment/7", "_type": "Attachment", "Name": "a.txt"}}),
        ),
        ("GET", user) if user.starts_with("/user") => {
            result("User", json!({"_ref": "/user/1", "EmailAddress": "ann@x.example"}))
        }
        ("POST" | "PUT", "/defect/create") => {
            result("CreateResult", json!({"Object": {"_ref": "/defect/9", "_type": "Defect", "ObjectID": 9}}))
        }
        ("POST" | "PUT", _) => result(
            "OperationResult",
            json!({"Object": {"_ref": "/defect/1", "_type": "Defect", "ObjectID": 1}}),
        ),
        ("DELETE", _) => result("OperationResult", json!({})),
        _ => answer(404, &[], b""),
    }
}
