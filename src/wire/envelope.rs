//! What surrounds the objects of an answer, read without keeping more of it than needed: a large answer takes
//! little more memory than its bytes, whatever it contains.

use crate::error::{Error, ErrorKind, boundary, counted};
use crate::record::{Known, Name, Read, parse};
use crate::secret::CUT;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::fmt;

/// We ask for at most 2,000 rows; a server that ignores the page size may send more.
pub(super) const MOST_ROWS: usize = 50_000;
const TOO_MANY_ROWS: &str = "more than 50000 rows";
/// The most lines of `Errors` or `Warnings` to keep.
const MOST_LINES: usize = 100;
const LONGEST: usize = 4 << 10;

/// The only object of an answer, whose members are not read yet.
#[derive(Debug)]
pub(super) struct Envelope<'a> {
    pub(super) key: String,
    pub(super) errors: Vec<String>,
    pub(super) warnings: Vec<String>,
    text: &'a str,
    parts: Vec<(&'static str, &'a str)>,
    has_verdict: bool,
}

impl<'a> Envelope<'a> {
    /// `None` without such an object, or with several. `Errors` and `Warnings` may be next to it.
    pub(super) fn read(body: &'a [u8]) -> Option<Envelope<'a>> {
        let (mut objects, mut found, mut beside) = (0usize, None, [None, None]);
        let body = std::str::from_utf8(body).ok()?;
        members(body, |name, value| match name {
            "Errors" => beside[0] = Some(value),
            "Warnings" => beside[1] = Some(value),
            _ if value.starts_with('{') => {
                objects = objects.saturating_add(1);
                found = Some((name.to_owned(), value));
            }
            _ => {}
        })
        .ok()?;
        let (key, text) = match (objects, found) {
            (1, Some(found)) => found,
            (0, _) if beside.iter().any(Option::is_some) => ("OperationResult".to_owned(), "{}"),
            _ => return None,
        };
        let (mut parts, mut inside) = (Vec::new(), [None, None]);
        members(text, |name, value| match name {
            "Errors" => inside[0] = Some(value),
            "Warnings" => inside[1] = Some(value),
            _ => {
                const PARTS: [&str; 7] =
                    ["_ref", "_type", "_rallyAPIMajor", "Object", "Results", "SecurityToken", "Content"];
                if let Some(part) = PARTS.into_iter().find(|part| *part == name) {
                    parts.retain(|(known, _)| *known != part);
                    parts.push((part, value));
                }
            }
        })
        .ok()?;
        let [errors, warnings] = [0, 1].map(|at| {
            let own = inside.get(at).copied().flatten().map(lines).unwrap_or_default();
            let outer = || beside.get(at).copied().flatten().map(lines).unwrap_or_default();
            if own.is_empty() { outer() } else { own }
        });
        let has_verdict = inside.iter().chain(&beside).any(Option::is_some);
        Some(Envelope { key, errors, warnings, text, parts, has_verdict })
    }

    /// `true` if WSAPI sent it. A gateway's `{"error": {..}}` is something else.
    pub(super) fn is_wsapi(&self) -> bool {
        const RESULTS: [&str; 4] = ["QueryResult", "OperationResult", "CreateResult", "BatchResult"];
        let has = |name: &str| self.part(name).is_some();
        RESULTS.contains(&self.key.as_str())
            || self.has_verdict
            || has("_ref")
            || has("_type")
            || has("_rallyAPIMajor")
    }

    /// Returns the JSON of one of the members that envelopes are known to have.
    pub(super) fn part(&self, name: &str) -> Option<&'a str> {
        self.parts.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
    }

    /// Returns all members except `Errors` and `Warnings`.
    pub(super) fn fields(&self) -> Result<Map<String, Value>, serde_json::Error> {
        object_of(parse::envelope(self.text)?).ok_or_else(|| serde_json::Error::custom("not an object"))
    }
}

/// Visits the members of an object; a value of another kind has none. Keeps nothing.
pub(super) fn members<'a>(text: &'a str, each: impl FnMut(&str, &'a str)) -> Result<(), serde_json::Error> {
    struct Members<F>(F);
    impl<'de, F: FnMut(&str, &'de str)> Read<'de> for Members<F> {
        type Read = ();

        fn object<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
            while let Some(name) = map.next_key::<Name<'de>>()? {
                (self.0)(&name.0, map.next_value::<&'de RawValue>()?.get());
            }
            Ok(())
        }
    }
    whole(text, Members(each))
}

/// Visits the elements of a list; a value of another kind has none. Keeps nothing.
pub(super) fn elements<'a>(text: &'a str, each: impl FnMut(&'a str)) -> Result<(), serde_json::Error> {
    struct Elements<F>(F);
    impl<'de, F: FnMut(&'de str)> Read<'de> for Elements<F> {
        type Read = ();

        fn list<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
            while let Some(element) = list.next_element::<&'de RawValue>()? {
                (self.0)(element.get());
            }
            Ok(())
        }
    }
    whole(text, Elements(each))
}

fn whole<'a, R: Read<'a>>(text: &'a str, rule: R) -> Result<R::Read, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = Known(rule).deserialize(&mut reader)?;
    reader.end().map(|()| read)
}

