//! The one file that names the HTTP library: requests out, whole responses in.

use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use std::cell::Cell;
use std::collections::HashSet;
use std::io::{self, Read};
use std::path::Path;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, AsSendBody, Proxy, ProxyProtocol, SendBody};

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

/// What goes over the wire.
#[derive(Debug)]
pub(crate) struct Request<'b> {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Body<'b>,
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

/// A JSON body read while it is sent, for contents too large to hold. Opened anew for each attempt.
pub(crate) struct Upload {
    pub(crate) len: u64,
    pub(crate) open: Box<dyn Fn() -> Result<Box<dyn Read>> + Send + Sync>,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upload").field("len", &self.len).finish_non_exhaustive()
    }
}

/// What came back, read to its end.
#[derive(Debug, Default)]
pub(crate) struct Response {
    pub(crate) status: u16,
    /// Names in lower case, in the order received.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// The first header of this (lower-case) name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// The seam below which there is a network.
pub(crate) trait Transport: Send + Sync {
    fn send(&self, request: &Request<'_>) -> Result<Response>;

    /// The same, but the body of a good answer goes to the receiver as it comes, and is not in the response.
    fn stream(&self, request: &Request<'_>, receiver: &mut dyn Receiver) -> Result<Response> {
        let mut response = self.send(request)?;
        if (200..300).contains(&response.status) {
            receiver.piece(&std::mem::take(&mut response.body))?;
        }
        Ok(response)
    }
}

/// Takes an answer's body as it comes.
pub(crate) trait Receiver {
    /// Before each attempt: what came by the one before does not count.
    fn begin(&mut self) -> Result<()>;

    fn piece(&mut self, piece: &[u8]) -> Result<()>;

    /// Whether it cannot begin anew.
    fn is_spent(&self) -> bool;
}

pub(crate) struct UreqTransport {
    agent: Agent,
    max_response: u64,
}

impl UreqTransport {
    /// Makes the agent. Sends nothing.
    pub(crate) fn new(config: &Config) -> Result<UreqTransport> {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            // A redirect would carry the key to wherever it points.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(config.connect_timeout()))
            .timeout_global(Some(config.timeout()))
            .proxy(proxy(config)?)
            .tls_config(tls(config)?)
            .max_idle_connections_per_host(16)
            .build()
            .new_agent();
        Ok(UreqTransport { agent, max_response: config.max_response() })
    }
}

impl UreqTransport {
    fn run(
        &self,
        request: &Request<'_>,
        content_type: Option<&str>,
        body: impl AsSendBody,
    ) -> std::result::Result<ureq::http::Response<ureq::Body>, ureq::Error> {
        let mut builder = ureq::http::Request::builder().method(request.method.name()).uri(&request.url);
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        if let Some(content_type) = content_type {
            builder = builder.header("Content-Type", content_type);
        }
        if !matches!(request.body, Body::None) {
            builder = builder.header("Content-Length", request.body.len());
        }
        self.agent.run(builder.body(body)?)
    }
}

/// A body that knows what of it was taken: until it is whole, the server has nothing to act on.
struct Watched<'b> {
    body: Box<dyn Read + 'b>,
    left: &'b Cell<u64>,
    fault: &'b Cell<Option<io::Error>>,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.left.get();
        let read = self.body.read(buffer).and_then(|n| match n == 0 && left > 0 && !buffer.is_empty() {
            true => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it is shorter than it was")),
            false => Ok(n),
        });
        match read {
            Ok(n) => {
                self.left.set(left.saturating_sub(n as u64));
                Ok(n)
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => Err(e),
            Err(e) => {
                let copy = io::Error::new(e.kind(), e.to_string());
                self.fault.set(Some(e));
                Err(copy)
            }
        }
    }
}

impl UreqTransport {
    /// As far as the headers of the answer.
    fn open(&self, request: &Request<'_>) -> Result<(Response, ureq::BodyReader<'static>)> {
        let (left, fault) = (Cell::new(request.body.len()), Cell::new(None));
        let watched = |body| Watched { body, left: &left, fault: &fault };
        let (form, json) = (Some("application/x-www-form-urlencoded"), Some("application/json"));
        let answer = match request.body {
            Body::None => self.run(request, None, ()),
            Body::Form(text) => {
                self.run(request, form, SendBody::from_reader(&mut watched(Box::new(text.as_bytes()))))
            }
            Body::Json(text) => self.run(request, json, SendBody::from_reader(&mut watched(Box::new(text)))),
            Body::Upload(upload) => {
                self.run(request, json, SendBody::from_reader(&mut watched((upload.open)()?)))
            }
        };
        let answer = answer.map_err(|error| {
            if let Some(fault) = fault.take() {
                return Error::input(format!("what is to be sent cannot be read: {fault}")).unsent();
            }
            let unsent = never_left(&error) || left.get() > 0;
            let error = failure(error);
            if unsent { error.unsent() } else { error }
        })?;
        let status = answer.status().as_u16();
        let text = |v: &ureq::http::HeaderValue| String::from_utf8_lossy(v.as_bytes()).into_owned();
        let headers = answer.headers().iter().map(|(n, v)| (n.as_str().to_owned(), text(v))).collect();
        Ok((Response { status, headers, body: Vec::new() }, answer.into_body().into_reader()))
    }

