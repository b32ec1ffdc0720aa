//! Restricts control to programs on this machine: no web page may reach it through a browser.
//!
//! The server listens on loopback only. A foreign web page can still make a browser send requests there, but they
//! carry the page's origin. A name that resolves to 127.0.0.1 (DNS rebinding) makes such a page look local, but
//! shows in `Host`.

use super::Refused;
use crate::sandbox::message::Head;

pub(super) fn check(head: &Head) -> Result<(), Refused> {
    let host = one(head, "host")?.ok_or_else(|| forbidden("the request has no Host header"))?;
    if !is_loopback(host) {
        return Err(forbidden(&format!("the Host header is `{host}`")));
    }
    if let Some(origin) = one(head, "origin")? {
        if origin != format!("http://{host}") {
            return Err(forbidden(&format!("the request comes from a web page of `{origin}`")));
        }
    }
    if let Some(site) = one(head, "sec-fetch-site")? {
        if !matches!(site, "same-origin" | "none") {
            return Err(forbidden(&format!("the request comes from a web page ({site})")));
        }
    }
    // A form on a web page can send other types without a preflight request.
    let kind = one(head, "content-type")?.and_then(|t| t.split(';').next()).unwrap_or_default().trim();
    if head.method == "POST" && !kind.eq_ignore_ascii_case("application/json") {
        let error = format!("the Content-Type is `{kind}`; send `Content-Type: application/json`");
        return Err(Refused::new(415, error));
    }
    Ok(())
}

/// A header that may occur at most once.
fn one<'h>(head: &'h Head, name: &str) -> Result<Option<&'h str>, Refused> {
    let mut all = head.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.trim());
    let first = all.next();
    match all.next() {
        None => Ok(first),
        Some(_) => Err(forbidden(&format!("the request has several {name} headers"))),
    }
}

/// A name of this machine, with or without a port.
fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').filter(|(_, port)| is_port(port)).map(|(name, _)| name),
        None => {
            let at = host.find(':').unwrap_or(host.len());
            host.split_at_checked(at).filter(|(_, port)| is_port(port)).map(|(name, _)| name)
        }
    };
    name.is_some_and(|n| n.eq_ignore_ascii_case("localhost") || n == "127.0.0.1" || n == "::1")
}

fn is_port(text: &str) -> bool {
    text.is_empty() || text.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok())
}

fn forbidden(why: &str) -> Refused {
    let remedy = "control is for programs of this machine: ask 127.0.0.1 or localhost, from no web page";
    Refused::new(403, format!("{why}; {remedy}"))
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn names_of_this_machine() {
        for good in ["127.0.0.1", "127.0.0.1:8080", "localhost", "LocalHost:1", "[::1]", "[::1]:8080"] {
            assert!(is_loopback(good), "{good}");
        }
        for bad in [
            "",
            ":80",
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil.example:80",
            "127.0.0.1:x",
            "127.0.0.1:80:80",
            "127.0.0.1@evil.example",
            "evil.example#127.0.0.1",
            "0.0.0.0",
            "192.168.0.1",
            "[::1",
            "[::1]x",
            "::1",
            "[::2]",
            "127.0.0.1 ",
            "localhost:99999",
        ] {
            assert!(!is_loopback(bad), "{bad}");
        }
    }
}
