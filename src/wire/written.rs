//! The results of writes and batches.

use super::envelope::{Envelope, beyond_limits, elements, lines, members, object_of};
use super::verdict::{judge_status, not_wsapi, odd_answer, own_envelope, refused, unreadable};
use crate::error::{Error, Result};
use crate::http::Response;
use crate::record::{Record, parse};
use serde_json::{Map, Value};

/// The result of a write.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// The object created, updated or copied; none after a delete.
    pub(crate) object: Option<Record>,
    /// The members added to a collection.
    pub(crate) results: Vec<Map<String, Value>>,
    pub(crate) warnings: Vec<String>,
}

/// Reads the answer to a create, update, delete or collection edit: `CreateResult`, `OperationResult`, or the
/// object under its type's name. `whole` says whether the object was requested with all its fields.
pub(crate) fn written(response: &Response, whole: bool) -> Result<Written> {
    judge_status(response)?;
    const WANTED: &str = "the result of a write";
    let envelope = own_envelope(response, WANTED)?;
    if envelope.key == "QueryResult" {
        return Err(odd_answer(response, WANTED));
    }
    let refuse = |e: serde_json::Error| unreadable(&e, response, WANTED);
    let list = envelope.part("Results").filter(|part| part.starts_with('['));
    let results = match list.map(|text| parse::Reader::default().read(text)).transpose().map_err(refuse)? {
        Some(Value::Array(rows)) => rows.into_iter().filter_map(object_of).collect(),
        _ => Vec::new(),
    };
    let object = match envelope.part("Object").filter(|part| part.starts_with('{')) {
        Some(text) => {
            let object = parse::Reader::default().read(text).map_err(refuse)?;
            object_of(object).map(|object| Record::new(object, whole))
        }
        None if envelope.part("_ref").is_some() => {
            Some(Record::item(&envelope.key, envelope.fields().map_err(refuse)?))
        }
        None => None,
    };
    Ok(Written { object, results, warnings: envelope.warnings })
}

/// Reads the answer to a batch of `sent` writes: one result for each, in their order.
///
/// `whole` says whether the objects were requested with all their fields. An outer `Err` concerns the batch as a
/// whole.
pub(crate) fn batch(response: &Response, sent: usize, whole: bool) -> Result<Vec<Result<Written>>> {
    judge_status(response)?;
    const WANTED: &str = "the result of a batch";
    let Some(envelope) = Envelope::read(&response.body) else { return Err(odd_answer(response, WANTED)) };
    let Envelope { errors, warnings, .. } = &envelope;
    let Some(results) = envelope.part("Results").filter(|part| part.starts_with('[')) else {
        return Err(match errors.is_empty() {
            false => refused(errors.clone()),
            true => odd_answer(response, WANTED),
        });
    };
    let mut verdicts: Vec<Result<Written>> = Vec::new();
    let mut tree = parse::Reader::of_anything();
    elements(results, |text| {
        if verdicts.len() < sent {
            verdicts.push(entry(text, whole, &mut tree));
        }
    })
    .map_err(|e| unreadable(&e, response, WANTED))?;
    if verdicts.is_empty() && !errors.is_empty() {
        return Err(refused(errors.clone()));
    }
    // Messages next to the results belong to items without a result, or to all.
    let told = verdicts.iter().any(Result::is_err);
    while verdicts.len() < sent {
        let error = match errors.is_empty() {
            false => refused(errors.clone()),
            true => {
                Error::new(not_wsapi(response.status, false), "the answer to the batch leaves this item out")
            }
        };
        verdicts.push(Err(error.fate_unknown()));
    }
    let beside: &[String] = if told { &[] } else { errors };
    for written in verdicts.iter_mut().flatten() {
        written.warnings.extend(beside.iter().chain(warnings).cloned());
    }
    Ok(verdicts)
}

/// Reads one result of a batch.
fn entry(text: &str, whole: bool, tree: &mut parse::Reader) -> Result<Written> {
    let (mut errors, mut warnings, mut object) = (Vec::new(), Vec::new(), None);
    let read = members(text, |name, value| match name {
        "Errors" => errors = lines(value),
        "Warnings" => warnings = lines(value),
        "Object" => object = Some(value).filter(|value| value.starts_with('{')),
        _ => {}
    });
    if read.is_err() || !text.starts_with('{') {
        let error =
            Error::new(not_wsapi(200, false), "the answer to the batch holds no result for this item");
        return Err(error.fate_unknown());
    }
    if !errors.is_empty() {
        return Err(refused(errors));
    }
    let object = object.map(|text| tree.read(text)).transpose();
    let object = object.map_err(|e| {
        let fallback = || Error::new(not_wsapi(200, false), "the result of this item cannot be read");
        beyond_limits(&e, 200).unwrap_or_else(fallback).fate_unknown()
    })?;
    let object = object.and_then(object_of).map(|object| Record::new(object, whole));
    Ok(Written { object, results: Vec::new(), warnings })
}
