//! The only module that names the HTTP library: sends requests, returns whole responses.

mod agent;
mod date;
mod exchange;
mod failure;
mod identity;
mod tls;
mod transport;
mod watched;

pub(crate) use self::agent::UreqTransport;
pub(crate) use self::date::{http_date, retry_after};
pub(crate) use self::exchange::{Body, Method, Request, Response, Upload};
pub(crate) use self::transport::{MOST_AHEAD, Receiver, Transport};