    fn too_large(&self) -> Error {
        let text = format!("the answer is larger than {} bytes", self.max_response);
        Error::new(ErrorKind::Limit, text).remedy("ask for smaller pages, or raise `max_response`")
    }

    fn whole(&self, mut response: Response, reader: impl Read) -> Result<Response> {
        // One byte more than allowed tells "too large" from "just fits"; the count is after gunzip.
        let limit = self.max_response.saturating_add(1);
        reader.take(limit).read_to_end(&mut response.body).map_err(|e| failure(unwrap_io(e)))?;
        match response.body.len() as u64 > self.max_response {
            true => Err(self.too_large()),
            false => Ok(response),
        }
    }
}

impl Transport for UreqTransport {
    fn send(&self, request: &Request<'_>) -> Result<Response> {
        let (response, reader) = self.open(request)?;
        self.whole(response, reader)
    }

    fn stream(&self, request: &Request<'_>, receiver: &mut dyn Receiver) -> Result<Response> {
        let (response, mut reader) = self.open(request)?;
        if !(200..300).contains(&response.status) {
            return self.whole(response, reader);
        }
        let (mut window, mut len) = (vec![0; 64 << 10], 0u64);
        loop {
            let read = match reader.read(&mut window) {
                Ok(0) => return Ok(response),
                Ok(read) => read,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(failure(unwrap_io(e))),
            };
            len = len.saturating_add(read as u64);
            if len > self.max_response {
                return Err(self.too_large());
            }
            receiver.piece(window.get(..read).unwrap_or_default())?;
        }
    }
}

/// ureq's reader wraps its own errors in I/O errors.
fn unwrap_io(error: io::Error) -> ureq::Error {
    match error.get_ref().is_some_and(|e| e.is::<ureq::Error>()) {
        true => match error.into_inner().map(|e| e.downcast::<ureq::Error>()) {
            Some(Ok(inner)) => *inner,
            _ => ureq::Error::ConnectionFailed,
        },
        false => ureq::Error::Io(error),
    }
}

/// Errors of the time before there is a connection.
fn never_left(error: &ureq::Error) -> bool {
    use io::ErrorKind as K;
    use ureq::Error as U;
    match error {
        U::Timeout(ureq::Timeout::Resolve | ureq::Timeout::Connect)
        | U::HostNotFound
        | U::InvalidProxyUrl
        | U::ConnectProxyFailed(_)
        | U::BadUri(_)
        | U::Http(_)
        | U::RequireHttpsOnly(_)
        | U::TlsRequired
        | U::Pem(_)
        | U::Tls(_) => true,
        U::Io(e) => {
            let refused = matches!(
                e.kind(),
                K::ConnectionRefused | K::HostUnreachable | K::NetworkUnreachable | K::AddrNotAvailable
            );
            refused || is_unknown_host(e) || Distrust::of(error).is_some()
        }
        other => Distrust::of(other).is_some(),
    }
}

/// The name service's words, as the system puts them; the standard library has no kind for them.
fn is_unknown_host(error: &io::Error) -> bool {
    let text = error.to_string().to_lowercase();
    ["lookup address", "name or service not known", "no such host", "nodename nor servname"]
        .iter()
        .any(|words| text.contains(words))
}

/// What is wrong with a server's certificate, or with its TLS. Most of it arrives as plain I/O errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Distrust {
    Name,
    Expired,
    NotYet,
    Issuer,
    Certificate,
    WantsOurs,
    Protocol,
}

