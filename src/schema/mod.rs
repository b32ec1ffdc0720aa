//! What types and attributes there are, without a client: pure data and the rules on it.

pub(crate) mod standard;
