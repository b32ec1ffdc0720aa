//! A connection check: DNS, TCP, TLS, HTTP, credentials and scope, step by step until one fails.

mod report;

pub use self::report::{CheckReport, CheckStep};

use self::report::Found;
use crate::catalog::ProjectScope;
use crate::config::Config;
use crate::entity::Entity;
use crate::error::{Error, ErrorKind, Result};
use crate::rally::Rally;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

/// Lets tests replace the network.
trait Net {
    fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>>;
    fn connect(&self, address: &SocketAddr, timeout: Duration) -> io::Result<()>;
}

/// The system's network.
struct SystemNet;

impl Net for SystemNet {
    fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        (host, port).to_socket_addrs().map(Iterator::collect)
    }

    fn connect(&self, address: &SocketAddr, timeout: Duration) -> io::Result<()> {
        TcpStream::connect_timeout(address, timeout).map(drop)
    }
}

impl Rally {
    /// Checks the way to the server step by step: host name, connection, proxy, TLS, HTTP, WSAPI, credentials,
    /// workspace and project.
    ///
    /// Sends a few requests; none of them writes.
    ///
    /// ```
    /// # use rally_wsapi::{Result, sandbox::Sandbox};
    /// # fn main() -> Result<()> {
    /// # let sandbox = Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let report = rally.check();
    /// println!("{report}");
    /// report.into_result()?; // the error of the step that failed
    /// # Ok(())
    /// # }
    /// ```
    pub fn check(&self) -> CheckReport {
        self.check_by(&SystemNet)
    }

    fn check_by(&self, net: &dyn Net) -> CheckReport {
        let mut report = CheckReport::new(self.catalog.session.config.base_url());
        // It ends at the first step that fails, which the report has.
        let _ = self.steps(net, &mut report);
        report
    }

    fn steps(&self, net: &dyn Net, report: &mut CheckReport) -> Option<()> {
        let session = &self.catalog.session;
        let config = &session.config;
        if config.tape().is_some_and(|tape| tape.replays) {
            report.add(Found::Nothing("a cassette is replayed: no name is looked up".to_owned()))?;
            report.add(Found::Nothing("a cassette is replayed: nothing is connected".to_owned()))?;
        } else {
            network(config, net, session.connect_timeout(), report)?;
        }
        // Bypasses the cache: one request checks the credentials and gives user, workspace and project.
        let asked = self.catalog.own_afresh();
        let failed = asked.as_ref().err().map(|error| (step_of(error), error.clone()));
        let mut step = |name: &str, good: Found| match &failed {
            Some((bad, error)) if *bad == name => report.add(Found::Bad(error.clone())),
            _ => report.add(good),
        };
        // A broken connection says nothing about the steps before it.
        let broke = failed.as_ref().is_some_and(|(name, _)| *name == "HTTP");
        step("proxy", through(config, broke))?;
        step("TLS", trust(config, broke))?;
        step("HTTP", Found::Good("the server answers".to_owned()))?;
        step("WSAPI", Found::Good(format!("version 2.0 below {}", config.base_url())))?;
        let user = asked.ok().map(|own| self.part(&own.user));
        let by = if config.api_key().is_some() { "the API key" } else { "the password" };
        step("credentials", Found::Good(format!("{by} is that of {}", shown(user.as_ref()))))?;
        let how = if self.scope.workspace.is_some() { "" } else { ", the user's default" };
        let workspace = self.workspace().map(|place| (format!("{}{how}", named(&place)), place));
        let workspace = report.add_good(workspace)?;
        report.add(self.project_step(&workspace))
    }

    fn project_step(&self, workspace: &Entity) -> Found {
        let how = match &self.scope.project {
            ProjectScope::All => return Found::Good("all projects of the workspace".to_owned()),
            ProjectScope::Default => ", the user's default",
            ProjectScope::Named(_) => "",
        };
        let project = match self.project() {
            // No project was configured, so nothing is wrong: queries look in the whole workspace.
            Err(error) if error.is_not_found() && !how.is_empty() => {
                return Found::Nothing(format!("queries look in all projects of the workspace: {error}"));
            }
            other => other,
        };
        let place = project.and_then(|project| {
            let there = project.get("Workspace")?.reference();
            match there.is_none_or(|there| Some(&there) == workspace.reference()) {
                true => Ok(project),
                false => {
                    let text = format!(
                        "the project {} is not in the workspace {}",
                        named(&project),
                        named(workspace)
                    );
                    Err(Error::input(text)
                        .remedy("name the workspace of the project, or a project of the workspace"))
                }
            }
        });
        match place {
            Ok(project) => Found::Good(format!("{}{how}", named(&project))),
            Err(error) => Found::Bad(error),
        }
    }
}

