//! Questions about parameters, and about answers and their headers.

use super::Question;
use super::asker::{Asker, Pair, with};
use super::reply::{Answer, Reply, Stop, Unknown, lacking, other, own_name};
use serde_json::Value;

pub(super) const ALL: &[Question<Asker>] = &[
    Question {
        name: "scope-without-project",
        asks: "Without `project`, does a query look in all projects?",
        ask: scope_without_project,
    },
    Question {
        name: "scope-flags-left-out",
        asks: "With `project` alone, does a query look in the projects above or below?",
        ask: scope_flags_left_out,
    },
    Question {
        name: "page-size-over-maximum",
        asks: "What becomes of a `pagesize` of 100000?",
        ask: page_size_over_maximum,
    },
    Question {
        name: "compact-by-default",
        asks: "Are answers compact without `compact`?",
        ask: |asker| {
            let page = asker.rows(&[])?.good()?;
            let row = page.rows().first().ok_or_else(|| lacking("no rows"))?;
            Ok(row.get("_rallyAPIMajor").is_none().into())
        },
    },
    Question { name: "not-modified", asks: "Does `If-None-Match` get a 304?", ask: not_modified },
    Question {
        name: "bearer-token",
        asks: "Is `Authorization: Bearer` taken with the API key?",
        ask: bearer_token,
    },
    Question { name: "search", asks: "Does `search` look for words?", ask: search },
    Question {
        name: "collectionsize",
        asks: "Does `collectionsize` bring members of collections?",
        ask: collectionsize,
    },
    Question {
        name: "collection-summary",
        asks: "Does `fetch=Tags:summary[Name]` bring a `Summary`?",
        ask: |asker| {
            let page = asker.rows(&[("fetch", "Tags:summary[Name]")])?.or_no()?;
            let summary = page.rows().first().and_then(|row| row.get("Summary")).cloned();
            Ok(match summary {
                None => Answer::No,
                Some(summary) if summary.get("Tags").is_some_and(|tags| tags.get("Count").is_some()) => {
                    Answer::Yes
                }
                Some(_) => other("a `Summary` without `Tags` and `Count`"),
            })
        },
    },
    Question {
        name: "include-schema",
        asks: "Does `includeSchema` bring a `Schema`?",
        ask: |asker| {
            let page = asker.rows(&[("includeSchema", "true")])?.or_no()?;
            Ok(match page.body.get("Schema").is_some() {
                false if page.has_beside("Schema") => other("beside QueryResult"),
                found => found.into(),
            })
        },
    },
    Question {
        name: "start-zero",
        asks: "Is a `start` of 0 the same as 1?",
        ask: |asker| {
            let first = asker.rows(&[("start", "1"), ("order", "ObjectID")])?.good()?;
            let zero = asker.rows(&[("start", "0"), ("order", "ObjectID")])?.or_no()?;
            let id = |page: &Reply| page.rows().first().and_then(|row| row.get("ObjectID").cloned());
            Ok(match (zero.rows().is_empty(), id(&first) == id(&zero), zero.number("StartIndex")) {
                (true, ..) => other("no rows"),
                (_, false, _) => other("other rows"),
                (_, true, Some(0)) => other("the same rows, with a StartIndex of 0"),
                _ => Answer::Yes,
            })
        },
    },
    Question {
        name: "start-past-end",
        asks: "Is a page past the end empty, without errors?",
        ask: |asker| {
            let start = asker.sample()?.total.saturating_add(1_000).to_string();
            let page = asker.rows(&[("start", &start)])?.or_no()?;
            Ok(if page.rows().is_empty() { Answer::Yes } else { other("rows") })
        },
    },
    Question {
        name: "chunked",
        asks: "Are answers sent in chunks?",
        ask: |asker| Ok(is_chunked(&long(asker)?).into()),
    },
    Question {
        name: "gzip",
        asks: "Are answers compressed?",
        ask: |asker| {
            let page = long(asker)?;
            // The HTTP library takes the length away with the compression.
            match (page.header("content-length").is_some(), is_chunked(&page)) {
                (_, true) => Ok(other("not to be seen in answers sent in chunks")),
                (has_length, false) => Ok((!has_length).into()),
            }
        },
    },
    Question {
        name: "lookback",
        asks: "Is there a Lookback service?",
        ask: |asker| lookback(asker, "[\"ObjectID\"]", "1").map(|_| Answer::Yes),
    },
    Question {
        name: "lookback-page-size",
        asks: "How many snapshots does a page hold at most?",
        ask: |asker| page_size(&lookback(asker, "[\"ObjectID\"]", "100000")?),
    },
    Question {
        name: "lookback-page-of-all-fields",
        asks: "And with all fields?",
        ask: |asker| page_size(&lookback(asker, "true", "100000")?),
    },
];

