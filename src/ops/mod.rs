//! What a client can do beyond reading rows: a file a capability.

mod allowed_values;
mod schema;
mod states;
