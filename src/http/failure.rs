//! Maps the HTTP library's errors to kinds, messages, advice, and whether anything had been sent.

use crate::error::{Error, ErrorKind};
use std::io;

/// `true` for errors before there is a connection.
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
        | U::RequireHttpsOnly(_) => true,
        U::Io(e) => {
            let refused = matches!(
                e.kind(),
                K::ConnectionRefused | K::HostUnreachable | K::NetworkUnreachable | K::AddrNotAvailable
            );
            refused || is_unknown_host(e) || ends_the_handshake(error)
        }
        other => ends_the_handshake(other),
    }
}

/// `true` if TLS failed before there was a request. An invalid record may also come after it.
fn ends_the_handshake(error: &ureq::Error) -> bool {
    use rustls::AlertDescription as Alert;
    match (Distrust::of(error), tls_error(error)) {
        (Some(Distrust::Protocol), Some(rustls::Error::AlertReceived(alert))) => matches!(
            alert,
            Alert::HandshakeFailure
                | Alert::ProtocolVersion
                | Alert::InsufficientSecurity
                | Alert::UnrecognisedName
                | Alert::NoApplicationProtocol
        ),
        (Some(Distrust::Protocol), Some(other)) => matches!(other, rustls::Error::PeerIncompatible(_)),
        (found, _) => found.is_some(),
    }
}

/// Returns the TLS library's error. A handshake fails while reading or writing, so it may be inside an I/O error.
fn tls_error(error: &ureq::Error) -> Option<&rustls::Error> {
    match error {
        ureq::Error::Rustls(error) => Some(error),
        ureq::Error::Io(e) => e.get_ref()?.downcast_ref(),
        _ => None,
    }
}

/// By the system's words for an unknown host name; the standard library has no kind for it.
fn is_unknown_host(error: &io::Error) -> bool {
    let text = error.to_string().to_lowercase();
    ["lookup address", "name or service not known", "no such host", "nodename nor servname"]
        .iter()
        .any(|words| text.contains(words))
}

/// What is wrong with a server's certificate, or with its TLS.
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

impl Distrust {
    fn of(error: &ureq::Error) -> Option<Distrust> {
        use ureq::Error as U;
        match error {
            U::Tls(_) | U::Pem(_) | U::TlsRequired => Some(Distrust::Protocol),
            other => tls_error(other).map(Distrust::told),
        }
    }

