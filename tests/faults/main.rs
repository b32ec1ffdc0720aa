//! Every fault that can be produced on real sockets of this machine.

mod identity;
mod limits;
mod load;
mod logs;
mod matrix;
mod secrets;
mod server;
mod tls;
mod trust;
