//! The history of items: the client's requests to the sandbox, the results, and flow metrics compared with measures
//! worked out by hand.

mod measures;
mod service;