    fn told(error: &rustls::Error) -> Distrust {
        use rustls::AlertDescription as Alert;
        use rustls::CertificateError as Bad;
        match error {
            rustls::Error::InvalidCertificate(bad) => match bad {
                Bad::NotValidForName | Bad::NotValidForNameContext { .. } => Distrust::Name,
                Bad::Expired | Bad::ExpiredContext { .. } => Distrust::Expired,
                Bad::NotValidYet | Bad::NotValidYetContext { .. } => Distrust::NotYet,
                Bad::UnknownIssuer => Distrust::Issuer,
                _ => Distrust::Certificate,
            },
            rustls::Error::NoCertificatesPresented => Distrust::Certificate,
            // Alerts are about the certificate that the client sent; servers send none about their own.
            rustls::Error::AlertReceived(alert) => match alert {
                Alert::CertificateRequired | Alert::NoCertificate => Distrust::WantsOurs,
                Alert::BadCertificate
                | Alert::UnsupportedCertificate
                | Alert::CertificateRevoked
                | Alert::CertificateExpired
                | Alert::CertificateUnknown
                | Alert::UnknownCA
                | Alert::DecryptError
                | Alert::AccessDenied
                | Alert::CertificateUnobtainable
                | Alert::BadCertificateStatusResponse
                | Alert::BadCertificateHashValue => Distrust::RefusesOurs,
                _ => Distrust::Protocol,
            },
            _ => Distrust::Protocol,
        }
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Distrust::Name => (
                "the server's certificate is for another name",
                "check the server's address; name the host as its certificate does",
            ),
            Distrust::Expired => (
                "the server's certificate has expired",
                "check this machine's date, or report it to the server's administrator",
            ),
            Distrust::NotYet => {
                ("the server's certificate is not valid yet", "check this machine's date and time zone")
            }
            Distrust::Issuer => (
                "the server's certificate is not signed by a trusted CA (unknown issuer)",
                "name the issuer's certificate with `ca_file` or RALLY_CA_FILE, or add it to the platform's store; a company's proxy often has its own",
            ),
            Distrust::Certificate => (
                "the server's certificate is not accepted",
                "check it, and name its issuer with `ca_file` or RALLY_CA_FILE",
            ),
            Distrust::WantsOurs => {
                ("the server requires a client certificate", "name it, with its key, by `client_cert`")
            }
            Distrust::RefusesOurs => (
                "the server does not accept the client certificate, or the lack of one",
                "check what `client_cert` names: who issued it, for how long, and whether the chain is whole",
            ),
            Distrust::Protocol => ("TLS failed", "check host and port: https needs a server that speaks it"),
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
                ("no route to host", "check the network, and whether a VPN or proxy is needed"),
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
        U::InvalidProxyUrl => (
            ErrorKind::Input,
            ("invalid proxy address", "write it as http://host:port or socks5://host:port"),
        ),
        U::BadUri(_) | U::Http(_) | U::RequireHttpsOnly(_) => (
            ErrorKind::Input,
            ("the request cannot be written", "check the server's address and the headers set"),
        ),
        U::LargeResponseHeader(..) => {
            (ErrorKind::Limit, ("the answer's headers are too large", "check what is in between"))
        }
        U::Protocol(_) => (
            ErrorKind::Connection,
            ("the answer is not HTTP as it should be", "check host, port and what is in between"),
        ),
        U::Decompress(..) => {
            (ErrorKind::Connection, ("the compressed answer is broken", "check what is in between"))
        }
        _ => (ErrorKind::Connection, ("the connection broke off", "check the network, proxy and VPN")),
    };
    let text = match error {
        // Which of its own limits ended it says nothing more.
        U::Timeout(_) => what.to_owned(),
        _ => format!("{what} ({text})"),
    };
    Error::new(kind, text).remedy(remedy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::pki_types::{ServerName, UnixTime};
    use rustls::{AlertDescription as Alert, CertificateError as Bad};
    use std::time::Duration;
    use ureq::Error as U;

    fn io(kind: io::ErrorKind, text: &str) -> U {
        U::Io(io::Error::new(kind, text.to_owned()))
    }

    /// As a handshake returns it.
    fn wrapped(error: rustls::Error) -> U {
        U::Io(io::Error::new(io::ErrorKind::InvalidData, error))
    }

    #[test]
    fn what_went_wrong_is_told_apart() {
        use io::ErrorKind as K;
        const LINUX: &str = "failed to lookup address information: Name or service not known";
        const MAC: &str =
            "failed to lookup address information: nodename nor servname provided, or not known";
        let bad = |why| wrapped(rustls::Error::InvalidCertificate(why));
        let alert = |what| wrapped(rustls::Error::AlertReceived(what));
        let name = || ServerName::try_from("h").unwrap();
        let time = || UnixTime::since_unix_epoch(Duration::from_secs(9));
        // The error, the words, and whether it is a network error, may be retried, and was never sent.
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
            (io(K::NetworkUnreachable, "x"), "no route to host", ErrorKind::Connection, true),
            (io(K::HostUnreachable, "x"), "no route to host", ErrorKind::Connection, true),
            (U::Timeout(ureq::Timeout::Resolve), "no connection in the time", ErrorKind::Timeout, true),
            (U::Timeout(ureq::Timeout::Connect), "no connection in the time", ErrorKind::Timeout, true),
            (U::Timeout(ureq::Timeout::Global), "no answer in the time", ErrorKind::Timeout, false),
            (io(K::ConnectionReset, "reset"), "the connection broke off", ErrorKind::Connection, false),
            (io(K::UnexpectedEof, "eof"), "the connection broke off", ErrorKind::Connection, false),
            (io(K::BrokenPipe, "pipe"), "the connection broke off", ErrorKind::Connection, false),
            (bad(Bad::NotValidForName), "for another name", ErrorKind::Tls, true),
            (
                bad(Bad::NotValidForNameContext { expected: name(), presented: vec!["x".into()] }),
                "for another name",
                ErrorKind::Tls,
                true,
            ),
            (bad(Bad::Expired), "has expired", ErrorKind::Tls, true),
            (
                bad(Bad::ExpiredContext { time: time(), not_after: time() }),
                "has expired",
                ErrorKind::Tls,
                true,
            ),
            (bad(Bad::NotValidYet), "not valid yet", ErrorKind::Tls, true),
            (
                bad(Bad::NotValidYetContext { time: time(), not_before: time() }),
                "not valid yet",
                ErrorKind::Tls,
                true,
            ),
            (bad(Bad::UnknownIssuer), "not signed by a trusted CA", ErrorKind::Tls, true),
            (bad(Bad::BadEncoding), "is not accepted", ErrorKind::Tls, true),
            (bad(Bad::Revoked), "is not accepted", ErrorKind::Tls, true),
            (U::Rustls(rustls::Error::NoCertificatesPresented), "is not accepted", ErrorKind::Tls, true),
            (alert(Alert::CertificateRequired), "requires a client certificate", ErrorKind::Tls, true),
            (alert(Alert::UnknownCA), "does not accept the client certificate", ErrorKind::Tls, true),
            (
                alert(Alert::CertificateExpired),
                "does not accept the client certificate",
                ErrorKind::Tls,
                true,
            ),
            (alert(Alert::HandshakeFailure), "TLS failed", ErrorKind::Tls, true),
            (alert(Alert::BadRecordMac), "TLS failed", ErrorKind::Tls, false),
            (U::Rustls(rustls::Error::DecryptError), "TLS failed", ErrorKind::Tls, false),
            (U::Tls("Rustls invalid dns name error"), "TLS failed", ErrorKind::Tls, true),
            // An I/O error, whatever its words.
            (io(K::InvalidData, "bad certificate"), "the connection broke off", ErrorKind::Connection, false),
            (
                io(K::InvalidData, "stream did not contain valid UTF-8"),
                "the connection broke off",
                ErrorKind::Connection,
                false,
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
