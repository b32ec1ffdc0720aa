//! Addresses of servers and proxies as people write them.

use super::DEFAULT_SERVER;
use crate::error::{Error, Result};
use crate::secret::Secret;

/// `true` for a loopback address.
pub(super) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse::<std::net::IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|a| a.is_loopback())
}

/// Returns the address as `https://host[:port]/slm`, with any host, port and path prefix.
pub(super) fn base_url(origin: &str, text: &str, allow_http: bool) -> Result<String> {
    let refuse = |why: &str| {
        Error::config(origin, format!("invalid server address: {why}"))
            .remedy("write it as rally1.rallydev.com or https://host:port/slm")
    };
    let text = text.trim().trim_end_matches('/');
    let (scheme, rest) = text.split_once("://").unwrap_or(("https", text));
    let scheme = scheme.to_ascii_lowercase();
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    if authority.contains('@') {
        return Err(refuse("credentials do not belong into it"));
    }
    if rest.contains(|c: char| matches!(c, '?' | '#' | '\\') || c.is_whitespace() || c.is_control()) {
        return Err(refuse("blanks, `?`, `#` and `\\` do not belong into it"));
    }
    let (host, port) = host_and_port(authority).ok_or_else(|| refuse("the port is not a number"))?;
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
    if host.is_empty() || !host.chars().all(good) {
        return Err(refuse("the host is missing or has invalid characters"));
    }
    match scheme.as_str() {
        "https" => {}
        "http" if allow_http || is_loopback(host) => {}
        "http" => {
            return Err(refuse("http would send the credentials in the clear")
                .remedy("write https://, or set `allow_http(true)`"));
        }
        _ => return Err(refuse("the scheme is neither https nor http")),
    }
    let prefix = path.split("webservice").next().unwrap_or_default().trim_matches('/');
    let prefix = if path.is_empty() { "slm" } else { prefix };
    let port = port.map(|p| format!(":{p}")).unwrap_or_default();
    Ok(format!("{scheme}://{host}{port}/{prefix}").trim_end_matches('/').to_owned())
}

/// Returns the address under which the server has its services next to each other. What a gateway puts before `/slm`
/// stays.
pub(crate) fn above_services(base_url: &str) -> &str {
    base_url.strip_suffix("/slm").unwrap_or_else(|| {
        let path = base_url.match_indices('/').nth(2);
        path.and_then(|(at, _)| base_url.get(..at)).unwrap_or(base_url)
    })
}

/// Parses `host:port` or `[::1]:port`; the port is optional.
fn host_and_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let end_of_host = authority.rfind(']').map_or(0, |i| i.saturating_add(1));
    match authority.get(end_of_host..)?.rsplit_once(':') {
        None => Some((authority, None)),
        Some((_, port)) => {
            let host = authority.get(..authority.len().checked_sub(port.len())?.checked_sub(1)?)?;
            port.parse().ok().filter(|p| *p > 0).map(|p| (host, Some(p)))
        }
    }
}

/// Host and port of a base URL.
pub(super) fn address(base_url: &str) -> (&str, u16) {
    let (scheme, rest) = base_url.split_once("://").unwrap_or(("https", base_url));
    let authority = rest.split('/').next().unwrap_or_default();
    let (host, port) = host_and_port(authority).unwrap_or((authority, None));
    (host, port.unwrap_or(if scheme == "http" { 80 } else { 443 }))
}

/// `true` if two texts name the same server; an empty one names Broadcom's.
pub(super) fn is_same_server(one: &str, other: &str) -> bool {
    let place = |text: &str| {
        let text = if text.trim().is_empty() { DEFAULT_SERVER } else { text };
        let base_url = base_url("", text, true).ok()?;
        let (host, port) = address(&base_url);
        let prefix = base_url.splitn(4, '/').nth(3).map(str::to_owned);
        Some((base_url.starts_with("https:"), host.to_ascii_lowercase(), port, prefix))
    };
    place(one).is_some_and(|one| Some(one) == place(other))
}

/// The proxy for the server, decided once.
#[derive(Clone, Debug)]
pub(crate) struct ProxySettings {
    pub(crate) scheme: ProxyScheme,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<Secret>,
}

/// The protocol of the proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProxyScheme {
    Http,
    Https,
    Socks4,
    /// The proxy resolves the server's name, as for `Socks5h`.
    Socks4a,
    Socks5,
    Socks5h,
}

