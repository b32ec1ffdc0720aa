//! One exchange as it stands in a cassette.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A request and what came back, with aliases in place of names and texts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Exchange {
    #[serde(flatten)]
    pub(super) asked: Asked,
    #[serde(flatten)]
    pub(super) answered: Answered,
}

/// A request, without the server's address, credentials and tokens.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) path: String,
    /// As `name=value`, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) params: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<Value>,
}

/// What came back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Answered {
    /// 0 where there was no answer.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) status: u16,
    /// In small letters; those that the library reads.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) headers: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) answer: Option<Value>,
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

fn is_zero(status: &u16) -> bool {
    *status == 0
}

impl Asked {
    /// Equal requests have equal keys.
    pub(super) fn key(&self) -> String {
        let body = self.body.as_ref().map(Value::to_string).unwrap_or_default();
        format!("{} {} {}\n{body}", self.method, self.path, self.params.join("\n"))
    }

    /// For people.
    pub(super) fn shown(&self) -> String {
        let mark = if self.params.is_empty() { "" } else { "?" };
        format!("{} {}{mark}{}", self.method, self.path, self.params.join("&"))
    }
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