impl Distrust {
    fn of(error: &ureq::Error) -> Option<Distrust> {
        use ureq::Error as U;
        let own = matches!(error, U::Tls(_) | U::Rustls(_) | U::Pem(_) | U::TlsRequired);
        // The TLS library's errors have no number of the system's.
        let wrapped =
            matches!(error, U::Io(e) if e.kind() == io::ErrorKind::InvalidData && e.raw_os_error().is_none());
        if !own && !wrapped {
            return None;
        }
        let text = error.to_string().to_lowercase();
        let has = |words: &[&str]| words.iter().any(|w| text.contains(w));
        let found = if has(&["certificaterequired", "certificate required"]) {
            Distrust::WantsOurs
        } else if has(&["notvalidforname", "not valid for name"]) {
            Distrust::Name
        } else if has(&["notvalidyet", "not valid yet"]) {
            Distrust::NotYet
        } else if has(&["expired"]) {
            Distrust::Expired
        } else if has(&["unknownissuer", "unknown issuer", "unknownca"]) {
            Distrust::Issuer
        } else if has(&["certificate"]) {
            Distrust::Certificate
        } else if own || has(&["alert", "corrupt message", "peer ", "handshake", "tls"]) {
            Distrust::Protocol
        } else {
            return None;
        };
        Some(found)
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Distrust::Name => (
                "the server's certificate is for another name",
                "check the server's address; name the host as its certificate does",
            ),
            Distrust::Expired => (
                "the server's certificate has expired",
                "tell the server's keeper, and check this machine's date",
            ),
            Distrust::NotYet => {
                ("the server's certificate is not valid yet", "check this machine's date and time zone")
            }
            Distrust::Issuer => (
                "nobody trusted vouches for the server's certificate",
                "name the issuer's certificate with `ca_file`; a company's proxy often has its own",
            ),
            Distrust::Certificate => {
                ("the server's certificate is not accepted", "check it, and name its issuer with `ca_file`")
            }
            Distrust::WantsOurs => (
                "the server wants a certificate of ours",
                "go through a proxy that has one: this client has none",
            ),
            Distrust::Protocol => (
                "there is no TLS that both sides speak",
                "check host and port: https needs a server that speaks it",
            ),
        }
    }
}