/// The steps before any request.
fn network(config: &Config, net: &dyn Net, timeout: Duration, report: &mut CheckReport) -> Option<()> {
    let to = match config.proxy() {
        Some(proxy) => Peer { what: "proxy", host: &proxy.host, port: proxy.port },
        None => {
            let (host, port) = config.address();
            Peer { what: "server", host, port }
        }
    };
    let addresses = report.add_good(to.addresses(net))?;
    report.add_good(to.connect(net, timeout, &addresses))
}

/// The host that the connection goes to: the server, or the proxy before it.
struct Peer<'c> {
    what: &'static str,
    host: &'c str,
    port: u16,
}

impl Peer<'_> {
    fn addresses(&self, net: &dyn Net) -> Result<(String, Vec<SocketAddr>)> {
        let (host, what) = (self.host.trim_start_matches('[').trim_end_matches(']'), self.what);
        if let Ok(address) = host.parse::<IpAddr>() {
            let text = format!("the {what} is named by its address, {address}");
            return Ok((text, vec![SocketAddr::new(address, self.port)]));
        }
        let unknown = |why: String| {
            let text = format!("the name of the {what}, `{host}`, is not known{why}");
            let remedy = match what {
                "proxy" => "check the proxy's address and the network",
                _ => "check the server's name, the network and VPN; behind a proxy name it in HTTPS_PROXY",
            };
            Error::new(ErrorKind::Connection, text).remedy(remedy)
        };
        let addresses = net.resolve(host, self.port).map_err(|e| unknown(format!(" ({e})")))?;
        if addresses.is_empty() {
            return Err(unknown(String::new()));
        }
        let more = (addresses.len() > 3).then(|| "...".to_owned());
        let shown: Vec<String> = addresses.iter().take(3).map(|a| a.ip().to_string()).chain(more).collect();
        Ok((format!("the {what} {host} is {}", shown.join(", ")), addresses))
    }

    /// Returns the first address that accepts a connection.
    fn connect(&self, net: &dyn Net, timeout: Duration, addresses: &[SocketAddr]) -> Result<(String, ())> {
        let mut why = String::new();
        for address in addresses {
            match net.connect(address, timeout) {
                Ok(()) => return Ok((format!("the {} takes connections at {address}", self.what), ())),
                Err(error) => why = format!(" at {address}: {error}"),
            }
        }
        let text = format!("the {} takes no connection{why}", self.what);
        let remedy = match self.what {
            "proxy" => "check the proxy's address and port",
            _ => "check host and port; a firewall may want a VPN, or a proxy named in HTTPS_PROXY",
        };
        Err(Error::new(ErrorKind::Connection, text).remedy(remedy))
    }
}

/// Returns the step at which a request for the user fails with this error.
fn step_of(error: &Error) -> &'static str {
    // By the text of the message: a proxy has no error kind of its own, because a program could not act on it.
    let text = error.to_string();
    let of_the_proxy =
        ["the proxy wants credentials", "the proxy does not lead"].iter().any(|w| text.contains(w))
            || matches!(error.kind(), ErrorKind::NotWsapi { status: 407, .. });
    match error.kind() {
        _ if of_the_proxy => "proxy",
        // The CA file is the only setting that is first used by a request.
        ErrorKind::Tls | ErrorKind::Config(_) => "TLS",
        ErrorKind::Authentication | ErrorKind::Permission => "credentials",
        ErrorKind::Connection | ErrorKind::Timeout | ErrorKind::Limit | ErrorKind::Input => "HTTP",
        _ => "WSAPI",
    }
}

fn through(config: &Config, broke: bool) -> Found {
    match config.proxy() {
        Some(proxy) if broke => {
            Found::Nothing(format!("whether {}:{} leads to the server is not known", proxy.host, proxy.port))
        }
        Some(proxy) => Found::Good(format!("{}:{} leads to the server", proxy.host, proxy.port)),
        None => Found::Nothing("none is in force".to_owned()),
    }
}

fn trust(config: &Config, broke: bool) -> Found {
    match config.ca_file() {
        _ if config.base_url().starts_with("http://") => Found::Nothing("plain http".to_owned()),
        _ if broke => Found::Nothing("whether there is trust is not known".to_owned()),
        _ if config.danger_accept_invalid_certs() => {
            Found::Nothing("the certificate is not checked, as the settings say".to_owned())
        }
        Some(path) => {
            let own = path.display();
            Found::Good(format!("the certificate is good by the platform's trusted certificates and {own}"))
        }
        None => Found::Good("the certificate is good".to_owned()),
    }
}

fn shown(user: Option<&Entity>) -> String {
    let Some(user) = user else { return String::new() };
    match user["UserName"].as_str() {
        Some(name) => format!("{user} ({name})"),
        None => user.to_string(),
    }
}

fn named(place: &Entity) -> String {
    match place.reference() {
        Some(reference) => format!("`{place}` ({reference})"),
        None => format!("`{place}`"),
    }
}

#[cfg(test)]
mod tests;