/// Parses `http://user:password@host:port`; the scheme is optional.
pub(super) fn proxy(origin: &str, text: &str) -> Result<ProxySettings> {
    let refuse = || {
        Error::config(origin, "invalid proxy address")
            .remedy("write it as http://host:port, https://host:port or socks5://host:port")
    };
    let (scheme, rest) = text.trim().split_once("://").unwrap_or(("http", text.trim()));
    let (scheme, usual_port) = match scheme.to_ascii_lowercase().as_str() {
        "http" => (ProxyScheme::Http, 8080),
        "https" => (ProxyScheme::Https, 443),
        "socks4" => (ProxyScheme::Socks4, 1080),
        "socks4a" => (ProxyScheme::Socks4a, 1080),
        "socks" | "socks5" => (ProxyScheme::Socks5, 1080),
        "socks5h" => (ProxyScheme::Socks5h, 1080),
        _ => return Err(refuse()),
    };
    let authority = rest.trim_end_matches('/');
    let (credentials, place) = authority.rsplit_once('@').map_or((None, authority), |(c, p)| (Some(c), p));
    let (host, port) = host_and_port(place).ok_or_else(refuse)?;
    if host.is_empty() || host.contains(['/', '?', '#', ' ']) {
        return Err(refuse());
    }
    let plain = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let pair = credentials.map(|c| c.split_once(':').unwrap_or((c, "")));
    let (user, password) = pair.map(|(user, password)| (plain(user), Secret::new(plain(password)))).unzip();
    Ok(ProxySettings { scheme, host: host.to_owned(), port: port.unwrap_or(usual_port), user, password })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_next_to_each_other() {
        for (base, above) in [
            ("https://rally1.rallydev.com/slm", "https://rally1.rallydev.com"),
            ("http://127.0.0.1:9/slm", "http://127.0.0.1:9"),
            ("https://gateway.example/rally/slm", "https://gateway.example/rally"),
            ("https://gateway.example/rally", "https://gateway.example"),
            ("https://h", "https://h"),
        ] {
            assert_eq!(above_services(base), above);
        }
    }

    #[test]
    fn addresses_become_one_form() {
        for (text, url) in [
            ("rally1.rallydev.com", "https://rally1.rallydev.com/slm"),
            ("https://h:8443/", "https://h:8443/slm"),
            ("https://h/slm/webservice/v2.0", "https://h/slm"),
            ("http://127.0.0.1:80/rally", "http://127.0.0.1:80/rally"),
            ("http://[::1]:9", "http://[::1]:9/slm"),
        ] {
            assert_eq!(base_url("test", text, false).ok().as_deref(), Some(url), "{text}");
        }
        for (url, expected) in [
            ("https://h/slm", ("h", 443)),
            ("http://127.0.0.1/slm", ("127.0.0.1", 80)),
            ("http://[::1]:9/slm", ("[::1]", 9)),
        ] {
            assert_eq!(address(url), expected);
        }
    }

    #[test]
    fn bad_addresses_are_refused_without_being_repeated() {
        for text in
            ["", "https://", "http://h", "ftp://h", "https://me:secret@h", "h:x", "h:0", "a b", "h?x", "h/é?"]
        {
            let error =
                base_url("RALLY_SERVER", text, false).err().map(|e| e.to_string()).unwrap_or_default();
            assert!(error.starts_with("RALLY_SERVER: ") && !error.contains("secret"), "{text}: {error}");
        }
    }

    #[test]
    fn proxies_are_read_with_their_protocol() {
        for (text, scheme, host, port) in [
            ("gate:3128", ProxyScheme::Http, "gate", 3128),
            ("http://gate/", ProxyScheme::Http, "gate", 8080),
            ("HTTPS://gate", ProxyScheme::Https, "gate", 443),
            ("socks://gate", ProxyScheme::Socks5, "gate", 1080),
            ("socks4://gate", ProxyScheme::Socks4, "gate", 1080),
            ("socks4a://gate", ProxyScheme::Socks4a, "gate", 1080),
            ("socks5://me:secret@[::1]:9050", ProxyScheme::Socks5, "[::1]", 9050),
            ("socks5h://gate:9050", ProxyScheme::Socks5h, "gate", 9050),
        ] {
            let read = proxy("ALL_PROXY", text).unwrap();
            assert_eq!((read.scheme, read.host.as_str(), read.port), (scheme, host, port), "{text}");
        }
        for text in ["", "ftp://me:secret@gate", "pac+http://gate/secret", "http://", "http://gate:x", "a b"]
        {
            let error = proxy("ALL_PROXY", text).err().map(|e| e.to_string()).unwrap_or_default();
            assert!(error.starts_with("ALL_PROXY: ") && !error.contains("secret"), "{text}: {error}");
            assert!(error.contains("socks5://host:port"), "{text}: {error}");
        }
    }
}
