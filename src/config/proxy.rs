//! The proxy for the server.

use crate::secret::Secret;

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
