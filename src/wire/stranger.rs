//! Detects answers that are not from WSAPI: a sign-on page, a web filter, a gateway.

use super::envelope::Envelope;
use crate::error::{Error, ErrorKind};
use crate::http::Response;

pub(super) const WHAT_STANDS_BETWEEN: &str =
    "check the server's address, and what is in between: a proxy, a log-in or maintenance page";

/// For complete answers that do not come from WSAPI.
pub(super) const NOT_RALLY: &str = "check the server's address, and what is in between: a proxy, a log-in or maintenance page, a web filter, a VPN \
     that is off; API keys pass single sign-on, a password only where its allow-list has the user";

/// The error for a refusal that is not from WSAPI. Its status says nothing about Rally's credentials, rights and
/// objects.
pub(super) fn refusal(response: &Response, said: &str) -> Option<Error> {
    let status = response.status;
    let text = || format!("the answer ({status}) is not WSAPI's own{said}");
    let error = || Error::new(ErrorKind::NotWsapi { status, cut: false }, text()).remedy(NOT_RALLY);
    (matches!(status, 401 | 403 | 404 | 410) && is_strange(response)).then(error)
}

/// `true` for a page that does not look like the server's own, and for JSON without WSAPI's envelope. An empty
/// answer or a few plain words may come from anything: then the status counts.
pub(super) fn is_strange(response: &Response) -> bool {
    let body = response.body.trim_ascii();
    let challenge = response.header("www-authenticate").unwrap_or_default();
    if challenge.contains("Rally") {
        return false;
    }
    match body.first() {
        None => !challenge.is_empty() && !challenge.to_ascii_lowercase().contains("basic"),
        Some(b'{' | b'[') => !Envelope::read(body).is_some_and(|envelope| envelope.is_wsapi()),
        _ if is_page(response) => !is_servers_own(response.status, body),
        _ => false,
    }
}

/// HTML or XML, by its content type or its beginning.
pub(super) fn is_page(response: &Response) -> bool {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    let kind = response.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let body = response.body.strip_prefix(MARK).unwrap_or(&response.body).trim_ascii();
    body.starts_with(b"<") || (!body.is_empty() && (kind.contains("html") || kind.contains("xml")))
}

/// Pages of Jetty, which serves WSAPI: `<title>Error 401 The username ..`, `<h2>HTTP ERROR 401</h2>`. Google's
/// gateways write `Error 403 (Forbidden)`.
fn is_servers_own(status: u16, body: &[u8]) -> bool {
    let head = String::from_utf8_lossy(body.get(..4096).unwrap_or(body));
    let title = format!("<title>Error {status}");
    let titled = head.split_once(&title).is_some_and(|(_, rest)| !rest.starts_with(" ("));
    titled
        || ["HTTP ERROR ", "Problem accessing ", "Powered by Jetty"].iter().any(|words| head.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    const JETTY: &str = "<html><head><title>Error 401 The username or password you entered is incorrect.</title>\
        </head><body><h2>HTTP ERROR 401</h2><p>Problem accessing /slm/webservice/v2.0/user.</p></body></html>";

    #[test]
    fn pages_and_json_of_others_are_told_from_wsapis_own() {
        const HTML: (&str, &str) = ("content-type", "text/html");
        const JSON: (&str, &str) = ("content-type", "application/json");
        for (header, body, strange) in [
            (HTML, JETTY, false),
            (HTML, "<html>Powered by Jetty:// 9.4</html>", false),
            (("www-authenticate", "Basic realm=\"Rally ALM\""), "<html>Unauthorized</html>", false),
            (("www-authenticate", "Basic realm=\"Rally ALM\""), "", false),
            (("www-authenticate", "Basic realm=\"intranet\""), "", false),
            (("www-authenticate", "Negotiate"), "", true),
            (("www-authenticate", "Bearer realm=\"gateway\""), "", true),
            (JSON, r#"{"OperationResult": {"Errors": ["Not authorized"], "Warnings": []}}"#, false),
            (JSON, r#"{"Errors": ["Unauthorized for projects: 1"], "Warnings": []}"#, false),
            (JSON, r#"{"Defect": {"_ref": "/defect/1"}}"#, false),
            (JSON, r#"{"error": "denied"}"#, true),
            (JSON, r#"{"error": {"code": 403, "message": "denied"}}"#, true),
            (JSON, r#"[{"error": "denied"}]"#, true),
            (JSON, "{cut", true),
            (HTML, "<!DOCTYPE html><title>Sign in</title>", true),
            (HTML, "<title>Error 401</title>", false),
            (HTML, "<title>Error 401 (Unauthorized)!!1</title>", true),
            (HTML, "<title>401 Authorization Required</title>", true),
            (
                JSON,
                "  \n<html>Blocked by policy: https://rally1.rallydev.com/slm/webservice/v2.0</html>",
                true,
            ),
            (JSON, "\u{feff}<?xml version=\"1.0\"?><Error>AccessDenied</Error>", true),
            (HTML, "Access denied", true),
            (JSON, "Forbidden", false),
            (JSON, "", false),
            (JSON, " \n ", false),
        ] {
            let headers = vec![(header.0.to_owned(), header.1.to_owned())];
            let response = Response { status: 401, headers, body: body.into() };
            assert_eq!(is_strange(&response), strange, "{header:?} {body}");
            assert_eq!(refusal(&response, ": said").is_some(), strange, "{header:?} {body}");
            let failed = Response { status: 503, ..response };
            assert!(refusal(&failed, "").is_none(), "whoever failed: it may be tried again");
        }
    }
}
