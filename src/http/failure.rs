//! Maps the HTTP library's errors to kinds, messages, advice, and whether anything had been sent.

use crate::error::{Error, ErrorKind};
use std::io;

/// What happened, and what to do.
type Words = (&'static str, &'static str);

/// The kind of an error, its words, and whether it came before there was a connection, so that nothing was sent.
type Cause = (ErrorKind, Words, bool);

const BROKEN: Words = ("the connection broke off", "check the network, proxy and VPN");
const SLOW: Words = ("no answer in the time allowed", "ask for less, or raise `timeout`");
const TLS: Words = ("TLS failed", "check host and port: https needs a server that speaks it");
const UNKNOWN: Words = ("the host is not known", "check the server's name, the network and VPN");

/// The systems' words for an unknown host name; the standard library has no kind for it.
const NO_SUCH_HOST: [&str; 4] =
    ["lookup address", "name or service not known", "no such host", "nodename nor servname"];

/// `true` for errors before there is a connection.
pub(super) fn never_left(error: &ureq::Error) -> bool {
    cause(error).2
}

/// Sorts the library's errors into kinds.
pub(super) fn failure(error: ureq::Error) -> Error {
    let (kind, (what, remedy), _) = cause(&error);
    let text = match error {
        // Which of its own limits ended it says nothing more.
        ureq::Error::Timeout(_) => what.to_owned(),
        _ => format!("{what} ({error})"),
    };
    Error::new(kind, text).remedy(remedy)
}

fn cause(error: &ureq::Error) -> Cause {
    use ErrorKind as K;
    use ureq::Error as U;
    match error {
        U::Rustls(error) => of_tls(error),
        U::Tls(_) | U::Pem(_) | U::TlsRequired => (K::Tls, TLS, true),
        U::Io(error) => of_io(error),
        U::Timeout(ureq::Timeout::Resolve | ureq::Timeout::Connect) => (
            K::Timeout,
            ("no connection in the time allowed", "check host, proxy and VPN, or raise `connect_timeout`"),
            true,
        ),
        U::Timeout(_) => (K::Timeout, SLOW, false),
        U::HostNotFound => (K::Connection, UNKNOWN, true),
        U::ConnectProxyFailed(status) if status.contains("407") => (
            K::Authentication,
            ("the proxy wants credentials", "write them into the proxy: http://user:password@host:port"),
            true,
        ),
        U::ConnectProxyFailed(_) => (
            K::Connection,
            ("the proxy does not lead to the server", "check the proxy's address, and what it lets through"),
            true,
        ),
        U::InvalidProxyUrl => {
            (K::Input, ("invalid proxy address", "write it as http://host:port or socks5://host:port"), true)
        }
        U::BadUri(_) | U::Http(_) | U::RequireHttpsOnly(_) => (
            K::Input,
            ("the request cannot be written", "check the server's address and the headers set"),
            true,
        ),
        U::LargeResponseHeader(..) => {
            (K::Limit, ("the answer's headers are too large", "check what is in between"), false)
        }
        U::Protocol(_) => (
            K::Connection,
            ("the answer is not HTTP as it should be", "check host, port and what is in between"),
            false,
        ),
        U::Decompress(..) => {
            (K::Connection, ("the compressed answer is broken", "check what is in between"), false)
        }
        _ => (K::Connection, BROKEN, false),
    }
}

fn of_io(error: &io::Error) -> Cause {
    use io::ErrorKind as K;
    // A handshake fails while reading or writing.
    if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref()) {
        return of_tls(error);
    }
    let text = error.to_string().to_lowercase();
    if NO_SUCH_HOST.iter().any(|words| text.contains(words)) {
        return (ErrorKind::Connection, UNKNOWN, true);
    }
    match error.kind() {
        K::TimedOut => (ErrorKind::Timeout, SLOW, false),
        K::ConnectionRefused => (
            ErrorKind::Connection,
            ("the connection was refused", "check host and port, and whether the server runs"),
            true,
        ),
        K::HostUnreachable | K::NetworkUnreachable | K::AddrNotAvailable => (
            ErrorKind::Connection,
            ("no route to host", "check the network, and whether a VPN or proxy is needed"),
            true,
        ),
        _ => (ErrorKind::Connection, BROKEN, false),
    }
}

/// What is wrong with a server's certificate, or with its TLS. That comes before any request, except for an invalid
/// record, which may also come after it.
fn of_tls(error: &rustls::Error) -> Cause {
    use rustls::AlertDescription as Alert;
    use rustls::CertificateError as Bad;
    use rustls::Error as E;
    let words = match error {
        E::InvalidCertificate(Bad::NotValidForName | Bad::NotValidForNameContext { .. }) => (
            "the server's certificate is for another name",
            "check the server's address; name the host as its certificate does",
        ),
        E::InvalidCertificate(Bad::Expired | Bad::ExpiredContext { .. }) => (
            "the server's certificate has expired",
            "check this machine's date, or report it to the server's administrator",
        ),
        E::InvalidCertificate(Bad::NotValidYet | Bad::NotValidYetContext { .. }) => {
            ("the server's certificate is not valid yet", "check this machine's date and time zone")
        }
        E::InvalidCertificate(Bad::UnknownIssuer) => (
            "the server's certificate is not signed by a trusted CA (unknown issuer)",
            "name the issuer's certificate with `ca_file` or RALLY_CA_FILE, or add it to the platform's store; a company's proxy often has its own",
        ),
        E::InvalidCertificate(_) | E::NoCertificatesPresented => (
            "the server's certificate is not accepted",
            "check it, and name its issuer with `ca_file` or RALLY_CA_FILE",
        ),
        // Alerts are about the certificate that the client sent; servers send none about their own.
        E::AlertReceived(Alert::CertificateRequired | Alert::NoCertificate) => {
            ("the server requires a client certificate", "name it, with its key, by `client_cert`")
        }
        E::AlertReceived(
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
            | Alert::BadCertificateHashValue,
        ) => (
            "the server does not accept the client certificate, or the lack of one",
            "check what `client_cert` names: who issued it, for how long, and whether the chain is whole",
        ),
        E::PeerIncompatible(_)
        | E::AlertReceived(
            Alert::HandshakeFailure
            | Alert::ProtocolVersion
            | Alert::InsufficientSecurity
            | Alert::UnrecognisedName
            | Alert::NoApplicationProtocol,
        ) => TLS,
        _ => return (ErrorKind::Tls, TLS, false),
    };
    (ErrorKind::Tls, words, true)
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
