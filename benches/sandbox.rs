//! How many rows per second the sandbox serves over loopback: six attributes, pages of 2000, a different filter for each
//! request, with and without a write before each. `cargo bench --bench sandbox`

use rally_wsapi::sandbox::Sandbox;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

const SERVICE: &str = "/slm/webservice/v2.0";
const FETCH: &str = "FormattedID,Name,State,Severity,PlanEstimate,CreationDate";
const NESTED: &str = "FormattedID,Name,State,Owner,Project,CreationDate";

const SET: &str = r#"{
  "Subscription": [{"ObjectID": 1, "Name": "Bench"}],
  "Workspace": [{"ObjectID": 2, "Name": "W"}],
  "Project": [{"ObjectID": 3, "Name": "P", "Workspace": "@workspace/2"}],
  "User": [{"ObjectID": 21, "UserName": "ann@sandbox.example", "DisplayName": "Ann", "SubscriptionAdmin": true}],
  "Recipes": [{"Type": "Defect", "Count": 20000, "FirstObjectID": 1001, "Fields": {"Project": "@project/3", "Name": "Defect {n} of many"},
    "Turns": {"State": ["Open", "Fixed"], "Severity": ["Cosmetic", "None", "Major Problem"], "Owner": ["@user/21", null], "PlanEstimate": [1, 2.5, null]},
    "Hourly": {"CreationDate": "2024-01-01T00:00:00.000Z"}}]
}"#;

struct Wire {
    stream: BufReader<TcpStream>,
    key: String,
    body: Vec<u8>,
}

impl Wire {
    fn ask(&mut self, method: &str, path: &str, body: &str) -> &[u8] {
        let head = format!(
            "{method} {SERVICE}{path} HTTP/1.1\r\nHost: bench\r\nZSESSIONID: {}\r\nContent-Length: {}\r\n\r\n{body}",
            self.key,
            body.len()
        );
        self.stream.get_mut().write_all(head.as_bytes()).unwrap();
        let (mut length, mut line) = (0, String::new());
        loop {
            line.clear();
            self.stream.read_line(&mut line).unwrap();
            if line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        self.body.resize(length, 0);
        self.stream.read_exact(&mut self.body).unwrap();
        &self.body
    }
}

/// Rows per second, and bytes per row, over at least a second.
fn measure(wire: &mut Wire, fetch: &str, order: &str, write: bool) -> (f64, usize) {
    let (mut rows, mut bytes, mut spent) = (0, 0, Duration::ZERO);
    let mut round = 0;
    while spent < Duration::from_secs(2) {
        round += 1;
        if write {
            let body = format!("{{\"Defect\": {{\"PlanEstimate\": {round}}}}}");
            wire.ask("POST", "/defect/1001?fetch=Name", &body);
        }
        // About ten thousand of twenty thousand match it; two thousand of them make the page.
        let query = format!("((State%20=%20Open)%20AND%20(ObjectID%20%3E%20{round}))");
        let path = format!("/defect?fetch={fetch}&order={order}&pagesize=2000&query={query}");
        #[expect(clippy::disallowed_methods, reason = "measures")]
        let begun = Instant::now();
        let body = wire.ask("GET", &path, "");
        spent += begun.elapsed();
        let head = String::from_utf8_lossy(body.get(..400).unwrap_or(body));
        assert!(head.contains("\"TotalResultCount\":10000,"), "{head}");
        rows += 2_000;
        bytes += body.len();
    }
    (f64::from(rows) / spent.as_secs_f64(), bytes / usize::try_from(rows).unwrap())
}

fn main() {
    let folder = std::env::temp_dir().join(format!("rally-wsapi-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("set.json"), SET).unwrap();
    let sandbox = Sandbox::builder().seed(&folder).start().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let address = sandbox.url().trim_start_matches("http://").trim_end_matches("/slm").to_owned();
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut wire = Wire {
        stream: BufReader::with_capacity(1 << 20, stream),
        key: sandbox.api_key().to_owned(),
        body: Vec::new(),
    };
    for (what, fetch, order, write) in [
        ("six plain attributes, a filter each", FETCH, "ObjectID", false),
        ("the same after a write each", FETCH, "ObjectID", true),
        ("two of them objects", NESTED, "ObjectID", false),
        ("sorted by name", FETCH, "Name%20DESC,ObjectID", false),
    ] {
        let (rows, bytes) = measure(&mut wire, fetch, order, write);
        println!("{what:<40} {rows:>10.0} rows/s  {bytes:>5} bytes a row");
    }
}