/// Asked last: it is about all answers before.
pub(super) const PAUSES: Question<Asker> = Question {
    name: "retry-after",
    asks: "Did an answer to these questions have a `Retry-After`?",
    ask: |asker| Ok(asker.was_told_to_pause().into()),
};

/// How many objects there are in a scope, without those made since the first question.
fn counted(asker: &Asker, scope: &[Pair<'_>]) -> Result<u64, Stop> {
    let sample = asker.sample()?;
    let newest = sample.ids().max().ok_or_else(|| lacking("the objects have no ObjectID"))?;
    let query = format!("(ObjectID <= {newest})");
    let params = [("fetch", "ObjectID"), ("pagesize", "1"), ("query", &query)];
    asker.get_there(sample.kind, &[&params, scope].concat())?.good()?.total()
}

const ALONE: [Pair<'static>; 2] = [("projectScopeUp", "false"), ("projectScopeDown", "false")];
const DOWN: [Pair<'static>; 2] = [("projectScopeUp", "false"), ("projectScopeDown", "true")];
const UP: [Pair<'static>; 2] = [("projectScopeUp", "true"), ("projectScopeDown", "false")];

fn own_project(asker: &Asker) -> Result<String, Stop> {
    // Not the project of the settings: the one that counts without any.
    let own = asker.rally.without_scope().project();
    let own = own.map_err(|error| match error.kind() {
        rally_wsapi::ErrorKind::NotFound => lacking("the user has no default project"),
        _ => asker.failed(&error),
    })?;
    own.reference().map(|own| own.path().to_owned()).ok_or_else(|| lacking("the project has no ref"))
}

/// The scopes that hold as many objects as were found.
fn alike(found: u64, scopes: &[(&str, u64)]) -> Answer {
    let names: Vec<&str> =
        scopes.iter().filter(|(_, total)| *total == found).map(|(name, _)| *name).collect();
    match names.is_empty() {
        true => other("another scope"),
        false => other(names.join(" or ")),
    }
}

fn scope_without_project(asker: &Asker) -> Result<Answer, Stop> {
    let found = counted(asker, &[])?;
    let all = counted(asker, &[("project", "null")])?;
    let own = own_project(asker)?;
    let own = [("project", own.as_str())];
    let alone = counted(asker, &[&own[..], &ALONE].concat())?;
    let down = counted(asker, &[&own[..], &DOWN].concat())?;
    if found == all && all != alone && all != down {
        return Ok(Answer::Yes);
    }
    Ok(alike(found, &[("all projects", all), ("the default project", alone), ("it and those below", down)]))
}

fn scope_flags_left_out(asker: &Asker) -> Result<Answer, Stop> {
    let own = own_project(asker)?;
    let own = [("project", own.as_str())];
    let found = counted(asker, &own)?;
    let alone = counted(asker, &[&own[..], &ALONE].concat())?;
    let down = counted(asker, &[&own[..], &DOWN].concat())?;
    let up = counted(asker, &[&own[..], &UP].concat())?;
    if alone == down && alone == up {
        return Err(lacking("the default project has as many objects as those above and below"));
    }
    if found == alone && alone != down && alone != up {
        return Ok(Answer::No);
    }
    Ok(alike(found, &[("the project alone", alone), ("with those below", down), ("with those above", up)]))
}

fn page_size(page: &Reply) -> Result<Answer, Stop> {
    let size = page.number("PageSize").ok_or_else(|| Stop::Answered(other("no PageSize")))?;
    let warned = if page.has_warnings() { ", with a warning" } else { "" };
    Ok(other(format!("{size}{warned}")))
}

fn page_size_over_maximum(asker: &Asker) -> Result<Answer, Stop> {
    // A page without rows says as much.
    page_size(&asker.rows(&[("pagesize", "100000"), ("query", "(ObjectID = 0)")])?.or_no()?)
}

fn not_modified(asker: &Asker) -> Result<Answer, Stop> {
    let sample = asker.sample()?;
    let path = format!("{}/{}", sample.kind, sample.id()?);
    let first = asker.get(&path, &[("fetch", "Name")])?.good()?;
    let Some(tag) = first.header("etag") else { return Ok(other("answers have no ETag")) };
    let rally = asker.rally.with_header("If-None-Match", tag);
    let again = asker.send(with(rally.raw().unchecked().get(&path), &[("fetch", "Name")]))?;
    match again.status() {
        304 => Ok(Answer::Yes),
        200 => Ok(Answer::No),
        status => Ok(other(format!("status {status}"))),
    }
}

fn bearer_token(asker: &Asker) -> Result<Answer, Stop> {
    // That the key is taken in the usual way was seen before.
    asker.sample()?;
    match asker.rally.raw().unchecked().get("user").bearer().answer() {
        Ok(answer) if answer.status() == 401 => Ok(Answer::No),
        Ok(answer) => match Reply::new(answer)? {
            reply if reply.is_refused() => Ok(Answer::No),
            reply if reply.key == "User" => Ok(Answer::Yes),
            _ => Ok(other("another answer")),
        },
        Err(error) if matches!(error.kind(), rally_wsapi::ErrorKind::Input) => {
            Err(lacking("these settings have no API key"))
        }
        Err(error) => Err(asker.failed(&error)),
    }
}

fn search(asker: &Asker) -> Result<Answer, Stop> {
    // No object has this word.
    let query = format!("(ObjectID = {})", asker.sample()?.id()?);
    let found = asker.rows(&[("search", "zqxjkvbzqxjkvb"), ("query", &query)])?.or_no()?.total()?;
    // It is found unless the word is looked for.
    Ok(match found {
        0 => Answer::Yes,
        1 => Answer::No,
        _ => other("other results"),
    })
}

fn collectionsize(asker: &Asker) -> Result<Answer, Stop> {
    let params = [("fetch", "Tags"), ("collectionsize", "2"), ("query", "(Tags.ObjectID != null)")];
    let page = asker.rows(&params)?.good()?;
    let row = page.rows().first().ok_or_else(|| lacking("no object has tags"))?;
    let Some(Value::Object(tags)) = row.get("Tags") else { return Ok(other("no collection")) };
    let list = tags.iter().find(|(name, value)| value.is_array() && *name != "_tagsNameArray");
    Ok(match list {
        None => Answer::No,
        Some((name, _)) if name == "Results" => Answer::Yes,
        Some((name, _)) => other(format!("as {}", own_name(name))),
    })
}

/// An answer long enough to be worth compressing.
fn long(asker: &Asker) -> Result<Reply, Stop> {
    asker.rows(&[("fetch", "true"), ("pagesize", "5")])?.good()
}

fn is_chunked(page: &Reply) -> bool {
    page.header("transfer-encoding").is_some_and(|how| how.to_ascii_lowercase().contains("chunked"))
}

fn lookback(asker: &Asker, fields: &str, size: &str) -> Result<Reply, Stop> {
    let workspace = asker.workspace()?.trim_start_matches("/workspace/").to_owned();
    let path = format!("analytics/v2.0/service/rally/workspace/{workspace}/artifact/snapshot/query");
    // No object has this id.
    let params = [
        ("find", "{\"ObjectID\":-1}"),
        ("fields", fields),
        ("start", "0"),
        ("pagesize", size),
        ("removeUnauthorizedSnapshots", "true"),
    ];
    let answer = asker.send(with(asker.rally.raw().unchecked().get(&path), &params));
    let answer = match answer {
        Err(Stop::Unknown(Unknown { why, .. })) => {
            return Err(Stop::Unknown(Unknown { why, is_final: false, is_silence: false }));
        }
        answer => answer?,
    };
    let json = answer.json().ok().filter(|json| json.get("Results").is_some());
    match (answer.status(), json) {
        (200, Some(_)) => Reply::flat(answer),
        (401 | 403, _) => Err(Stop::Answered(other("the service refuses the credentials"))),
        (404 | 410, _) | (200, None) => Err(Stop::Answered(other("no service"))),
        (status, _) => Err(Stop::Answered(other(format!("status {status}")))),
    }
}
