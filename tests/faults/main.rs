//! Every fault we can produce, on real sockets of this machine.

mod matrix;
mod server;
mod tls;
