//! The thin shell: HTTP over loopback, one thread a connection.

use super::Shared;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

const LARGEST_HEAD: usize = 64 << 10;
const LARGEST_BODY: usize = 16 << 20;

pub(super) struct Head {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) headers: Vec<(String, String)>,
}

impl Head {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }
}

pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) body: Vec<u8>,
}

/// Takes connections until told to stop; connections notice within their read timeout.
pub(super) fn serve(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut threads = Vec::new();
    for stream in listener.incoming() {
        if shared.stop.load(Ordering::Relaxed) {
            break;
        }
        let Ok(stream) = stream else { continue };
        let shared = shared.clone();
        threads.push(std::thread::spawn(move || connection(stream, &shared)));
        threads.retain(|t| !t.is_finished());
    }
    for thread in threads {
        let _ = thread.join();
    }
}

/// Any fault of the connection ends it: there is nobody to tell.
fn connection(mut stream: TcpStream, shared: &Shared) {
    let _ = stream.set_nodelay(true);
    if stream.set_read_timeout(Some(Duration::from_millis(50))).is_err() {
        return;
    }
    let mut pending = Vec::new();
    while let Some((head, body)) = request(&mut stream, &mut pending, shared) {
        let reply = match head {
            Some(head) => shared.reply(&head, &body),
            None => Reply {
                status: 400,
                content_type: "text/html;charset=ISO-8859-1",
                body: b"<title>Error 400</title>".to_vec(),
            },
        };
        let more = if reply.status == 400 { "close" } else { "keep-alive" };
        let authenticate =
            if reply.status == 401 { "WWW-Authenticate: Basic realm=\"Rally ALM\"\r\n" } else { "" };
        let head = format!(
            "HTTP/1.1 {} Answer\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: {more}\r\n{authenticate}\r\n",
            reply.status,
            reply.content_type,
            reply.body.len()
        );
        let mut out = head.into_bytes();
        out.extend_from_slice(&reply.body);
        if stream.write_all(&out).is_err() || reply.status == 400 {
            return;
        }
    }
}

type Request = (Option<Head>, Vec<u8>);

/// The next request; no head where it is malformed, nothing at the end of the connection.
fn request(stream: &mut TcpStream, pending: &mut Vec<u8>, shared: &Shared) -> Option<Request> {
    loop {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut parsed = httparse::Request::new(&mut headers);
        match parsed.parse(pending) {
            Ok(httparse::Status::Complete(length)) => {
                let text = |v: &[u8]| String::from_utf8_lossy(v).into_owned();
                let head = Head {
                    method: parsed.method.unwrap_or_default().to_owned(),
                    target: parsed.path.unwrap_or_default().to_owned(),
                    headers: parsed.headers.iter().map(|h| (h.name.to_owned(), text(h.value))).collect(),
                };
                let body = head.header("content-length").map_or(Some(0), |n| n.trim().parse::<usize>().ok());
                let Some(body) = body.filter(|n| *n <= LARGEST_BODY) else { return Some((None, Vec::new())) };
                while pending.len() < length + body {
                    more(stream, pending, shared)?;
                }
                let body = pending.get(length..length + body).unwrap_or_default().to_vec();
                pending.drain(..length + body.len());
                return Some((Some(head), body));
            }
            Ok(httparse::Status::Partial) if pending.len() <= LARGEST_HEAD => more(stream, pending, shared)?,
            _ => return Some((None, Vec::new())),
        }
    }
}

fn more(stream: &mut TcpStream, pending: &mut Vec<u8>, shared: &Shared) -> Option<()> {
    let mut chunk = [0; 8 << 10];
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => return None,
            Ok(read) => {
                pending.extend_from_slice(chunk.get(..read).unwrap_or_default());
                return Some(());
            }
            Err(e) if matches!(e.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                if shared.stop.load(Ordering::Relaxed) {
                    return None;
                }
            }
            Err(_) => return None,
        }
    }
}
