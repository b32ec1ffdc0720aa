//! Requests, responses, what sends them, and what takes long answers as they arrive.

use crate::error::Result;
use std::borrow::Cow;
use std::io::Read;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
    Put,
    Delete,
}

impl Method {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
        }
    }
}

/// A request, as sent.
#[derive(Debug)]
pub(crate) struct Request<'b> {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) headers: Vec<(Cow<'static, str>, String)>,
    pub(crate) body: Body<'b>,
    /// The timeout, if it differs from that of the settings.
    pub(crate) timeout: Option<Duration>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Body<'b> {
    None,
    /// Form-encoded, for queries too long for a URL.
    Form(&'b str),
    Json(&'b [u8]),
    Upload(&'b Upload),
}

impl Body<'_> {
    pub(crate) fn len(&self) -> u64 {
        match self {
            Body::None => 0,
            Body::Form(text) => text.len() as u64,
            Body::Json(json) => json.len() as u64,
            Body::Upload(upload) => upload.len,
        }
    }
}

/// A JSON body read while it is sent, for contents too large for memory. Opened again for each attempt.
pub(crate) struct Upload {
    pub(crate) len: u64,
    pub(crate) open: Box<dyn Fn() -> Result<Box<dyn Read>> + Send + Sync>,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upload").field("len", &self.len).finish_non_exhaustive()
    }
}

/// A response, read to its end.
#[derive(Debug, Default)]
pub(crate) struct Response {
    pub(crate) status: u16,
    /// Names in lower case, in the order received.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// Returns the first header of this (lower-case) name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// The network. Tests replace it.
pub(crate) trait Transport: Send + Sync {
    fn send(&self, request: &Request<'_>) -> Result<Response>;

    /// The same, but the body of a successful answer goes to the receiver as it arrives, and is not in the
    /// response.
    fn stream(&self, request: &Request<'_>, receiver: &mut dyn Receiver) -> Result<Response> {
        let mut response = self.send(request)?;
        if (200..300).contains(&response.status) {
            let body = std::mem::take(&mut response.body);
            receiver.begin(body.len())?;
            receiver.piece(&body)?;
        }
        Ok(response)
    }

    /// The exchanges of a cassette that were not asked for; empty without a cassette.
    fn unused(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Takes the body of an answer as it arrives.
pub(crate) trait Receiver {
    /// Called before the first piece of each successful answer: earlier pieces are void. Gets the number of bytes
    /// to come, up to the limit for allocating in advance; 0 if the server does not say.
    fn begin(&mut self, len: usize) -> Result<()>;

    fn piece(&mut self, piece: &[u8]) -> Result<()>;

    /// `true` if it cannot start over.
    fn is_spent(&self) -> bool;
}

/// The most memory to allocate on the server's word alone.
pub(crate) const MOST_AHEAD: usize = 64 << 20;
