//! The only module that names the HTTP library: sends requests, returns whole responses.

mod agent;
mod date;
mod exchange;
mod failure;
mod identity;
mod tls;

pub(crate) use self::agent::UreqTransport;
pub(crate) use self::date::{http_date, retry_after};
pub(crate) use self::exchange::{Body, MOST_AHEAD, Method, Receiver, Request, Response, Transport, Upload};