/// Sorts the library's errors into kinds.
fn failure(error: ureq::Error) -> Error {
    use io::ErrorKind as K;
    use ureq::Error as U;
    const SLOW: (&str, &str) = ("no answer in the time allowed", "ask for less, or raise `timeout`");
    const UNKNOWN: (&str, &str) = ("the host is not known", "check the server's name, the network and VPN");
    let text = error.to_string();
    if let Some(distrust) = Distrust::of(&error) {
        let (what, remedy) = distrust.words();
        return Error::new(ErrorKind::Tls, format!("{what} ({text})")).remedy(remedy);
    }
    let (kind, (what, remedy)) = match &error {
        U::Timeout(ureq::Timeout::Resolve | ureq::Timeout::Connect) => (
            ErrorKind::Timeout,
            ("no connection in the time allowed", "check host, proxy and VPN, or raise `connect_timeout`"),
        ),
        U::Timeout(_) => (ErrorKind::Timeout, SLOW),
        U::HostNotFound => (ErrorKind::Connection, UNKNOWN),
        U::Io(e) if is_unknown_host(e) => (ErrorKind::Connection, UNKNOWN),
        U::Io(e) => match e.kind() {
            K::TimedOut => (ErrorKind::Timeout, SLOW),
            K::ConnectionRefused => (
                ErrorKind::Connection,
                ("the connection was refused", "check host and port, and whether the server runs"),
            ),
            K::HostUnreachable | K::NetworkUnreachable | K::AddrNotAvailable => (
                ErrorKind::Connection,
                ("there is no way to the host", "check the network, and whether a VPN or proxy is needed"),
            ),
            _ => (ErrorKind::Connection, ("the connection broke off", "check the network, proxy and VPN")),
        },
        U::ConnectProxyFailed(status) if status.contains("407") => (
            ErrorKind::Authentication,
            ("the proxy wants credentials", "write them into the proxy: http://user:password@host:port"),
        ),
        U::ConnectProxyFailed(_) => (
            ErrorKind::Connection,
            ("the proxy does not lead to the server", "check the proxy's address, and what it lets through"),
        ),
        U::InvalidProxyUrl => {
            (ErrorKind::Input, ("the proxy's address is not understood", "write it as http://host:port"))
        }
        U::BadUri(_) | U::Http(_) | U::RequireHttpsOnly(_) => (
            ErrorKind::Input,
            ("the request cannot be written", "check the server's address and the headers set"),
        ),
        U::LargeResponseHeader(..) => {
            (ErrorKind::Limit, ("the answer's headers are too large", "check what stands between"))
        }
        U::Protocol(_) => (
            ErrorKind::Connection,
            ("the answer is not HTTP as it should be", "check host, port and what stands between"),
        ),
        U::Decompress(..) => {
            (ErrorKind::Connection, ("the compressed answer is broken", "check what stands between"))
        }
        _ => (ErrorKind::Connection, ("the connection broke off", "check the network, proxy and VPN")),
    };
    Error::new(kind, format!("{what} ({text})")).remedy(remedy)
}

/// The proxy was chosen for the server when the settings were read; ureq must not look again.
fn proxy(config: &Config) -> Result<Option<Proxy>> {
    let Some(settings) = config.proxy() else { return Ok(None) };
    let protocol = if settings.https { ProxyProtocol::Https } else { ProxyProtocol::Http };
    let mut builder = Proxy::builder(protocol).host(&settings.host).port(settings.port);
    if let Some(user) = &settings.user {
        builder = builder.username(user);
    }
    if let Some(password) = &settings.password {
        builder = builder.password(password.expose());
    }
    match builder.build() {
        Ok(proxy) => Ok(Some(proxy)),
        Err(_) => {
            Err(Error::config("proxy", "the address is not understood")
                .remedy("write it as http://host:port"))
        }
    }
}

