//! The history of items: the client's requests to the sandbox, the results, and flow metrics compared with measures
//! worked out by hand.

mod filters;
mod measures;
mod prefetch;
mod service;
