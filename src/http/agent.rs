//! Requests sent by ureq.

use super::exchange::{Body, MOST_AHEAD, Receiver, Request, Response, Transport};
use super::failure::{failure, never_left};
use super::tls::Trust;
use crate::config::{Config, ProxyScheme};
use crate::error::{Error, ErrorKind, Result, counted};
use once_cell::sync::OnceCell;
use std::cell::Cell;
use std::io::{self, Read};
use std::time::Duration;
use ureq::http::HeaderValue;
use ureq::{Agent, AsSendBody, Proxy, ProxyProtocol, SendBody};

pub(crate) struct UreqTransport {
    /// Made by the first request, because it reads the platform's trusted certificates.
    agent: OnceCell<Agent>,
    trust: Trust,
    proxy: Option<Proxy>,
    connect_timeout: Duration,
    timeout: Duration,
    max_response: u64,
}

impl UreqTransport {
    /// Reads the files that the settings name. Sends nothing.
    pub(crate) fn new(config: &Config) -> Result<UreqTransport> {
        Ok(UreqTransport {
            agent: OnceCell::new(),
            trust: Trust::new(config)?,
            proxy: proxy(config)?,
            connect_timeout: bounded(config.connect_timeout()),
            timeout: bounded(config.timeout()),
            max_response: config.max_response(),
        })
    }

    fn agent(&self) -> Result<&Agent> {
        self.agent.get_or_try_init(|| {
            let config = Agent::config_builder()
                .http_status_as_error(false)
                // Following a redirect would send the key to wherever it points.
                .max_redirects(0)
                .max_redirects_will_error(false)
                .timeout_connect(Some(self.connect_timeout))
                .timeout_global(Some(self.timeout))
                .proxy(self.proxy.clone())
                .tls_config(self.trust.settings()?)
                .max_idle_connections_per_host(16);
            Ok(config.build().new_agent())
        })
    }

    fn run(
        agent: &Agent,
        request: &Request<'_>,
        content_type: Option<&str>,
        body: impl AsSendBody,
    ) -> std::result::Result<ureq::http::Response<ureq::Body>, ureq::Error> {
        let mut builder = ureq::http::Request::builder().method(request.method.name()).uri(&request.url);
        let timeout = request.timeout;
        for (name, value) in &request.headers {
            builder = builder.header(name.as_ref(), header_value(name, value)?);
        }
        if let Some(content_type) = content_type {
            builder = builder.header("Content-Type", content_type);
            builder = builder.header("Content-Length", request.body.len());
        }
        let request = builder.body(body)?;
        agent.run(match timeout {
            Some(timeout) => agent.configure_request(request).timeout_global(Some(bounded(timeout))).build(),
            None => request,
        })
    }

    /// Sends the request and returns once the headers of the answer are here.
    fn open(&self, request: &Request<'_>) -> Result<(Response, ureq::BodyReader<'static>)> {
        let agent = self.agent()?;
        let (left, fault) = (Cell::new(request.body.len()), Cell::new(None));
        let (form, json) = ("application/x-www-form-urlencoded", "application/json");
        let sent: Option<(&str, Box<dyn Read + '_>)> = match request.body {
            Body::None => None,
            Body::Form(text) => Some((form, Box::new(text.as_bytes()))),
            Body::Json(text) => Some((json, Box::new(text))),
            Body::Upload(upload) => Some((json, (upload.open)()?)),
        };
        let answer = match sent {
            None => Self::run(agent, request, None, ()),
            Some((content_type, body)) => {
                let mut body = Watched { body, left: &left, fault: &fault };
                Self::run(agent, request, Some(content_type), SendBody::from_reader(&mut body))
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
        let text = |v: &HeaderValue| String::from_utf8_lossy(v.as_bytes()).into_owned();
        let headers = answer.headers().iter().map(|(n, v)| (n.as_str().to_owned(), text(v))).collect();
        Ok((Response { status, headers, body: Vec::new() }, answer.into_body().into_reader()))
    }

    fn too_large(&self) -> Error {
        let text = format!("the answer is larger than {}", counted(self.max_response, "byte"));
        Error::new(ErrorKind::Limit, text).remedy("ask for smaller pages, or raise `max_response`")
    }

    /// Returns the length that the server announces, up to the limit for allocating in advance. The HTTP library
    /// removes the header of compressed answers.
    fn announced(&self, response: &Response) -> usize {
        let said = response.header("content-length").and_then(|len| len.parse().ok()).unwrap_or(0u64);
        usize::try_from(said.min(self.max_response)).unwrap_or(usize::MAX).min(MOST_AHEAD)
    }

    fn whole(&self, mut response: Response, reader: impl Read) -> Result<Response> {
        // One byte more than allowed distinguishes "too large" from "just fits"; counted after decompression.
        let limit = self.max_response.saturating_add(1);
        // If memory is short, reading fails later.
        let _ = response.body.try_reserve_exact(self.announced(&response));
        reader.take(limit).read_to_end(&mut response.body).map_err(|e| failure(e.into()))?;
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
        receiver.begin(self.announced(&response))?;
        let (mut window, mut len) = (vec![0; 64 << 10], 0u64);
        loop {
            let read = match reader.read(&mut window) {
                Ok(0) => return Ok(response),
                Ok(read) => read,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(failure(e.into())),
            };
            len = len.saturating_add(read as u64);
            if len > self.max_response {
                return Err(self.too_large());
            }
            receiver.piece(window.get(..read).unwrap_or_default())?;
        }
    }
}

/// The proxy was chosen when the settings were read; ureq must not read the environment again.
fn proxy(config: &Config) -> Result<Option<Proxy>> {
    let Some(settings) = config.proxy() else { return Ok(None) };
    let protocol = match settings.scheme {
        ProxyScheme::Http => ProxyProtocol::Http,
        ProxyScheme::Https => ProxyProtocol::Https,
        ProxyScheme::Socks4 => ProxyProtocol::Socks4,
        ProxyScheme::Socks4a => ProxyProtocol::Socks4A,
        ProxyScheme::Socks5 => ProxyProtocol::Socks5,
        ProxyScheme::Socks5h => ProxyProtocol::Socks5h,
    };
    let mut builder = Proxy::builder(protocol).host(&settings.host).port(settings.port);
    if let Some(user) = &settings.user {
        builder = builder.username(user);
    }
    if let Some(password) = &settings.password {
        builder = builder.password(password.expose());
    }
    builder
        .build()
        .map(Some)
        .map_err(|_| Error::config("proxy", "invalid proxy address").remedy("write it as http://host:port"))
}

/// The HTTP library adds the timeout to the current time, which would overflow for a very long one.
fn bounded(timeout: Duration) -> Duration {
    timeout.min(Duration::from_secs(u32::MAX.into()))
}

/// Marks the value as sensitive, so that no `Debug` of the HTTP library shows it: credentials, cookies, and headers
/// of the program.
fn header_value(name: &str, value: &str) -> std::result::Result<HeaderValue, ureq::http::Error> {
    let mut value = HeaderValue::from_str(value)?;
    value.set_sensitive(!name.starts_with("X-RallyIntegration"));
    Ok(value)
}

/// A body that tracks how much of it was read: until it is complete, the server has nothing to act on.
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
