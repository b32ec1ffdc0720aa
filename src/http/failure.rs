//! What the HTTP library's errors mean: kinds, words, remedies, and whether anything had left.

use crate::error::{Error, ErrorKind};
use std::io;

/// Errors of the time before there is a connection.
pub(super) fn never_left(error: &ureq::Error) -> bool {
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
    RefusesOurs,
    Protocol,
}

/// What a server says of a certificate it was sent. Of its own it says nothing.
const ABOUT_OURS: &[&str] = &["certificate", "unknownca", "decrypterror", "accessdenied"];

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
        } else if has(&["received fatal alert"]) && has(ABOUT_OURS) {
            Distrust::RefusesOurs
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
                "name the issuer's certificate with `ca_file` or RALLY_CA_FILE; a company's proxy often has its own",
            ),
            Distrust::Certificate => (
                "the server's certificate is not accepted",
                "check it, and name its issuer with `ca_file` or RALLY_CA_FILE",
            ),
            Distrust::WantsOurs => {
                ("the server wants a certificate of ours", "name it, with its key, by `client_cert`")
            }
            Distrust::RefusesOurs => (
                "the server does not take our certificate, or the lack of one",
                "check what `client_cert` names: who issued it, for how long, and whether the chain is whole",
            ),
            Distrust::Protocol => (
                "there is no TLS that both sides speak",
                "check host and port: https needs a server that speaks it",
            ),
        }
    }
}

/// Sorts the library's errors into kinds.
pub(super) fn failure(error: ureq::Error) -> Error {
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
                io(K::InvalidData, "received fatal alert: UnknownCA"),
                "does not take our certificate",
                ErrorKind::Tls,
                true,
            ),
            (
                io(K::InvalidData, "received fatal alert: CertificateExpired"),
                "does not take our certificate",
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
