//! Writing: the requests, and their results.

#[path = "../workspace/mod.rs"]
mod workspace;

mod attachments;
mod basics;
mod batches;
mod behaviour;
mod by_name;
mod downloads;
mod fate;
mod files_and_talk;
mod unfinished;
mod values;
