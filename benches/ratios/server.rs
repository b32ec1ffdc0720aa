//! A trivial server on loopback: canned pages, single objects, a delay before each answer. It parses
//! nothing but the request line, so that what is measured is the client.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

pub(crate) struct Server {
    address: String,
    shared: Arc<Shared>,
}

struct Shared {
    rows: u64,
    page: u64,
    /// One page of rows without an end of numbers: every page has the same rows but for their ids.
    canned: Vec<Vec<u8>>,
    latency: Duration,
    requests: AtomicU64,
}

/// The middle of a row of about 1.3 KB, as the server writes one when twenty fields are fetched.
const MIDDLE: &str = r#""_refObjectName": "Payments page rejects cards of eight digits", "FormattedID": "DE10712", "Name": "Payments page rejects cards of eight digits", "Description": "<p>Steps: open the page, enter a card, press <b>Pay</b>. Expected: paid. Seen: \"card unknown\".<\/p>", "Notes": "", "CreationDate": "2026-01-05T10:22:31.119Z", "LastUpdateDate": "2026-02-18T08:00:00.000Z", "State": "Open", "ScheduleState": "In-Progress", "Priority": "High Attention", "Severity": "Major Problem", "Blocked": false, "PlanEstimate": 5.0, "TaskActualTotal": 0.0, "c_RiskScore": 3, "Owner": {"_rallyAPIMajor": "2", "_rallyAPIMinor": "0", "_ref": "https://rally.example/slm/webservice/v2.0/user/{owner}", "_refObjectUUID": "5d1b1d6e-26f2-4a5c-a9b5-2a3f0f5e1b11", "_refObjectName": "Ann Archer", "_type": "User"}, "Project": {"_rallyAPIMajor": "2", "_rallyAPIMinor": "0", "_ref": "https://rally.example/slm/webservice/v2.0/project/{project}", "_refObjectUUID": "0f5e1b11-26f2-4a5c-a9b5-5d1b1d6e2a3f", "_refObjectName": "Payments and Billing", "Name": "Payments and Billing", "Owner": {"_rallyAPIMajor": "2", "_rallyAPIMinor": "0", "_ref": "https://rally.example/slm/webservice/v2.0/user/{lead}", "_refObjectName": "Bo", "_type": "User"}, "_type": "Project"}, "_type": "Defect"}"#;

const USER: &str = r#""UserName": "ann@x.example", "EmailAddress": "ann@x.example","#;

fn row(id: u64, replayed: bool) -> String {
    let (owner, project) = (1 + id % 40, 101 + id % 25);
    let mut middle = MIDDLE
        .replace("{owner}", &owner.to_string())
        .replace("{project}", &project.to_string())
        .replace("{lead}", &(1 + project % 40).to_string());
    if replayed {
        middle = middle
            .replace(r#""_refObjectName": "Ann Archer","#, USER)
            .replace(r#""_refObjectName": "Bo","#, USER);
    }
    format!(
        r#"{{"_rallyAPIMajor": "2", "_rallyAPIMinor": "0", "_objectVersion": "7", "_ref": "https://rally.example/slm/webservice/v2.0/defect/{id}", "_refObjectUUID": "2a3f0f5e-26f2-4a5c-a9b5-5d1b1d6e1b11", "ObjectID": {id}, {middle}"#
    )
}

fn page(first: u64, len: u64, total: u64, size: u64, replayed: bool) -> Vec<u8> {
    let rows: Vec<String> = (first..first + len).map(|id| row(id, replayed)).collect();
    let head = format!(
        r#"{{"QueryResult": {{"_rallyAPIMajor": "2", "_rallyAPIMinor": "0", "Errors": [], "Warnings": [], "TotalResultCount": {total}, "StartIndex": {first}, "PageSize": {size}, "Results": ["#
    );
    format!("{head}{}]}}}}", rows.join(", ")).into_bytes()
}

impl Server {
    /// Serves `rows` rows in pages of `page`. Four pages are made and come round again and again.
    pub(crate) fn start(rows: u64, page_size: u64, latency: Duration) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let whole = page_size.min(rows);
        let canned = (0..4).map(|k| page(1 + k * whole, whole, rows, page_size, false)).collect();
        let shared = Arc::new(Shared { rows, page: page_size, canned, latency, requests: AtomicU64::new(0) });
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
        let made;
        let body: &[u8] = match shared.canned(target) {
            Some(canned) => canned,
            None => {
                made = shared.made(target);
                &made
            }
        };
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        if stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).is_err() {
            return;
        }
    }
}

fn number(target: &str, name: &str) -> u64 {
    let after = target.split(['?', '&']).find_map(|p| p.strip_prefix(name)?.strip_prefix('='));
    after.and_then(|n| n.parse().ok()).unwrap_or(1)
}

impl Shared {
    /// A whole page of the usual fetch.
    fn canned(&self, target: &str) -> Option<&[u8]> {
        let start = number(target, "start");
        let whole = start + self.page - 1 <= self.rows && number(target, "pagesize") >= self.page;
        let usual = target.contains("/defect?") && !target.contains("EmailAddress");
        let index = (start - 1) / self.page;
        self.canned.get((index % 4) as usize).filter(|_| whole && usual).map(Vec::as_slice)
    }

    fn made(&self, target: &str) -> Vec<u8> {
        let path = target.split('?').next().unwrap_or_default();
        let id = path.rsplit('/').next().unwrap_or_default();
        match path {
            _ if path.contains("/user/") => {
                format!(r#"{{"User": {{"_ref": "/user/{id}", {USER} "Errors": []}}}}"#).into_bytes()
            }
            _ if path.contains("/project/") => format!(
                r#"{{"Project": {{"_ref": "/project/{id}", "Name": "P", "Owner": {{"_ref": "/user/{}"}}, "Errors": []}}}}"#,
                1 + id.parse::<u64>().unwrap_or(0) % 40
            )
            .into_bytes(),
            _ => {
                let (start, size) = (number(target, "start"), number(target, "pagesize").min(self.page));
                let len = size.min((self.rows + 1).saturating_sub(start));
                page(start, len, self.rows, size, target.contains("EmailAddress"))
            }
        }
    }
}
