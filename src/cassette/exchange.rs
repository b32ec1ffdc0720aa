//! One exchange as it stands in a cassette.

use super::json::Json;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::io;

/// A request, without the server's address, credentials and tokens, and what came back; of a request that is looked up
/// nothing did. Names and texts have aliases.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Exchange {
    pub(super) method: String,
    pub(super) path: String,
    /// As `name=value`, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) params: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<Value>,
    /// 0 where there was no answer.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) status: u16,
    /// In small letters; those that the library reads.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) headers: BTreeMap<String, String>,
    /// As it stands in the file: a large answer is parsed by its reader alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) answer: Option<Box<RawValue>>,
    /// An answer that is not JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<String>,
    /// Why there was no answer: `timeout` or `connection`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) failed: Option<String>,
    /// Whether the request did not get out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) unsent: bool,
}

/// An answer as it stands in the file, for people: a value a line.
pub(super) fn in_lines(answer: &Json<'_>) -> io::Result<Box<RawValue>> {
    Ok(RawValue::from_string(indented(answer, "  ")?)?)
}

pub(super) fn indented(value: &impl Serialize, by: &str) -> io::Result<String> {
    Ok(serde_json::to_string_pretty(value)?.replace('\n', &format!("\n{by}")))
}

/// The same as a server sends it: without blanks between names and values.
pub(super) fn in_one_line(json: &str) -> String {
    let mut line = Vec::with_capacity(json.len());
    let (mut in_text, mut escaped) = (false, false);
    for byte in json.bytes() {
        if in_text || !byte.is_ascii_whitespace() {
            line.push(byte);
        }
        in_text ^= byte == b'"' && !escaped;
        escaped = in_text && byte == b'\\' && !escaped;
    }
    // Whole characters are left out, so that this is UTF-8, too.
    String::from_utf8(line).unwrap_or_default()
}

fn is_zero(status: &u16) -> bool {
    *status == 0
}

impl Exchange {
    /// Equal requests have equal keys.
    pub(super) fn key(&self) -> String {
        let body = self.body.as_ref().map(Value::to_string).unwrap_or_default();
        format!("{} {} {}\n{body}", self.method, self.path, self.params.join("\n"))
    }

    /// For people.
    pub(super) fn shown(&self) -> String {
        format!("{} {}", self.method, with_params(&self.path, &self.params))
    }
}

pub(super) fn with_params(path: &str, params: &[String]) -> String {
    if params.is_empty() { path.to_owned() } else { format!("{path}?{}", params.join("&")) }
}

/// The decoded parameters of a URL or a form.
pub(super) fn pairs(text: &str) -> Vec<(String, String)> {
    let plain = |part: &str| {
        let part = part.replace('+', " ");
        percent_encoding::percent_decode_str(&part).decode_utf8_lossy().into_owned()
    };
    let parts = text.split('&').filter(|part| !part.is_empty());
    parts.map(|part| part.split_once('=').unwrap_or((part, ""))).map(|(n, v)| (plain(n), plain(v))).collect()
}

#[cfg(test)]
mod tests {
    use super::{in_lines, in_one_line};
    use crate::cassette::json::Json;

    #[test]
    fn an_answer_in_lines_and_in_one_line_is_the_same_text() {
        for text in [
            r#"{"a":[1,{"b c":"d : e, \"f\" \\"},[],{}],"\\":"\\\"","z":null}"#,
            r#""  \n\u0000 é""#,
            "[]",
            "1.50",
        ] {
            let lines = in_lines(&Json::read(text).unwrap()).unwrap();
            assert_eq!(in_one_line(lines.get()), text);
        }
    }
}
