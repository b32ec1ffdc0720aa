//! Requests off the wire, strict in what they say of their own length.

use std::io::{Read, Write};

const LARGEST_HEAD: usize = 64 << 10;
/// An attachment of 50 MB in base64, its JSON, and some room.
const LARGEST_BODY: usize = 72 << 20;
const LONGEST_CHUNK_LINE: usize = 4 << 10;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) headers: Vec<(String, String)>,
    /// Whether the connection ends with this request.
    pub(super) close: bool,
    framing: Framing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    Length(usize),
    Chunked,
}

impl Head {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    pub(super) fn has_body(&self) -> bool {
        self.framing != Framing::Length(0)
    }
}

/// Why there is no request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// The connection ended or failed: there is nobody to tell.
    Gone,
    /// To be answered with this status, then closed: what follows cannot be told apart.
    Refused(u16),
}

/// A connection with what was read ahead of the request at hand.
pub(super) struct Wire<S> {
    pub(super) stream: S,
    ahead: Vec<u8>,
    /// How much of `ahead` is used up.
    at: usize,
}

impl<S: Read + Write> Wire<S> {
    pub(super) fn new(stream: S) -> Wire<S> {
        Wire { stream, ahead: Vec::new(), at: 0 }
    }

    /// The next request up to its body.
    pub(super) fn head(&mut self) -> Result<Head, Broken> {
        // Whole lines only are worth a look, or a slow sender costs a parse a byte.
        let mut look = !self.rest().is_empty();
        loop {
            let found = if look { parse(self.rest())? } else { None };
            if let Some((head, length)) = found.filter(|(_, length)| *length <= LARGEST_HEAD) {
                self.at += length;
                return Ok(head);
            }
            if self.rest().len() > LARGEST_HEAD {
                return Err(Broken::Refused(431));
            }
            let before = self.rest().len();
            if self.more()? == 0 {
                return Err(if before == 0 { Broken::Gone } else { Broken::Refused(400) });
            }
            look = before == 0 || self.rest().get(before..).is_some_and(|new| new.contains(&b'\n'));
        }
    }

    /// The body that belongs to the head.
    pub(super) fn body(&mut self, head: &Head) -> Result<Vec<u8>, Broken> {
        if head.has_body() && head.header("expect").is_some_and(|e| e.eq_ignore_ascii_case("100-continue")) {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").map_err(|_| Broken::Gone)?;
        }
        let mut body = Vec::new();
        match head.framing {
            Framing::Length(length) => self.exactly(length, &mut body)?,
            Framing::Chunked => self.chunks(&mut body)?,
        }
        Ok(body)
    }

    fn chunks(&mut self, body: &mut Vec<u8>) -> Result<(), Broken> {
        loop {
            let line = self.line()?;
            let size = match httparse::parse_chunk_size(&line) {
                Ok(httparse::Status::Complete((_, size))) => usize::try_from(size).unwrap_or(usize::MAX),
                _ => return Err(Broken::Refused(400)),
            };
            if size > LARGEST_BODY - body.len().min(LARGEST_BODY) {
                return Err(Broken::Refused(413));
            }
            if size == 0 {
                break;
            }
            self.exactly(size, body)?;
            if !matches!(self.line()?.as_slice(), b"\r\n" | b"\n") {
                return Err(Broken::Refused(400));
            }
        }
        // Trailers say nothing that is needed here.
        for _ in 0..100 {
            if matches!(self.line()?.as_slice(), b"\r\n" | b"\n") {
                return Ok(());
            }
        }
        Err(Broken::Refused(400))
    }

    fn line(&mut self) -> Result<Vec<u8>, Broken> {
        let mut seen = 0;
        loop {
            let rest = self.rest();
            if let Some(end) = rest.get(seen..).and_then(|new| new.iter().position(|b| *b == b'\n')) {
                let line = rest.get(..=seen + end).unwrap_or_default().to_vec();
                self.at += line.len();
                return Ok(line);
            }
            seen = rest.len();
            if seen > LONGEST_CHUNK_LINE {
                return Err(Broken::Refused(400));
            }
            if self.more()? == 0 {
                return Err(Broken::Gone);
            }
        }
    }

    /// Takes bytes read ahead first, then straight from the stream: a large body is copied once.
    fn exactly(&mut self, count: usize, into: &mut Vec<u8>) -> Result<(), Broken> {
        let here = self.rest().get(..count).unwrap_or(self.rest());
        let missing = count - here.len();
        into.extend_from_slice(here);
        self.at += count - missing;
        let read = Read::by_ref(&mut self.stream)
            .take(missing as u64)
            .read_to_end(into)
            .map_err(|_| Broken::Gone)?;
        if read == missing { Ok(()) } else { Err(Broken::Gone) }
    }

    fn rest(&self) -> &[u8] {
        self.ahead.get(self.at..).unwrap_or_default()
    }

    /// Reads what has arrived; 0 at the end.
    fn more(&mut self) -> Result<usize, Broken> {
        self.ahead.drain(..self.at.min(self.ahead.len()));
        self.at = 0;
        let mut chunk = [0; 16 << 10];
        loop {
            match self.stream.read(&mut chunk) {
                Ok(read) => {
                    self.ahead.extend_from_slice(chunk.get(..read).unwrap_or_default());
                    return Ok(read);
                }
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => return Err(Broken::Gone),
            }
        }
    }
}

/// A head and its length, or nothing while more is to come.
fn parse(bytes: &[u8]) -> Result<Option<(Head, usize)>, Broken> {
    let mut headers = [httparse::EMPTY_HEADER; 100];
    let mut parsed = httparse::Request::new(&mut headers);
    let length = match parsed.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(Broken::Refused(431)),
        Err(_) => return Err(Broken::Refused(400)),
    };
    let text = |v: &[u8]| String::from_utf8_lossy(v).into_owned();
    let headers: Vec<(String, String)> =
        parsed.headers.iter().map(|h| (h.name.to_owned(), text(h.value))).collect();
    let framing = framing(&headers)?;
    let mut head = Head {
        method: parsed.method.unwrap_or_default().to_owned(),
        target: parsed.path.unwrap_or_default().to_owned(),
        headers,
        close: false,
        framing,
    };
    let connection = head.header("connection").unwrap_or_default().to_ascii_lowercase();
    head.close = match parsed.version {
        Some(0) => !connection.contains("keep-alive"),
        _ => connection.contains("close"),
    };
    Ok(Some((head, length)))
}

/// Two lengths that differ, or a length beside chunks, mean that two readers would see two requests.
fn framing(headers: &[(String, String)]) -> Result<Framing, Broken> {
    let all = |name: &'static str| {
        headers.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.trim())
    };
    let mut lengths = all("content-length");
    let mut codings = all("transfer-encoding");
    let framing = match (lengths.next(), codings.next()) {
        (None, None) => Framing::Length(0),
        (None, Some(coding)) if coding.eq_ignore_ascii_case("chunked") => Framing::Chunked,
        (None, Some(_)) => return Err(Broken::Refused(501)),
        (Some(_), Some(_)) => return Err(Broken::Refused(400)),
        (Some(length), None) => {
            let digits = !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit());
            if !digits || lengths.any(|other| other != length) {
                return Err(Broken::Refused(400));
            }
            match length.parse() {
                Ok(length) if length <= LARGEST_BODY => Framing::Length(length),
                _ => return Err(Broken::Refused(413)),
            }
        }
    };
    if codings.next().is_some() { Err(Broken::Refused(400)) } else { Ok(framing) }
}
