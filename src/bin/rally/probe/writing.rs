//! Questions that must write to be answered, on a defect made for them.

use super::Question;
use super::reply::{Answer, Stop, lacking, other, own_name};
use super::trial::Trial;
use serde_json::{Value, json};

pub(super) const ALL: &[Question<Trial>] = &[
    Question {
        name: "quote-is-found",
        asks: r#"Does `contains "\"quote\""` find a name with that word in quotes?"#,
        ask: |trial| Ok((found(trial, r#"\"quote\""#)? > 0).into()),
    },
    Question {
        name: "backslash-is-found",
        asks: "Is a backslash in a query that of a name, without doubling?",
        ask: |trial| {
            Ok(match found(trial, r"back\slash")? {
                1.. => Answer::Yes,
                0 if found(trial, r"back\\slash")? > 0 => other("doubled"),
                0 => Answer::No,
            })
        },
    },
    Question {
        name: "batch-is-atomic",
        asks: "Does a batch whose second entry fails leave the first undone?",
        ask: batch_is_atomic,
    },
    Question {
        name: "number-becomes-text",
        asks: "Is a number taken for a text?",
        ask: |trial| becomes(trial, "FoundInBuild", &json!(27), &json!("27")),
    },
    Question {
        name: "text-becomes-number",
        asks: "Is the text of a number taken for it?",
        ask: |trial| becomes(trial, "PlanEstimate", &json!("4"), &json!(4.0)),
    },
    Question {
        name: "empty-text-clears-number",
        asks: "Does an empty text clear a number?",
        ask: |trial| becomes(trial, "PlanEstimate", &json!(""), &Value::Null),
    },
    Question {
        name: "text-becomes-boolean",
        asks: "Is the text `true` taken for yes?",
        ask: |trial| becomes(trial, "Ready", &json!("true"), &json!(true)),
    },
    Question {
        name: "add-returns-members",
        asks: "Does the answer to `/Tags/add` hold the members added?",
        ask: add_returns_members,
    },
    Question {
        name: "add-takes-other-key",
        asks: "Does `/Tags/add` take `Tags` in place of `CollectionItems`?",
        ask: add_takes_other_key,
    },
    Question {
        name: "copy-is-under-its-type",
        asks: "Does `/copy` answer with the copy under its type's name?",
        ask: |trial| {
            let copied = trial.post(&trial.path("/copy")?, json!({}), &[])?;
            Ok(match (copied.key.as_str(), copied.is_refused(), copied.body.get("Object").is_some()) {
                (_, true, _) => copied.or_no().map(|_| Answer::No)?,
                (key, false, _) if key.eq_ignore_ascii_case("Defect") => Answer::Yes,
                (key, false, true) => other(format!("as the Object of {}", own_name(key))),
                (key, false, false) => other(format!("as {}", own_name(key))),
            })
        },
    },
];

fn found(trial: &Trial, text: &str) -> Result<u64, Stop> {
    let query = format!("((ObjectID = {}) AND (Name contains \"{text}\"))", trial.id()?);
    let params = [("project", "null"), ("query", &query), ("fetch", "ObjectID"), ("pagesize", "1")];
    trial.asker.get_there("defect", &params)?.or_no()?.total()
}

fn batch_is_atomic(trial: &Trial) -> Result<Answer, Stop> {
    let path = format!("/{}", trial.path("")?);
    let entry = |fields| json!({"Entry": {"Path": path, "Method": "POST", "Body": {"Defect": fields}}});
    let good = entry(json!({"FoundInBuild": "first of a batch"}));
    let bad = entry(json!({"State": "no such state"}));
    let reply = trial.post("batch", json!({"Batch": [good, bad]}), &[])?;
    let results = reply.rows();
    let is_refused = |result: Option<&Value>| {
        result.and_then(|result| result.get("Errors")?.as_array()).is_some_and(|errors| !errors.is_empty())
    };
    if !reply.is_refused() && !is_refused(results.get(1)) {
        return Ok(other("the second did not fail"));
    }
    Ok((trial.field("FoundInBuild")? != json!("first of a batch")).into())
}

/// Writes a value and looks what it has become.
fn becomes(trial: &Trial, name: &str, value: &Value, wanted: &Value) -> Result<Answer, Stop> {
    let reply = trial.post(&trial.path("")?, json!({"Defect": {name: value}}), &[("fetch", name)])?;
    let reply = reply.or_no()?;
    let ignored = reply.has_warnings();
    let now = trial.field(name)?;
    let is_wanted = match (now.as_f64(), wanted.as_f64()) {
        (Some(now), Some(wanted)) => (now - wanted).abs() < 1e-9,
        _ => now == *wanted,
    };
    Ok(match (is_wanted, ignored) {
        (true, _) => Answer::Yes,
        (false, true) => other("ignored, with a warning"),
        (false, false) => other(format!("it becomes {}", shape(&now))),
    })
}

fn shape(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "another number",
        Value::String(_) => "another text",
        Value::Array(_) | Value::Object(_) => "something else",
    }
}

/// The reference of some tag of the workspace.
fn some_tag(trial: &Trial) -> Result<Value, Stop> {
    let tags = trial.asker.get_there("tag", &[("pagesize", "1"), ("order", "ObjectID")])?.good()?;
    let tag = tags.rows().first().and_then(|tag| tag.get("_ref").cloned());
    tag.map(|tag| json!([{"_ref": tag}])).ok_or_else(|| lacking("the workspace has no tags"))
}

fn tags(trial: &Trial) -> Result<u64, Stop> {
    trial.asker.get(&trial.path("/Tags")?, &[("fetch", "ObjectID")])?.good()?.total()
}

fn add_returns_members(trial: &Trial) -> Result<Answer, Stop> {
    let items = json!({"CollectionItems": some_tag(trial)?});
    let reply = trial.post(&trial.path("/Tags/add")?, items, &[])?.or_no()?;
    Ok(match (reply.rows().len(), reply.key.as_str()) {
        (1, "OperationResult") => Answer::Yes,
        (1, key) => other(format!("in {}", own_name(key))),
        _ if tags(trial)? == 0 => other("nothing is added"),
        (0, _) => Answer::No,
        _ => other("other members, too"),
    })
}

fn add_takes_other_key(trial: &Trial) -> Result<Answer, Stop> {
    let tag = some_tag(trial)?;
    trial.post(&trial.path("/Tags/remove")?, json!({"CollectionItems": tag}), &[])?.good()?;
    if tags(trial)? > 0 {
        return Err(lacking("the tag cannot be removed"));
    }
    trial.post(&trial.path("/Tags/add")?, json!({"Tags": tag}), &[])?.or_no()?;
    Ok((tags(trial)? == 1).into())
}
