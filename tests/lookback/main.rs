//! The history of items: what the client asks the sandbox, what it makes of the answers, and flow metrics against measures
//! worked out by hand.

mod filters;
mod measures;
mod prefetch;
mod service;
