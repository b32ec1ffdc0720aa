//! A small world behind a loopback server that counts requests: rows that refer to users and projects, answered
//! with the names of the fetch at every depth, as the real server does.
#![allow(dead_code)]

use rally_wsapi::{Config, ConfigBuilder, Rally};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The number of objects of each kind.
#[derive(Clone, Copy)]
pub(crate) struct World {
    pub(crate) rows: u64,
    pub(crate) owners: u64,
    pub(crate) projects: u64,
    pub(crate) max_page: u64,
}

impl World {
    fn object(&self, kind: &str, id: u64) -> Map<String, Value> {
        let reference = |kind: &str, id: u64| json!({"@": [kind, id]});
        let mut all = Map::new();
        let mut set = |name: &str, value: Value| drop(all.insert(name.to_owned(), value));
        set("ObjectID", id.into());
        match kind {
            "Defect" => {
                set("Name", format!("Defect {id}").into());
                set("FormattedID", format!("DE{id}").into());
                set("PlanEstimate", (id % 8).into());
                set("Owner", reference("User", 1 + id % self.owners));
                let project = reference("Project", 1 + id % self.projects);
                set("Project", if id % 101 == 100 { Value::Null } else { project });
                set("c_RiskScore", (id % 5).into());
                let tasks = json!({"_ref": format!("/Defect/{id}/Tasks"), "_type": "Task", "Count": id % 3});
                set("Tasks", tasks);
            }
            "User" => {
                set("UserName", format!("u{id}").into());
                set("EmailAddress", format!("u{id}@x.example").into());
                set("Phone", Value::Null);
            }
            "Project" => {
                set("Name", format!("Project {id}").into());
                set("Owner", reference("User", 1 + (id * 7) % self.owners));
                set("Parent", if id == 1 { Value::Null } else { reference("Project", id / 2) });
            }
            _ => {
                set("Name", format!("{kind} {id}").into());
            }
        }
        all
    }

    /// `fetch`: `None` for all fields, with nested objects as references only.
    fn shown(&self, kind: &str, id: u64, fetch: Option<&[String]>) -> Map<String, Value> {
        let mut out = self.stub(kind, id);
        for (name, value) in self.object(kind, id) {
            if !fetch.is_none_or(|names| names.iter().any(|n| n.eq_ignore_ascii_case(&name))) {
                continue;
            }
            let value = match value.get("@").and_then(Value::as_array) {
                Some(target) => {
                    let (kind, id) = (target[0].as_str().unwrap(), target[1].as_u64().unwrap());
                    match fetch {
                        Some(_) => self.shown(kind, id, fetch).into(),
                        None => self.stub(kind, id).into(),
                    }
                }
                None => value,
            };
            out.insert(name, value);
        }
        out
    }

    fn stub(&self, kind: &str, id: u64) -> Map<String, Value> {
        let stub = json!({"_rallyAPIMajor": "2", "_rallyAPIMinor": "0", "_type": kind,
            "_ref": format!("https://rally.example/slm/webservice/v2.0/{}/{id}", kind.to_lowercase()),
            "_refObjectName": format!("{kind} {id}")});
        stub.as_object().unwrap().clone()
    }

    fn answer(&self, path: &str, params: &HashMap<String, String>) -> Value {
        let fetch: Option<Vec<String>> = match params.get("fetch").map(String::as_str) {
            Some("true") => None,
            Some(list) => Some(list.split(',').map(str::to_owned).collect()),
            None => Some(Vec::new()),
        };
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let result = |total: u64, start: u64, size: u64, rows: Vec<Value>| {
            json!({"QueryResult": {"Errors": [], "Warnings": [], "TotalResultCount": total,
                "StartIndex": start, "PageSize": size, "Results": rows}})
        };
        match parts.as_slice() {
            ["user"] => {
                let profile = json!({"_ref": "/userprofile/1", "DefaultWorkspace": {"_ref": "/workspace/1"},
                    "DefaultProject": {"_ref": "/project/1", "_refObjectName": "Project 1"}});
                json!({"User": {"_ref": "/user/1", "UserName": "u1", "UserProfile": profile, "Errors": []}})
            }
            ["defect"] => {
                let number = |name: &str| params.get(name).and_then(|n| n.parse::<u64>().ok()).unwrap_or(1);
                let (start, size) = (number("start"), number("pagesize").min(self.max_page));
                let first = after(params) + start;
                let ids = first..=(first + size - 1).min(self.rows);
                let rows = ids.map(|id| self.shown("Defect", id, fetch.as_deref()).into()).collect();
                result(self.rows - after(params), start, size, rows)
            }
            [kind, id] => {
                let kind =
                    ["Defect", "User", "Project"].into_iter().find(|k| k.to_lowercase() == *kind).unwrap();
                let mut fields = self.shown(kind, id.parse().unwrap(), None);
                fields.remove("_type");
                fields.insert("Errors".to_owned(), json!([]));
                json!({ kind: fields })
            }
            _ => {
                json!({"OperationResult": {"Errors": [format!("Requested type name \"{path}\" is unknown.")]}})
            }
        }
    }
}

