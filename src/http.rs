//! The one file that names the HTTP library: requests out, whole responses in.

use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use std::io::{self, Read};
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
        if let Body::Upload(upload) = request.body {
            builder = builder.header("Content-Length", upload.len);
        }
        self.agent.run(builder.body(body)?)
    }
}

impl Transport for UreqTransport {
    fn send(&self, request: &Request<'_>) -> Result<Response> {
        let form = "application/x-www-form-urlencoded";
        let answer = match request.body {
            Body::None => self.run(request, None, ()),
            Body::Form(text) => self.run(request, Some(form), text),
            Body::Json(json) => self.run(request, Some("application/json"), json),
            Body::Upload(upload) => {
                self.run(request, Some("application/json"), SendBody::from_owned_reader((upload.open)()?))
            }
        };
        let answer = answer.map_err(failure)?;
        let status = answer.status().as_u16();
        let text = |v: &ureq::http::HeaderValue| String::from_utf8_lossy(v.as_bytes()).into_owned();
        let headers = answer.headers().iter().map(|(n, v)| (n.as_str().to_owned(), text(v))).collect();
        let mut body = Vec::new();
        // One byte more than allowed tells "too large" from "just fits"; the count is after gunzip.
        let limit = self.max_response.saturating_add(1);
        answer
            .into_body()
            .into_reader()
            .take(limit)
            .read_to_end(&mut body)
            .map_err(|e| failure(unwrap_io(e)))?;
        if body.len() as u64 > self.max_response {
            let text = format!("the answer is larger than {} bytes", self.max_response);
            return Err(
                Error::new(ErrorKind::Limit, text).remedy("ask for smaller pages, or raise `max_response`")
            );
        }
        Ok(Response { status, headers, body })
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

/// Sorts the library's errors into kinds. Some certificate and name errors arrive as plain I/O errors.
fn failure(error: ureq::Error) -> Error {
    use ureq::Error as U;
    let text = error.to_string();
    let lower = text.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| lower.contains(w));
    let tls = has(&["certificate", "unknownissuer", "handshake", "tls", "notvalidforname"]);
    let unknown_host =
        has(&["lookup address", "name or service not known", "no such host", "nodename nor servname"]);
    let (kind, what, remedy) = match &error {
        U::Timeout(ureq::Timeout::Resolve | ureq::Timeout::Connect) => (
            ErrorKind::Timeout,
            "no connection in the time allowed",
            "check host, proxy and VPN, or raise `connect_timeout`",
        ),
        U::Timeout(_) => {
            (ErrorKind::Timeout, "no answer in the time allowed", "ask for less, or raise `timeout`")
        }
        U::Io(e) if e.kind() == io::ErrorKind::TimedOut => {
            (ErrorKind::Timeout, "no answer in the time allowed", "ask for less, or raise `timeout`")
        }
        U::HostNotFound => {
            (ErrorKind::Connection, "the host is not known", "check the server's name and the network")
        }
        U::Io(_) if unknown_host => {
            (ErrorKind::Connection, "the host is not known", "check the server's name and the network")
        }
        U::Tls(_) | U::Rustls(_) | U::Pem(_) | U::TlsRequired => (
            ErrorKind::Tls,
            "no trusted connection",
            "check the certificate's name and issuer; `ca_file` names an own CA",
        ),
        U::Io(_) if tls => (
            ErrorKind::Tls,
            "no trusted connection",
            "check the certificate's name and issuer; `ca_file` names an own CA",
        ),
        U::ConnectProxyFailed(_) => {
            (ErrorKind::Connection, "the proxy refused", "check the proxy's address and credentials")
        }
        U::InvalidProxyUrl => {
            (ErrorKind::Input, "the proxy's address is not understood", "write it as http://host:port")
        }
        U::BadUri(_) | U::Http(_) | U::RequireHttpsOnly(_) => (
            ErrorKind::Input,
            "the request cannot be written",
            "check the server's address and the headers set",
        ),
        U::LargeResponseHeader(..) => {
            (ErrorKind::Limit, "the answer's headers are too large", "check what stands between")
        }
        U::Decompress(..) => (ErrorKind::Connection, "the compressed answer broke off", "try again"),
        U::Io(e) if e.kind() == io::ErrorKind::ConnectionRefused => (
            ErrorKind::Connection,
            "the connection was refused",
            "check host and port, and whether the server runs",
        ),
        _ => (ErrorKind::Connection, "the connection broke off", "try again; check proxy and VPN"),
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

/// An own CA file replaces the built-in trust; one without a certificate would trust nobody.
fn tls(config: &Config) -> Result<TlsConfig> {
    let builder = TlsConfig::builder().disable_verification(config.danger_accept_invalid_certs());
    let Some(path) = config.ca_file() else { return Ok(builder.build()) };
    let refuse = |why: String| Error::config("ca_file", format!("{}: {why}", path.display()));
    let pem = std::fs::read(path).map_err(|e| refuse(e.to_string()))?;
    let mut certificates: Vec<Certificate<'static>> = Vec::new();
    for item in parse_pem(&pem) {
        match item.map_err(|e| refuse(e.to_string()))? {
            PemItem::Certificate(certificate) => certificates.push(certificate),
            _ => continue,
        }
    }
    match certificates.is_empty() {
        true => Err(refuse("holds no certificate in PEM form".to_owned())),
        false => Ok(builder.root_certs(RootCerts::new_with_certs(&certificates)).build()),
    }
}
