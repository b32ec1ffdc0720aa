//! A trivial server on loopback: canned pages, single objects, a delay before each answer. It parses
//! only the request line, so that the client is what is measured.

use std::collections::HashMap;
use std::io::{BufWriter, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(crate) struct Server {
    address: String,
    shared: Arc<Shared>,
}

struct Shared {
    shape: Shape,
    rows: u64,
    page: u64,
    /// The rows of one page around their ids: every page has the same rows with other ids.
    canned: Vec<Vec<String>>,
    latency: Duration,
    requests: AtomicU64,
    schema: String,
    /// Compressed answers by target, where the server compresses them.
    packed: Option<Mutex<HashMap<String, Vec<u8>>>>,
}

/// Ids start here, so that all have the same length.
const FIRST: u64 = 1_000_000_001;

/// The placeholder of an id in a row.
const ID: &str = "{id}";

/// The middle of a row of about 1.3 KB, as the server writes it when twenty fields are fetched.
const MIDDLE: &str = r#""_refObjectName": "Payments page rejects cards of eight digits", "FormattedID": "DE10712", "Name": "Payments page rejects cards of eight digits", "Description": "<p>Steps: open the page, enter a card, press <b>Pay</b>. Expected: paid. Seen: \"card unknown\".<\/p>", "Notes": "", "CreationDate": "2026-01-05T10:22:31.119Z", "LastUpdateDate": "2026-02-18T08:00:00.000Z", "State": "Open", "ScheduleState": "In-Progress", "Priority": "High Attention", "Severity": "Major Problem", "Blocked": false, "PlanEstimate": 5.0, "TaskActualTotal": 0.0, "c_RiskScore": 3, "Owner": {"_rallyAPIMajor": "2", "_rallyAPIMinor": "0", "_ref": "https://rally.example/slm/webservice/v2.0/user/{owner}", "_refObjectUUID": "5d1b1d6e-26f2-4a5c-a9b5-2a3f0f5e1b11", "_refObjectName": "Ann Archer", "_type": "User"}, "Project": {"_rallyAPIMajor": "2", "_rallyAPIMinor": "0", "_ref": "https://rally.example/slm/webservice/v2.0/project/{project}", "_refObjectUUID": "0f5e1b11-26f2-4a5c-a9b5-5d1b1d6e2a3f", "_refObjectName": "Payments and Billing", "Name": "Payments and Billing", "Owner": {"_rallyAPIMajor": "2", "_rallyAPIMinor": "0", "_ref": "https://rally.example/slm/webservice/v2.0/user/{lead}", "_refObjectName": "Bo", "_type": "User"}, "_type": "Project"}, "_type": "Defect"}"#;

const USER: &str = r#""UserName": "ann@x.example", "EmailAddress": "ann@x.example","#;

/// The contents of a server's rows.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Shape {
    /// Six fields fetched, 0.73 KB.
    Six,
    /// Twenty fields fetched, 1.3 KB.
    Twenty,
    /// A whole object: 81 members, 6.1 KB.
    Whole,
}

/// The rest of a row where six fields are fetched: the id, four plain values and a reference.
const SIX: &str = r#""_refObjectName": "Payments page rejects cards of eight digits", "CreatedAt": "Jan 5", "_CreatedAt": "Jan 5", "FormattedID": "DE10712", "Name": "Payments page rejects cards of eight digits", "State": "Open", "PlanEstimate": 5.0, "Owner": {"_rallyAPIMajor": "2", "_rallyAPIMinor": "0", "_ref": "https://rally.example/slm/webservice/v2.0/user/{owner}", "_refObjectUUID": "5d1b1d6e-26f2-4a5c-a9b5-2a3f0f5e1b11", "_refObjectName": "Ann Archer", "_type": "User"}, "_type": "Defect"}"#;

