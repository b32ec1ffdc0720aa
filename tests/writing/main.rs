//! What is written, and what becomes of it.

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
