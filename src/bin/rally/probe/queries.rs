//! Questions about queries.

use super::Question;
use super::asker::Asker;
use super::reply::{Answer, Stop, lacking, other};
use serde_json::Value;

pub(super) const ALL: &[Question<Asker>] = &[
    Question {
        name: "quote-in-value",
        asks: r#"Does `\"` stand for a quote within a quoted value?"#,
        ask: |asker| is_met_beside(asker, r#"Name = "a\"b""#, "OR"),
    },
    Question {
        name: "backslash-in-value",
        asks: "Is a backslash taken within a quoted value?",
        ask: |asker| is_met_beside(asker, r#"Name = "a\b""#, "OR"),
    },
    Question {
        name: "equal-ignores-case",
        asks: "Does `=` find a text in other letter case?",
        ask: |asker| finds_in_other_case(asker, "=", |name| Some(name)),
    },
    Question {
        name: "contains-ignores-case",
        asks: "Does `contains` find a text in other letter case?",
        ask: |asker| {
            finds_in_other_case(asker, "contains", |name| name.split(' ').max_by_key(|word| word.len()))
        },
    },
    Question {
        name: "formatted-id-by-number",
        asks: "Does `FormattedID = 12` find DE12?",
        ask: formatted_id_by_number,
    },
    Question { name: "in-operator", asks: "Does `ObjectID in 1,2` find both?", ask: in_operator },
    Question {
        name: "collection-count",
        asks: "Can a query ask for `Tags.Count`?",
        ask: |asker| is_met_beside(asker, "Tags.Count >= 0", "AND"),
    },
    Question {
        name: "typepath-ignores-case",
        asks: "Does `TypePath = \"defect\"` find the type Defect?",
        ask: |asker| {
            let params = [("query", "(TypePath = \"defect\")"), ("fetch", "TypePath"), ("pagesize", "1")];
            let page = asker.get_there("typedefinition", &params)?.or_no()?;
            let path = page.rows().first().and_then(|row| row.get("TypePath")?.as_str());
            Ok(match path {
                Some(path) if path.eq_ignore_ascii_case("defect") => Answer::Yes,
                None if page.total()? == 0 => Answer::No,
                _ => other("taken, with other results"),
            })
        },
    },
    Question {
        name: "custom-name-without-prefix",
        asks: "Is a custom field found by its name without `c_`?",
        ask: bare_custom_name,
    },
    Question {
        name: "order-by-rank",
        asks: "Can results be ordered by `Rank`?",
        ask: |asker| asker.rows(&[("order", "Rank")])?.or_no().map(|_| Answer::Yes),
    },
    Question { name: "today", asks: "Is `today` a date?", ask: |asker| takes_date(asker, "today") },
    Question {
        name: "today-minus-days",
        asks: "Is `today-30` a date?",
        ask: |asker| takes_date(asker, "today-30"),
    },
    Question {
        name: "today-plus-days",
        asks: "Is `today+30` a date?",
        ask: |asker| takes_date(asker, "today+30"),
    },
];

/// A condition that is met beside one that finds a certain object: others come and go.
fn is_met_beside(asker: &Asker, condition: &str, word: &str) -> Result<Answer, Stop> {
    let id = asker.sample()?.id()?;
    match asker.found(&format!("(({condition}) {word} (ObjectID = {id}))"))? {
        0 => Ok(other("taken, with other results")),
        found => Ok(finds_one(found)),
    }
}

/// Of a query that finds one object or none.
pub(super) fn finds_one(found: u64) -> Answer {
    match found {
        0 => Answer::No,
        1 => Answer::Yes,
        _ => other("taken, with other results"),
    }
}

fn finds_in_other_case(
    asker: &Asker,
    operator: &str,
    part: fn(&str) -> Option<&str>,
) -> Result<Answer, Stop> {
    let sample = asker.sample()?;
    let is_plain = |text: &str| {
        let of_words = text.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ');
        of_words && text.trim() == text && text.chars().any(|c| c.is_ascii_alphabetic())
    };
    let names = sample.rows.iter().filter_map(|row| {
        Some((row.get("ObjectID")?.as_i64()?, row.get("Name")?.as_str().filter(|name| is_plain(name))?))
    });
    let named = names.filter_map(|(id, name)| Some((id, part(name)?))).find(|(_, text)| is_plain(text));
    let (id, text) = named.ok_or_else(|| lacking("no object has a name of plain words"))?;
    let asked = |text: &str| asker.found(&format!("((ObjectID = {id}) AND (Name {operator} \"{text}\"))"));
    let swapped: String = text.chars().map(swapped).collect();
    match asked(&swapped)? {
        0 if asked(text)? == 0 => Ok(other("not even in its own letter case")),
        found => Ok(finds_one(found)),
    }
}

fn swapped(c: char) -> char {
    if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }
}

fn formatted_id_by_number(asker: &Asker) -> Result<Answer, Stop> {
    let numbered = asker.sample()?.rows.iter().find_map(|row| {
        let id = row.get("FormattedID")?.as_str()?.trim_start_matches(|c: char| !c.is_ascii_digit());
        Some((id.parse::<u64>().ok()?, row.get("ObjectID")?.as_i64()?))
    });
    let (number, id) = numbered.ok_or_else(|| lacking("no FormattedID ends in a number"))?;
    Ok(finds_one(asker.found(&format!("((FormattedID = {number}) AND (ObjectID = {id}))"))?))
}

fn in_operator(asker: &Asker) -> Result<Answer, Stop> {
    let ids: Vec<i64> = asker.sample()?.ids().take(2).collect();
    let list = ids.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
    match asker.found(&format!("(ObjectID in {list})"))? {
        found if found == ids.len() as u64 => Ok(Answer::Yes),
        _ => Ok(other("taken, with other results")),
    }
}

fn bare_custom_name(asker: &Asker) -> Result<Answer, Stop> {
    let sample = asker.sample()?;
    let whole = asker.get(&format!("{}/{}", sample.kind, sample.id()?), &[])?.good()?;
    // Texts cannot be compared with null everywhere, nor can collections.
    let is_simple = |value: &Value| value.is_number() || value.is_boolean();
    let fields = whole.body.as_object().into_iter().flatten();
    let mut bare = fields.filter_map(|(name, value)| Some((name.strip_prefix("c_")?, value)));
    let lack = || lacking("the newest object has no number or yes-and-no in a custom field");
    let (name, _) = bare.find(|(name, value)| name.is_ascii() && is_simple(value)).ok_or_else(lack)?;
    asker.found(&format!("({name} != null)")).map(|_| Answer::Yes)
}

fn takes_date(asker: &Asker, date: &str) -> Result<Answer, Stop> {
    asker.found(&format!("(CreationDate <= {date})")).map(|_| Answer::Yes)
}
