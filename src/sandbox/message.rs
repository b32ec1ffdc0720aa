//! Reads requests from a connection, and is strict about their length.

use std::io::{Read, Write};

const LARGEST_HEAD: usize = 64 << 10;
/// An attachment of 50 MB in base64, its JSON, and some reserve.
const LARGEST_BODY: usize = 72 << 20;
const LONGEST_CHUNK_LINE: usize = 4 << 10;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) headers: Vec<(String, String)>,
    /// `true` if the connection ends with this request.
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

/// Why a request could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// The connection ended or failed: no answer can be sent.
    Gone,
    /// Answer with this status, then close: the start of the next request is unknown.
    Refused(u16),
}

/// A connection, with what was read ahead of the current request.
pub(super) struct Wire<S> {
    pub(super) stream: S,
    ahead: Vec<u8>,
    /// How much of `ahead` is consumed.
    at: usize,
}

impl<S: Read + Write> Wire<S> {
    pub(super) fn new(stream: S) -> Wire<S> {
        Wire { stream, ahead: Vec::new(), at: 0 }
    }

    /// Reads the next request up to its body.
    pub(super) fn head(&mut self) -> Result<Head, Broken> {
        // Parse only after a complete line, or a slow sender would cost a parse per byte.
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

    /// Reads the body that belongs to the head.
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
        // Trailers are ignored.
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

    /// Takes bytes read ahead first, then reads straight from the stream, so that a large body is copied once.
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

/// Parses a head, with its length; `None` if more is to come.
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

/// Two different lengths, or a length with chunks, would make two readers see two different requests (request
/// smuggling).
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io;

    /// Yields its bytes in pieces of these sizes, repeatedly.
    struct Pieces {
        bytes: Vec<u8>,
        at: usize,
        sizes: Vec<usize>,
        turn: usize,
    }

    impl Read for Pieces {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let size =
                self.sizes[self.turn % self.sizes.len()].min(into.len()).min(self.bytes.len() - self.at);
            into[..size].copy_from_slice(&self.bytes[self.at..self.at + size]);
            self.at += size;
            self.turn += 1;
            Ok(size)
        }
    }

    impl Write for Pieces {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// All requests, and how it ended.
    fn requests(bytes: &[u8], sizes: &[usize]) -> (Vec<(Head, Vec<u8>)>, Broken) {
        let mut wire = Wire::new(Pieces { bytes: bytes.to_vec(), at: 0, sizes: sizes.to_vec(), turn: 0 });
        let mut all = Vec::new();
        loop {
            let next = wire.head().and_then(|head| wire.body(&head).map(|body| (head, body)));
            match next {
                Ok(request) => all.push(request),
                Err(end) => return (all, end),
            }
        }
    }

    /// Requests with a few faults.
    fn almost() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop::sample::select(vec![
            "GET /slm HTTP/1.1\r\n",
            "POST /slm/webservice/v2.0/defect/create?key=a HTTP/1.1\r\n",
            "GET / HTTP/1.0\r\n",
            "Content-Length: 3\r\n",
            "content-length: 0\r\n",
            "Content-Length: 18446744073709551616\r\n",
            "Transfer-Encoding: chunked\r\n",
            "Expect: 100-continue\r\n",
            "Connection: close\r\n",
            "Host: a\n",
            "\r\n",
            "\n",
            "abc",
            "3\r\nabc\r\n",
            "0\r\n\r\n",
            "a;b=c\r\n",
            "ffffffffffffffff\r\n",
            "\u{0}\u{ff}",
        ]);
        let pieces = prop::collection::vec(piece, 0..12).prop_map(|p| p.concat().into_bytes());
        prop_oneof![4 => pieces, 1 => prop::collection::vec(any::<u8>(), 0..200)]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn any_bytes_come_to_an_end_and_no_split_changes_them(
            bytes in almost(),
            sizes in prop::collection::vec(1usize..20, 1..4),
        ) {
            let whole = requests(&bytes, &[usize::MAX]);
            // A refusal may come before the end of the bytes; the requests understood by then are the same.
            let split = requests(&bytes, &sizes);
            prop_assert_eq!(&split.0, &whole.0);
            prop_assert_eq!(split.1, whole.1);
        }
    }

    #[test]
    fn a_head_is_read_with_what_belongs_to_it() {
        let bytes = b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nokGET /b HTTP/1.1\r\nConnection: Close\r\n\r\n";
        let (all, end) = requests(bytes, &[7]);
        assert_eq!(end, Broken::Gone);
        let seen: Vec<_> = all.iter().map(|(h, b)| (h.target.as_str(), b.as_slice(), h.close)).collect();
        assert_eq!(seen, [("/a", &b"ok"[..], false), ("/b", &b""[..], true)]);
        assert_eq!(all[0].0.header("HOST"), Some("x"));
    }

    #[test]
    fn a_body_of_many_small_chunks_costs_no_more_than_its_length() {
        let mut bytes = b"PUT /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        for _ in 0..200_000 {
            bytes.extend_from_slice(b"1\r\nx\r\n");
        }
        bytes.extend_from_slice(b"0\r\n\r\n");
        let (all, _) = requests(&bytes, &[usize::MAX]);
        assert_eq!(all[0].1, vec![b'x'; 200_000]);
    }
}
