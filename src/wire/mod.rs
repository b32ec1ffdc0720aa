//! Answers of the server: from status and envelope to records or an error, in one place.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod envelope;
mod page;
mod row_ref;
mod single;
mod snapshots;
mod split;
mod stranger;
mod verdict;
mod written;

pub(crate) use self::page::{RawPage, query_page, query_page_read};
pub(crate) use self::single::{SchemaAnswer, content, item, json, plain_json, schema_answer, security_token};
pub(crate) use self::snapshots::snapshot_page;
pub(crate) use self::split::ReadRows;
pub(crate) use self::verdict::says_invalid_key;
pub(crate) use self::written::{Written, batch, written};