/// Reads `Errors` or `Warnings`: a list of texts, which servers also omit or send as null. Of very many or very
/// long lines the first are kept, and a last line says how much was left out.
pub(super) fn lines(text: &str) -> Vec<String> {
    let (mut kept, mut room, mut left, mut bytes) = (Vec::new(), LONGEST, 0usize, 0usize);
    let mut take = |line: &str| {
        if kept.len() >= MOST_LINES || room == 0 {
            (left, bytes) = (left.saturating_add(1), bytes.saturating_add(line.len()));
            return;
        }
        let line = line_of(line, room);
        room = room.saturating_sub(line.len());
        kept.push(line);
    };
    match text.as_bytes().first() {
        Some(b'[') => {
            // Cannot fail: it was parsed before as part of the whole.
            let _ = elements(text, take);
        }
        _ if matches!(text, "null" | "\"\"" | "{}" | "") => {}
        _ => take(text),
    }
    if left > 0 {
        kept.push(format!("{CUT} and {} of {}", counted(left, "more line"), counted(bytes, "byte")));
    }
    kept
}

/// Reads one line, up to this many bytes.
fn line_of(json: &str, most: usize) -> String {
    let text = |json: &str| serde_json::from_str::<String>(json).unwrap_or_else(|_| json.to_owned());
    if json.len() <= most {
        return text(json);
    }
    let mut head = json.get(..boundary(json, most)).unwrap_or_default();
    // Remove an escape that was cut in two.
    if let Some((before, escape)) = head.rsplit_once('\\') {
        head = if escape.len() < 6 { before.trim_end_matches('\\') } else { head };
    }
    let left = json.len().saturating_sub(head.len());
    format!("{}{CUT} ({})", text(&format!("{head}\"")).trim_end_matches('"'), counted(left, "more byte"))
}

pub(super) fn object_of(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(fields) => Some(fields),
        _ => None,
    }
}

/// A number, or a text containing one.
pub(super) fn count(text: &str) -> Option<u64> {
    text.trim_matches('"').parse().ok()
}

/// The rows of a page, not parsed.
#[derive(Debug)]
pub(super) struct Rows<'a>(pub(super) Vec<&'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Rows<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Rows<'a>, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Rows<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of rows")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Rows<'de>, A::Error> {
                let mut rows = Vec::new();
                while let Some(row) = list.next_element()? {
                    if rows.len() >= MOST_ROWS {
                        return Err(A::Error::custom(TOO_MANY_ROWS));
                    }
                    rows.push(row);
                }
                Ok(Rows(rows))
            }
        }
        deserializer.deserialize_seq(List)
    }
}

/// Returns the error if a limit of this library was exceeded.
pub(super) fn beyond_limits(error: &serde_json::Error, status: u16) -> Option<Error> {
    let text = error.to_string();
    let what = if text.starts_with(TOO_MANY_ROWS) {
        format!("the answer ({status}) holds {TOO_MANY_ROWS}")
    } else if text.starts_with(parse::TOO_MANY) {
        format!("the answer ({status}) holds {} in one object", parse::TOO_MANY)
    } else {
        return None;
    };
    Some(Error::new(ErrorKind::Limit, what).remedy("ask for fewer fields or rows; check what is in between"))
}

/// `true` if the JSON is nested deeper than the parser accepts. Builds nothing.
pub(super) fn is_deep(body: &[u8]) -> bool {
    struct Level;
    impl<'de> Read<'de> for Level {
        type Read = ();

        fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
            while list.next_element_seed(Known(Level))?.is_some() {}
            Ok(())
        }

        fn object<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
            while map.next_key::<IgnoredAny>()?.is_some() {
                map.next_value_seed(Known(Level))?;
            }
            Ok(())
        }
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    Known(Level).deserialize(&mut reader).is_err_and(|error| is_too_deep(&error))
}

/// The parser stops at 128 levels, and its error has no kind for that.
pub(super) fn is_too_deep(error: &serde_json::Error) -> bool {
    error.to_string().starts_with("recursion limit exceeded")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn very_many_lines_and_very_long_ones_are_counted() {
        assert_eq!(lines(r#"["a\n", {"b": 1}, "é"]"#), ["a\n", "{\"b\": 1}", "é"]);
        for nothing in ["null", "\"\"", "{}", "[]"] {
            assert!(lines(nothing).is_empty(), "{nothing}");
        }
        assert_eq!((lines("\"one\""), lines("7")), (vec!["one".to_owned()], vec!["7".to_owned()]));
        let many = lines(&format!("[{}\"x\"]", "\"line\",".repeat(500_000)));
        assert_eq!((many.len(), many[100].as_str()), (101, "… and 499901 more lines of 2999403 bytes"));
        for piece in ["x", "é", "\\n", "\\\\", "\\u00e9", "\\ud83d\\ude00", "\\\""] {
            let long = lines(&format!("[\"{}\", \"y\"]", piece.repeat(1_000_000)));
            assert!(
                long[0].ends_with(" more bytes)") && long[0].len() < 5_000,
                "{piece}: {} bytes",
                long[0].len()
            );
        }
    }
}