/// The ObjectID after which rows are requested, 0 for all.
pub(crate) fn after(params: &HashMap<String, String>) -> u64 {
    let query = params.get("query").map_or("", String::as_str);
    let id = query.split("(ObjectID > ").nth(1).and_then(|rest| rest.split(')').next());
    id.map_or(0, |id| id.parse().unwrap())
}

/// The requests so far, as `/defect?fetch=Name&start=1`, decoded, with parameters in the order in which they were sent.
pub(crate) type Log = Arc<Mutex<Vec<String>>>;

/// An answer cut short.
pub(crate) const CUT: &str = r#"{"QueryResult": {"Errors": ["#;

/// A test's replacement for an answer: `Some` is sent instead.
pub(crate) type Fault = dyn Fn(&str, &HashMap<String, String>) -> Option<Value> + Send + Sync;

/// Serves on loopback, one thread per connection. Unlike a mock it may be dropped while it answers.
pub(crate) struct Server {
    url: String,
}

impl Server {
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

pub(crate) fn serve(world: World, fault: Arc<Fault>) -> (Server, Log) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let log = Log::default();
    let entries = log.clone();
    let reply = Arc::new(move |target: &str, form: &str| {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let pairs = query.split('&').chain(form.split('&')).filter(|p| !p.is_empty());
        let plain = |t: &str| percent_encoding::percent_decode_str(t).decode_utf8().unwrap().into_owned();
        let pairs = pairs.map(|p| p.split_once('=').unwrap()).map(|(n, v)| (plain(n), plain(v)));
        let pairs: Vec<_> = pairs.collect();
        let path = path.strip_prefix("/slm/webservice/v2.0").unwrap_or(path);
        let shown: Vec<_> = pairs.iter().map(|(n, v)| format!("{n}={v}")).collect();
        entries.lock().unwrap().push(format!("{path}?{}", shown.join("&")));
        let params = pairs.into_iter().collect();
        match fault(path, &params) {
            // Sent unchanged; it need not be JSON.
            Some(Value::String(text)) => text,
            Some(other) => other.to_string(),
            None => world.answer(path, &params).to_string(),
        }
    });
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let reply = reply.clone();
            std::thread::spawn(move || connection(stream, &*reply));
        }
    });
    (Server { url }, log)
}

/// Until the client closes the connection.
fn connection(mut stream: TcpStream, reply: &dyn Fn(&str, &str) -> String) {
    stream.set_nodelay(true).unwrap();
    let mut input = BufReader::new(stream.try_clone().unwrap());
    loop {
        let (mut head, mut line) = (Vec::new(), String::new());
        while input.read_line(&mut line).is_ok_and(|read| read > 0) && line != "\r\n" {
            head.push(std::mem::take(&mut line));
        }
        let Some(target) = head.first().and_then(|first| first.split(' ').nth(1)) else { return };
        let lengths = head.iter().filter_map(|line| line.split_once(": "));
        let length = lengths.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let length = length.map(|(_, value)| value.trim().parse().unwrap()).next().unwrap_or(0);
        let mut form = vec![0; length];
        if input.read_exact(&mut form).is_err() {
            return;
        }
        let body = reply(target, &String::from_utf8(form).unwrap());
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

pub(crate) fn settings(server: &Server) -> ConfigBuilder {
    Config::builder()
        .project("null")
        .server(server.url())
        .api_key("_test_key")
        .retry_delay(Duration::from_millis(1))
}

pub(crate) fn client(server: &Server) -> Rally {
    Rally::new(settings(server).build().unwrap()).unwrap()
}
