//! Applies a fault to an answer.

use super::fault::{Break, Edit, Fault, Instead};
use super::reply::{Delivery, Reply, Step, failed, gzip};

impl Fault {
    pub(super) fn expires_tokens(&self) -> bool {
        self.expire
    }

    /// `true` if the server acts on the request.
    pub(super) fn acts(&self) -> bool {
        let early = matches!(self.broken, Some(Break::BeforeHeaders | Break::InHeaders));
        // What did not arrive cannot be done.
        let arrived = self.broken != Some(Break::Sending);
        arrived && (self.after_acting || (self.instead.is_none() && !early))
    }

    /// Returns the answer under this fault. `own` is the server's, if it has acted.
    pub(super) fn reply(&self, own: Option<Reply>, method: &str, path: &str) -> Reply {
        let mut reply = match (&self.instead, own) {
            (Some(Instead::Status(status)), _) => Reply::page(*status, path, phrase(*status)),
            (Some(Instead::Errors(lines)), _) => failed(method, path, lines),
            (None, Some(own)) => own,
            // Faults this early show nothing of a body.
            (None, None) => Reply::new(200, super::request::JSON, ""),
        };
        if let Some(body) = &self.body {
            reply.body.clone_from(body);
        }
        for (name, value) in &self.headers {
            reply = reply.with(name, value);
        }
        if let Some(Edit(edit)) = &self.edit {
            reply.body = edit(&String::from_utf8_lossy(&reply.body)).into_bytes();
        }
        if self.broken == Some(Break::Gzip) {
            let whole = gzip(&reply.body);
            reply.body = whole.get(..whole.len() / 2).unwrap_or_default().to_vec();
            reply = reply.with("Content-Encoding", "gzip");
        }
        if self.broken == Some(Break::Text) {
            reply.body.truncate(reply.body.len() / 2);
        }
        reply
    }

    /// `true` if the answer may still be compressed: a fault inside the body must stay visible.
    pub(super) fn allows_gzip(&self) -> bool {
        self.broken != Some(Break::Gzip)
    }

    /// `true` if a status line is sent.
    pub(super) fn has_status(&self) -> bool {
        !matches!(self.broken, Some(Break::Sending | Break::BeforeHeaders))
    }

    /// Returns the reply's bytes with this fault applied.
    pub(super) fn deliver(&self, reply: Reply, close: bool, bodiless: bool) -> Delivery {
        let length = reply.body.len();
        let half = length / 2;
        let (front, back) = reply.body.split_at(half);
        let chunk = |part: &[u8]| [format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat();
        let with = |last: &str, body: &[u8]| {
            [reply.head(&format!("{last}\r\nConnection: close\r\n")), body.to_vec()].concat()
        };
        let chunked = "Transfer-Encoding: chunked";
        let bytes = match self.broken {
            None | Some(Break::Gzip | Break::Text) => None,
            Some(Break::Sending | Break::BeforeHeaders) => Some(Vec::new()),
            Some(Break::InHeaders) => {
                let head = reply.head("");
                Some(head.get(..head.len() / 2).unwrap_or_default().to_vec())
            }
            Some(Break::InBody) => Some(with(&format!("Content-Length: {}", length.max(1)), front)),
            Some(Break::LongLength) => {
                Some(with(&format!("Content-Length: {}", length.saturating_add(100)), &reply.body))
            }
            Some(Break::ShortLength) => Some(with(&format!("Content-Length: {half}"), &reply.body)),
            Some(Break::Chunking) => {
                Some(with(chunked, &[chunk(front), b"half\r\n".to_vec(), back.to_vec()].concat()))
            }
            Some(Break::LastChunk) => Some(with(chunked, &[chunk(front), chunk(back)].concat())),
        };
        let mut delivery = match (bytes, self.drip) {
            (Some(bytes), None) => Delivery { steps: vec![Step::Send(bytes)], close: true },
            (Some(bytes), Some((size, pause))) => {
                Delivery { steps: vec![Step::Drip(bytes, size, pause)], close: true }
            }
            (None, None) => reply.deliver(close, bodiless),
            (None, Some((size, pause))) => {
                let body = if bodiless { Vec::new() } else { reply.body.clone() };
                let mut delivery = reply.deliver(close, true);
                delivery.steps.push(Step::Drip(body, size, pause));
                delivery
            }
        };
        if !self.delay.is_zero() {
            delivery.steps.insert(0, Step::Wait(self.delay));
        }
        delivery
    }
}

fn phrase(status: u16) -> &'static str {
    match status {
        401 => "The username or password you entered is incorrect.",
        _ => super::reply::phrase(status),
    }
}
