//! What a pipe gives on standard input: ids, or JSON objects that have one.

use crate::failure::Failure;
use crate::files;
use crate::stdio::say;
use rally_wsapi::{Id, Ref};
use serde_json::{Deserializer, Map, Value};
use std::sync::atomic::{AtomicBool, Ordering};

/// Stands for standard input among ids and files.
pub(crate) const PIPE: &str = "-";

/// Whether the first line of standard input is the API key.
static HOLDS_KEY: AtomicBool = AtomicBool::new(false);

pub(crate) fn holds_key() {
    HOLDS_KEY.store(true, Ordering::Relaxed);
}

/// The ids of a command line, those of standard input in place of `-`.
pub(crate) fn ids(texts: &[String]) -> Result<Vec<String>, Failure> {
    let mut all = Vec::new();
    for text in texts {
        if text != PIPE {
            all.push(text.clone());
        } else if texts.iter().filter(|text| *text == PIPE).count() > 1 {
            return Err(Failure::usage("`-` is standard input, which is read once"));
        } else {
            let read = ids_of(&text_of_input()?)?;
            if read.is_empty() {
                say("standard input is empty: nothing to do");
            }
            all.extend(read);
        }
    }
    Ok(all)
}

/// All of standard input.
pub(crate) fn text_of_input() -> Result<String, Failure> {
    let refuse = |_| Failure::usage("standard input is not UTF-8");
    let text = String::from_utf8(bytes_of_input()?).map_err(refuse)?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

pub(crate) fn bytes_of_input() -> Result<Vec<u8>, Failure> {
    let refuse = |e| Failure::usage(format!("standard input cannot be read: {e}"));
    let bytes = files::to_end(std::io::stdin()).map_err(refuse)?;
    if HOLDS_KEY.load(Ordering::Relaxed) && bytes.trim_ascii().is_empty() {
        return Err(Failure::usage(
            "nothing is left on standard input behind the API key of `--apikey -`; put the input below it, or give the key with --apikey-file",
        ));
    }
    Ok(bytes)
}

/// The ids of a text: one a line, or JSON in any layout.
fn ids_of(text: &str) -> Result<Vec<String>, Failure> {
    if text.trim_start().starts_with(['{', '[', '"']) {
        let values = json_values(text, "standard input")?;
        return (1..).zip(&values).map(|(at, value)| id_of(at, value)).collect();
    }
    Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

/// The values of a text of JSON: lists are opened, and values may follow each other.
pub(crate) fn json_values(text: &str, place: &str) -> Result<Vec<Value>, Failure> {
    let mut all = Vec::new();
    for value in Deserializer::from_str(text).into_iter::<Value>() {
        match value {
            Ok(Value::Array(items)) => all.extend(items),
            Ok(one) => all.push(one),
            Err(e) => return Err(Failure::usage(format!("{place} is not JSON: {e}"))),
        }
    }
    Ok(all)
}

fn id_of(at: usize, value: &Value) -> Result<String, Failure> {
    let id = match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(id) => Some(id.to_string()),
        Value::Object(fields) => id_among(fields),
        _ => None,
    };
    id.ok_or_else(|| {
        Failure::usage(format!(
            "item {at} of standard input has no FormattedID, _ref or ObjectID; fetch one with it, as --fetch FormattedID, or ObjectID where the type has no FormattedID"
        ))
    })
}

/// The id of an object as `rally query` prints it.
pub(crate) fn id_among(fields: &Map<String, Value>) -> Option<String> {
    let text = |name: &str| fields.get(name)?.as_str().filter(|text| !text.is_empty());
    // Only objects of known types have both; the shorter one is looked up with all others by one request.
    if let Some(id) = text("FormattedID") {
        return Some(id.to_owned());
    }
    let path =
        |text: &str| Ref::parse(text).map_or_else(|_| text.to_owned(), |known| known.path().to_owned());
    if let Some(reference) = text("_ref") {
        return Some(path(reference));
    }
    match fields.get("ObjectID")? {
        Value::Number(id) => Some(id.to_string()),
        Value::String(id) if matches!(id.parse(), Ok(Id::ObjectId(_))) => Some(id.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        ids_of(text).unwrap()
    }

    #[test]
    fn ids_come_as_lines_or_as_json_in_any_layout() {
        assert_eq!(read("DE1\r\n\n  US7-US9 \nDE2,DE3"), ["DE1", "US7-US9", "DE2,DE3"]);
        assert_eq!(read(" \n\n"), [""; 0]);
        let lines = "{\"FormattedID\":\"DE1\",\"Name\":\"a\"}\n{\"_ref\":\"https://h/slm/webservice/v2.0/tag/7\"}\n\n{\"ObjectID\":9}\n";
        assert_eq!(read(lines), ["DE1", "/tag/7", "9"]);
        assert_eq!(read("[\n{\"FormattedID\": \"DE1\"},\n{\"FormattedID\": \"DE2\"}\n]\n"), ["DE1", "DE2"]);
        assert_eq!(read("[]"), [""; 0]);
        assert_eq!(read("\"DE1\" 7"), ["DE1", "7"]);
        // An empty id is none.
        assert_eq!(read("{\"FormattedID\": null, \"_ref\": \"/defect/7\"}"), ["/defect/7"]);
    }

    #[test]
    fn what_has_no_id_is_named_by_its_place() {
        let said = |text: &str| match ids_of(text) {
            Err(Failure::Usage(said)) => said,
            other => panic!("{other:?}"),
        };
        assert!(
            said("{\"FormattedID\":\"DE1\"}\n{\"Name\":\"a\"}")
                .starts_with("item 2 of standard input has no")
        );
        assert!(said("[true]").starts_with("item 1 "));
        assert!(said("{\"FormattedID\":\"DE1\"}\n{").contains("is not JSON: EOF"));
    }
}
