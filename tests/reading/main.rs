//! Reading: results, requests, and their number.

#[path = "../support/mod.rs"]
mod support;
#[path = "../workspace/mod.rs"]
mod workspace;

mod answered_types;
mod basics;
mod chase;
mod check;
mod collections;
mod dates;
mod eager;
mod evidence;
mod filters;
mod history;
mod max_requests;
mod names;
mod people;
mod prefetch;
mod pyral_names;
mod query_url;
mod raw;
mod rows;
mod same_results;
mod schema;
mod scope_table;
mod scopes;
mod server_names;
mod several_types;
mod typed;