/// The rest of a whole object: what `MIDDLE` has, collections, custom fields and nulls up to 81 members.
fn whole() -> String {
    let mut members = Vec::new();
    for name in
        ["Attachments", "Changesets", "Discussion", "Duplicates", "Milestones", "Tags", "Tasks", "TestCases"]
    {
        members.push(format!(
            r#""{name}": {{"_rallyAPIMajor": "2", "_rallyAPIMinor": "0", "_ref": "https://rally.example/slm/webservice/v2.0/Defect/{{id}}/{name}", "_type": "{name}", "Count": 0}}"#
        ));
    }
    for name in ["Iteration", "Release", "Requirement", "RevisionHistory", "SubmittedBy", "Workspace"] {
        members.push(format!(
            r#""{name}": {{"_rallyAPIMajor": "2", "_rallyAPIMinor": "0", "_ref": "https://rally.example/slm/webservice/v2.0/{name}/4711", "_refObjectUUID": "5d1b1d6e-26f2-4a5c-a9b5-2a3f0f5e1b11", "_refObjectName": "The {name}", "_type": "{name}"}}"#
        ));
    }
    for index in 0..12 {
        members.push(format!(
            r#""c_NoteOfTeam{index}": "a remark of some length that a team of ours keeps in a field""#
        ));
        members.push(format!(r#""c_Estimate{index}": {index}.5"#));
        members.push(format!(r#""EmptyAttribute{index}": null"#));
    }
    members.truncate(53);
    format!("{}, {MIDDLE}", members.join(", "))
}

/// The row with a number, around its ids.
fn row(shape: Shape, number: u64, replayed: bool) -> Vec<String> {
    let (owner, project) = (1 + number % 40, 101 + number % 25);
    let rest = match shape {
        Shape::Six => SIX.to_owned(),
        Shape::Twenty => MIDDLE.to_owned(),
        Shape::Whole => whole(),
    };
    let mut middle = rest
        .replace("{owner}", &owner.to_string())
        .replace("{project}", &project.to_string())
        .replace("{lead}", &(1 + project % 40).to_string());
    if replayed {
        middle = middle
            .replace(r#""_refObjectName": "Ann Archer","#, USER)
            .replace(r#""_refObjectName": "Bo","#, USER);
    }
    let whole = format!(
        r#"{{"_rallyAPIMajor": "2", "_rallyAPIMinor": "0", "_objectVersion": "7", "_ref": "https://rally.example/slm/webservice/v2.0/defect/{ID}", "_refObjectUUID": "2a3f0f5e-26f2-4a5c-a9b5-5d1b1d6e1b11", "ObjectID": {ID}, {middle}"#
    );
    whole.split(ID).map(str::to_owned).collect()
}

impl Server {
    /// Serves `rows` rows in pages of `page`. One page is built and sent again and again, with other ids.
    pub(crate) fn start(shape: Shape, rows: u64, page_size: u64, latency: Duration) -> Server {
        let canned = (1..=page_size.min(rows)).map(|number| row(shape, number, false)).collect();
        let requests = AtomicU64::new(0);
        let schema = String::new();
        Server::serve(Shared {
            shape,
            rows,
            page: page_size,
            canned,
            latency,
            requests,
            schema,
            packed: None,
        })
    }

    /// The same in gzip, each page compressed once.
    pub(crate) fn packing(shape: Shape, rows: u64, page_size: u64) -> Server {
        let plain = Server::start(shape, rows, page_size, Duration::ZERO);
        let canned = plain.shared.canned.clone();
        let (latency, requests, schema) = (Duration::ZERO, AtomicU64::new(0), String::new());
        let packed = Some(Mutex::default());
        Server::serve(Shared { shape, rows, page: page_size, canned, latency, requests, schema, packed })
    }

    /// Serves this schema.
    pub(crate) fn of_schema(schema: String) -> Server {
        let (shape, canned, latency) = (Shape::Six, Vec::new(), Duration::ZERO);
        let requests = AtomicU64::new(0);
        Server::serve(Shared { shape, rows: 0, page: 1, canned, latency, requests, schema, packed: None })
    }

    fn serve(shared: Shared) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(shared);
        let served = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = served.clone();
                std::thread::spawn(move || connection(stream, &shared));
            }
        });
        Server { address, shared }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn requests(&self) -> u64 {
        self.shared.requests.load(Ordering::Relaxed)
    }
}

fn connection(mut stream: TcpStream, shared: &Shared) {
    stream.set_nodelay(true).unwrap();
    let (mut pending, mut chunk) = (Vec::new(), [0; 16 << 10]);
    loop {
        let end = loop {
            match pending.windows(4).position(|w| w == b"\r\n\r\n") {
                Some(end) => break end + 4,
                None => match stream.read(&mut chunk) {
                    Ok(read) if read > 0 => pending.extend_from_slice(&chunk[..read]),
                    _ => return,
                },
            }
        };
        let head = String::from_utf8_lossy(&pending[..end]).into_owned();
        pending.drain(..end);
        shared.requests.fetch_add(1, Ordering::Relaxed);
        #[expect(clippy::disallowed_methods, reason = "a server far away")]
        std::thread::sleep(shared.latency);
        let target = head.split(' ').nth(1).unwrap_or_default();
        let length = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let mut body = std::mem::take(&mut pending);
        let had = body.len();
        body.resize(length.unwrap_or(had), 0);
        stream.read_exact(&mut body[had..]).unwrap();
        let mut out = BufWriter::with_capacity(64 << 10, &mut stream);
        let sent = match shared.item(target) {
            _ if !body.is_empty() => write_results(&body, &mut out),
            Some(item) => begin(&mut out, item.len()).and_then(|()| out.write_all(item.as_bytes())),
            None if shared.packed.is_some() => shared.write_packed(target, &mut out),
            None => shared.write_page(target, &mut out),
        };
        if sent.and_then(|()| out.flush()).is_err() {
            return;
        }
    }
}

/// The current user, whose default project queries search.
const CALLER: &str = r#"{"User": {"_ref": "/user/1", "UserProfile": {"_ref": "/userprofile/1", "DefaultWorkspace": {"_ref": "/workspace/1"}, "DefaultProject": {"_ref": "/project/101", "_refObjectName": "P"}}, "Errors": []}}"#;

fn begin(out: &mut impl Write, length: usize) -> std::io::Result<()> {
    write!(out, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n")
}

fn number(target: &str, name: &str) -> u64 {
    let after = target.split(['?', '&']).find_map(|p| p.strip_prefix(name)?.strip_prefix('='));
    after.and_then(|n| n.parse().ok()).unwrap_or(1)
}

/// One result for each entry of a batch.
fn write_results(batch: &[u8], out: &mut impl Write) -> std::io::Result<()> {
    const RESULT: &str = r#"{"_rallyAPIMajor": "2", "_rallyAPIMinor": "0", "Errors": [], "Warnings": [], "Object": {"_rallyAPIMajor": "2", "_rallyAPIMinor": "0", "_ref": "https://rally.example/slm/webservice/v2.0/defect/{id}", "_refObjectUUID": "2a3f0f5e-26f2-4a5c-a9b5-5d1b1d6e1b11", "_objectVersion": "1", "_refObjectName": "Item", "ObjectID": {id}, "FormattedID": "DE{id}", "Name": "Item", "_type": "Defect"}}"#;
    let entries = batch.windows(7).filter(|text| text == b"\"Entry\"").count();
    let results = (0..entries).map(|at| RESULT.replace(ID, &(FIRST + at as u64).to_string()));
    let answer = format!(
        r#"{{"BatchResult": {{"Errors": [], "Warnings": [], "Results": [{}]}}}}"#,
        results.collect::<Vec<_>>().join(",")
    );
    begin(out, answer.len())?;
    out.write_all(answer.as_bytes())
}

impl Shared {
    /// One object, if the target names one.
    fn item(&self, target: &str) -> Option<String> {
        let path = target.split('?').next()?;
        if path.contains("/schema/") {
            return Some(self.schema.clone());
        }
        if path.ends_with("/user") {
            return Some(CALLER.to_owned());
        }
        let id: u64 = path.rsplit('/').next()?.parse().ok()?;
        Some(match path.contains("/user/") {
            true => format!(r#"{{"User": {{"_ref": "/user/{id}", {USER} "Errors": []}}}}"#),
            false => format!(
                r#"{{"Project": {{"_ref": "/project/{id}", "Name": "P", "Owner": {{"_ref": "/user/{}"}}, "Errors": []}}}}"#,
                1 + id % 40
            ),
        })
    }

    fn write_packed(&self, target: &str, out: &mut impl Write) -> std::io::Result<()> {
        let mut pages = self.packed.as_ref().unwrap().lock().unwrap();
        let page = pages.entry(target.to_owned()).or_insert_with(|| {
            let mut plain = Vec::new();
            self.write_page(target, &mut plain).unwrap();
            let body = plain.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4;
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            packer.write_all(&plain[body..]).unwrap();
            packer.finish().unwrap()
        });
        write!(out, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n")?;
        write!(out, "Content-Length: {}\r\n\r\n", page.len())?;
        out.write_all(page)
    }

    /// The rows from a number on, or the rows after an id.
    fn write_page(&self, target: &str, out: &mut impl Write) -> std::io::Result<()> {
        let after = target.split("ObjectID%20%3E%20").nth(1).and_then(|rest| rest.split('%').next());
        let before = after.and_then(|id| id.parse::<u64>().ok()).map_or(0, |id| id + 1 - FIRST);
        let (start, size) = (number(target, "start"), number(target, "pagesize").min(self.page));
        let first = before + start;
        let numbers = first..(first + size).min(self.rows + 1).max(first);
        let made: Vec<Vec<String>>;
        let rows = match target.contains("EmailAddress") {
            true => {
                made = (1..=self.page.min(self.rows)).map(|number| row(self.shape, number, true)).collect();
                &made
            }
            false => &self.canned,
        };
        let rows = numbers.zip(rows.iter().cycle().skip((first as usize - 1) % rows.len()));
        let head = format!(
            r#"{{"QueryResult": {{"_rallyAPIMajor": "2", "_rallyAPIMinor": "0", "Errors": [], "Warnings": [], "TotalResultCount": {}, "StartIndex": {start}, "PageSize": {size}, "Results": ["#,
            self.rows - before
        );
        let ids = |row: &[String]| 10 * (row.len() - 1);
        let lengths = rows.clone().map(|(_, row)| row.iter().map(String::len).sum::<usize>() + ids(row) + 1);
        begin(out, head.len() + lengths.sum::<usize>().saturating_sub(1) + "]}}".len())?;
        out.write_all(head.as_bytes())?;
        let mut comma = "";
        for (number, row) in rows {
            let id = (FIRST - 1 + number).to_string();
            out.write_all(comma.as_bytes())?;
            for (place, part) in row.iter().enumerate() {
                out.write_all(if place > 0 { id.as_bytes() } else { b"" })?;
                out.write_all(part.as_bytes())?;
            }
            comma = ",";
        }
        out.write_all(b"]}}")
    }
}
