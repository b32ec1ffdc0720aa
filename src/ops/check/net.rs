//! DNS look-ups and TCP connections, which the check makes before any request.

use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

/// Lets tests replace the network.
pub(super) trait Net {
    fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>>;
    fn connect(&self, address: &SocketAddr, timeout: Duration) -> io::Result<()>;
}

/// The system's network.
pub(super) struct SystemNet;

impl Net for SystemNet {
    fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        (host, port).to_socket_addrs().map(Iterator::collect)
    }

    fn connect(&self, address: &SocketAddr, timeout: Duration) -> io::Result<()> {
        TcpStream::connect_timeout(address, timeout).map(drop)
    }
}
