//! An in-process WSAPI server on loopback, to test scripts without an account.
//!
//! It models reading: types and collections with query, fetch, order, paging and scope, single objects by
//! ObjectID and UUID, `/user`, `/subscription` and `/artifact`. Writing, the schema and attachments are not modelled yet
//! and are answered with an error that says so. Where the real server is uncertain, the stricter reading holds.

mod answer;
mod apply;
mod convert;
mod eval;
mod fetch;
mod file;
mod history;
mod link;
mod list;
mod load;
mod meta;
mod model;
mod order;
mod plan;
mod reader;
mod recipe;
mod refs;
mod render;
mod schema;
mod scope;
mod see;
mod socket;
mod store;
mod time;
mod write;
mod write_json;

use self::answer::{Answer, Asked, answer};
use self::socket::{Head, Reply, serve};
use self::store::Store;
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::rally::Rally;
use base64::Engine;
use percent_encoding::percent_decode_str;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

const API_KEY: &str = "_sandbox_key";
const USER: &str = "ann@sandbox.example";
const PASSWORD: &str = "sandbox";
const SERVICE: &str = "/slm/webservice/v2.0";

/// A running server. Dropping it stops it.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    url: String,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// A request the sandbox has answered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recorded {
    /// `GET`, or what was tunnelled as such.
    pub method: String,
    /// Below the service's root, as `/defect/12`.
    pub path: String,
    /// Decoded, in the order received.
    pub params: Vec<(String, String)>,
    /// The status of the answer.
    pub status: u16,
}

/// What all connections share.
#[derive(Debug)]
struct Shared {
    store: RwLock<Store>,
    origin: String,
    caller: i64,
    latency: Duration,
    max_page: usize,
    stop: AtomicBool,
    requests: Mutex<Vec<Recorded>>,
}

/// Options of a sandbox.
#[derive(Clone, Debug)]
#[must_use]
pub struct Builder {
    latency: Duration,
    max_page: usize,
    port: u16,
}

impl Builder {
    /// Waits so long before each answer.
    pub fn latency(mut self, latency: Duration) -> Builder {
        self.latency = latency;
        self
    }

    /// The largest page; larger ones asked for are clamped. 2000 as on the real server.
    pub fn max_page_size(mut self, rows: usize) -> Builder {
        self.max_page = rows.max(1);
        self
    }

    /// A fixed port; otherwise a free one is taken.
    pub fn port(mut self, port: u16) -> Builder {
        self.port = port;
        self
    }

    /// Starts to serve on 127.0.0.1.
    ///
    /// # Errors
    /// `Connection` where the port cannot be had.
    pub fn start(self) -> Result<Sandbox> {
        let refused = |e: std::io::Error| {
            Error::new(ErrorKind::Connection, format!("the sandbox cannot listen on port {}: {e}", self.port))
        };
        let listener = TcpListener::bind(("127.0.0.1", self.port)).map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let store = Store::built_in()?;
        let caller = store.user_named(USER).unwrap_or_default();
        let shared = Arc::new(Shared {
            store: RwLock::new(store),
            origin: format!("http://{address}/slm"),
            caller,
            latency: self.latency,
            max_page: self.max_page,
            stop: AtomicBool::new(false),
            requests: Mutex::default(),
        });
        let thread = std::thread::spawn({
            let shared = shared.clone();
            move || serve(&listener, &shared)
        });
        Ok(Sandbox { address, url: format!("http://{address}/slm"), shared, thread: Some(thread) })
    }
}

impl Sandbox {
    /// Starts a sandbox with the built-in data.
    ///
    /// # Errors
    /// `Connection` where no port can be had.
    pub fn start() -> Result<Sandbox> {
        Sandbox::builder().start()
    }

    /// A sandbox with options.
    pub fn builder() -> Builder {
        Builder { latency: Duration::ZERO, max_page: 2_000, port: 0 }
    }

    /// The server's address for a client, as `http://127.0.0.1:1234/slm`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The key the sandbox takes. It guards nothing.
    pub fn api_key(&self) -> &str {
        API_KEY
    }

    /// Settings for a client of this sandbox.
    ///
    /// # Errors
    /// None in practice: the settings are good.
    pub fn config(&self) -> Result<Config> {
        Config::builder().server(self.url()).api_key(API_KEY).build()
    }

    /// A client of this sandbox.
    ///
    /// # Errors
    /// None in practice: nothing is sent.
    pub fn rally(&self) -> Result<Rally> {
        Rally::new(self.config()?)
    }

    /// The requests answered so far.
    pub fn requests(&self) -> Vec<Recorded> {
        self.shared.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        // The listener waits in accept: a connection wakes it.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn reply(&self, head: &Head, body: &[u8]) -> Reply {
        std::thread::sleep(self.latency);
        let (path, query) = head.target.split_once('?').unwrap_or((&head.target, ""));
        let mut params = pairs(query);
        let mut method = head.method.clone();
        if method == "POST"
            && head.header("content-type").is_some_and(|t| t.starts_with("application/x-www-form-urlencoded"))
        {
            params.extend(pairs(&String::from_utf8_lossy(body)));
            if params.iter().any(|(n, v)| n == "_method" && v == "GET") {
                params.retain(|(n, _)| n != "_method");
                method = "GET".to_owned();
            }
        }
        let path = percent_decode_str(path).decode_utf8_lossy().into_owned();
        let below = path.strip_prefix(SERVICE).map(str::to_owned);
        let reply = match &below {
            _ if !authorised(head) => {
                page(401, "Error 401 The username or password you entered is incorrect.")
            }
            _ => {
                let asked = Asked {
                    method: &method,
                    path: path.strip_prefix("/slm").unwrap_or(&path),
                    params: &params,
                    body,
                    origin: &self.origin,
                    max_page: self.max_page,
                    caller: self.caller,
                    delete_lag: 0,
                };
                let Answer { status, content_type, location: _, body } = answer(&self.store, &asked);
                Reply { status, content_type, body }
            }
        };
        let recorded = Recorded { method, path: below.unwrap_or(path), params, status: reply.status };
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(recorded);
        reply
    }
}

fn page(status: u16, title: &str) -> Reply {
    let body =
        format!("<html>\n<head>\n<title>{title}</title>\n</head>\n<body><h2>{title}</h2></body>\n</html>\n");
    Reply { status, content_type: "text/html;charset=ISO-8859-1", body: body.into_bytes() }
}

fn authorised(head: &Head) -> bool {
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("{USER}:{PASSWORD}"));
    match head.header("zsessionid") {
        Some(key) => key == API_KEY,
        None => head.header("authorization").and_then(|a| a.strip_prefix("Basic ")) == Some(&basic),
    }
}

fn pairs(text: &str) -> Vec<(String, String)> {
    let plain = |t: &str| percent_decode_str(&t.replace('+', " ")).decode_utf8_lossy().into_owned();
    let pairs = text.split('&').filter(|p| !p.is_empty());
    pairs.map(|p| p.split_once('=').unwrap_or((p, ""))).map(|(n, v)| (plain(n), plain(v))).collect()
}

#[cfg(test)]
mod tests;
