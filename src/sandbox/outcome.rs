//! The result of a write, and how it is sent.

use super::fetch::Fetch;
use super::object::Key;
use super::plan::Notes;
use super::render::Pen;
use super::write_json as json;

/// The envelope of an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrap {
    Create,
    Operation,
    /// A copy is returned under the name of its type.
    Copy,
}

/// The result of a write.
pub(super) struct Outcome {
    pub(super) wrap: Wrap,
    pub(super) notes: Notes,
    pub(super) object: Option<Key>,
    /// The members added to a collection.
    pub(super) results: Option<Vec<Key>>,
}

impl Outcome {
    pub(super) fn new(wrap: Wrap) -> Outcome {
        Outcome { wrap, notes: Notes::default(), object: None, results: None }
    }

    pub(super) fn refused(wrap: Wrap, error: String) -> Outcome {
        let notes = Notes { errors: vec![error], warnings: Vec::new() };
        Outcome { notes, ..Outcome::new(wrap) }
    }
}

pub(super) fn result<'s>(out: &mut Vec<u8>, pen: &mut Pen<'s>, outcome: &Outcome, fetch: &'s Fetch) {
    out.push(b'{');
    pen.api(out);
    out.extend_from_slice(b"\"Errors\":");
    json::texts(out, &outcome.notes.errors);
    out.extend_from_slice(b",\"Warnings\":");
    json::texts(out, &outcome.notes.warnings);
    if let Some(key) = outcome.object {
        out.extend_from_slice(b",\"Object\":");
        pen.row(out, key, fetch);
    }
    if let Some(keys) = &outcome.results {
        out.extend_from_slice(b",\"Results\":[");
        for (i, key) in keys.iter().enumerate() {
            if i > 0 {
                out.push(b',');
            }
            pen.row(out, *key, fetch);
        }
        out.push(b']');
    }
    out.push(b'}');
}