/// Own CA files replace the built-in trust; ones without a certificate would trust nobody.
fn tls(config: &Config) -> Result<TlsConfig> {
    let builder = TlsConfig::builder().disable_verification(config.danger_accept_invalid_certs());
    let Some(path) = config.ca_file() else { return Ok(builder.build()) };
    let refuse = |path: &Path, why: String| {
        Error::config("ca_file", format!("{}: {why}", path.display()))
            .remedy("name a file of certificates in PEM form, or a folder of such files")
    };
    let mut files = vec![path.to_owned()];
    if path.is_dir() {
        let entries = std::fs::read_dir(path).map_err(|e| refuse(path, e.to_string()))?;
        files = entries.filter_map(|e| Some(e.ok()?.path())).filter(|p| p.is_file()).collect();
        files.sort();
    }
    let mut certificates: Vec<Certificate<'static>> = Vec::new();
    let mut known = HashSet::new();
    for file in &files {
        let pem = std::fs::read(file).map_err(|e| refuse(file, e.to_string()))?;
        for item in parse_pem(&pem) {
            // Folders hold other things too; a file that was named is to be right.
            match item {
                Ok(PemItem::Certificate(one)) if known.insert(one.der().to_vec()) => certificates.push(one),
                Err(e) if file == path => return Err(refuse(file, e.to_string())),
                _ => continue,
            }
        }
    }
    match certificates.is_empty() {
        true => Err(refuse(path, "holds no certificate in PEM form".to_owned())),
        false => Ok(builder.root_certs(RootCerts::new_with_certs(&certificates)).build()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ureq::Error as U;

    fn io(kind: io::ErrorKind, text: &str) -> U {
        U::Io(io::Error::new(kind, text.to_owned()))
    }

    #[test]
    fn what_went_wrong_is_told_apart() {
        use io::ErrorKind as K;
        const LINUX: &str = "failed to lookup address information: Name or service not known";
        const MAC: &str =
            "failed to lookup address information: nodename nor servname provided, or not known";
        let tls = |text: &str| io(K::InvalidData, &format!("invalid peer certificate: {text}"));
        // The error, the words, and whether it is of the network, may be repeated, and never left.
        let cases = [
            (U::HostNotFound, "the host is not known", ErrorKind::Connection, true),
            (io(K::Other, LINUX), "the host is not known", ErrorKind::Connection, true),
            (io(K::Other, MAC), "the host is not known", ErrorKind::Connection, true),
            (
                io(K::NotFound, "No such host is known. (os error 11001)"),
                "the host is not known",
                ErrorKind::Connection,
                true,
            ),
            (io(K::ConnectionRefused, "refused"), "the connection was refused", ErrorKind::Connection, true),
            (io(K::NetworkUnreachable, "x"), "there is no way to the host", ErrorKind::Connection, true),
            (io(K::HostUnreachable, "x"), "there is no way to the host", ErrorKind::Connection, true),
            (U::Timeout(ureq::Timeout::Resolve), "no connection in the time", ErrorKind::Timeout, true),
            (U::Timeout(ureq::Timeout::Connect), "no connection in the time", ErrorKind::Timeout, true),
            (U::Timeout(ureq::Timeout::Global), "no answer in the time", ErrorKind::Timeout, false),
            (io(K::ConnectionReset, "reset"), "the connection broke off", ErrorKind::Connection, false),
            (io(K::UnexpectedEof, "eof"), "the connection broke off", ErrorKind::Connection, false),
            (io(K::BrokenPipe, "pipe"), "the connection broke off", ErrorKind::Connection, false),
            (tls("certificate not valid for name \"h\""), "for another name", ErrorKind::Tls, true),
            (tls("NotValidForName"), "for another name", ErrorKind::Tls, true),
            (tls("certificate expired: verification time 9"), "has expired", ErrorKind::Tls, true),
            (tls("certificate not valid yet: verification time 9"), "not valid yet", ErrorKind::Tls, true),
            (tls("UnknownIssuer"), "nobody trusted vouches", ErrorKind::Tls, true),
            (tls("BadEncoding"), "is not accepted", ErrorKind::Tls, true),
            (
                io(K::InvalidData, "received fatal alert: CertificateRequired"),
                "wants a certificate of ours",
                ErrorKind::Tls,
                true,
            ),
            (
                io(K::InvalidData, "received fatal alert: HandshakeFailure"),
                "no TLS that both",
                ErrorKind::Tls,
                true,
            ),
            (
                U::ConnectProxyFailed("proxy server responded 407/407".into()),
                "the proxy wants credentials",
                ErrorKind::Authentication,
                true,
            ),
            (
                U::ConnectProxyFailed("proxy server responded 502/502".into()),
                "the proxy does not lead",
                ErrorKind::Connection,
                true,
            ),
            (U::LargeResponseHeader(9, 8), "headers are too large", ErrorKind::Limit, false),
        ];
        for (error, words, kind, unsent) in cases {
            let shown = format!("{error:?}");
            assert_eq!(never_left(&error), unsent, "{shown}");
            let told = failure(error);
            assert_eq!(told.kind(), &kind, "{shown}: {told}");
            assert!(told.to_string().contains(words), "{shown}: {told}");
            assert!(told.to_string().contains("; "), "{told} says what to do");
            let again = matches!(kind, ErrorKind::Connection | ErrorKind::Timeout);
            assert_eq!(told.is_retryable(), again, "{told}");
        }
    }
}
