//! A type for secrets, so that none is printed by accident.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt;
use zeroize::Zeroizing;

/// A key or password. No `Display`, no `Serialize`, a placeholder as `Debug`. Overwritten when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(Zeroizing<String>);

impl Secret {
    pub(crate) fn new(text: impl Into<String>) -> Secret {
        Secret(Zeroizing::new(text.into()))
    }

    /// Only for headers, proxies and the token of a write.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

pub(crate) use crate::error::CUT;

/// Removes secrets from a text: as they are, percent-encoded, or escaped as in JSON and HTML.
pub(crate) fn scrub<'s>(text: &str, secrets: impl IntoIterator<Item = &'s Secret>) -> String {
    let mut clean = text.to_owned();
    for secret in secrets.into_iter().map(Secret::expose).filter(|s| s.len() >= SHORTEST) {
        for form in forms(secret) {
            if clean.contains(&form) {
                clean = clean.replace(&form, MARKER);
            }
            clean = without_beginning(clean, &form);
        }
    }
    clean
}

/// Everything but unreserved characters; brackets, spaces and quotes too.
pub(crate) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

const MARKER: &str = "[redacted]";

/// Shorter ones would match ordinary words.
const SHORTEST: usize = 4;

fn forms(secret: &str) -> Vec<String> {
    let quoted = serde_json::Value::from(secret).to_string();
    let mut forms = vec![
        secret.to_owned(),
        utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
        utf8_percent_encode(secret, RESERVED).to_string(),
        quoted.trim_matches('"').to_owned(),
        secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;"),
    ];
    forms.dedup();
    forms
}

/// Removes the beginning of a secret right before the mark of a cut.
fn without_beginning(text: String, secret: &str) -> String {
    if !text.contains(CUT) {
        return text;
    }
    let mut pieces: Vec<String> = text.split(CUT).map(str::to_owned).collect();
    if let Some((_, before)) = pieces.split_last_mut() {
        for piece in before {
            let ends = secret.char_indices().map(|(i, _)| i).rev();
            let begun = ends.filter(|end| *end >= SHORTEST).filter_map(|end| secret.get(..end));
            let found = begun.filter_map(|begun| piece.strip_suffix(begun)).next();
            if let Some(rest) = found {
                *piece = format!("{rest}{MARKER}");
            }
        }
    }
    pieces.join(&CUT.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_nowhere() {
        let secret = Secret::new("_abc/1\"3");
        assert_eq!(format!("{secret:?}"), "[redacted]");
        let shown = scrub(r#"_abc/1"3 %5Fabc%2F1%223 _abc%2F1%223 {"_abc/1\"3"} _abc/1&quot;3"#, [&secret]);
        assert_eq!(shown, r#"[redacted] [redacted] [redacted] {"[redacted]"} [redacted]"#);
    }

    #[test]
    fn a_secret_cut_off_does_not_show_its_beginning() {
        let secret = Secret::new("_abcdefgh");
        assert_eq!(scrub("said _abcdef… (200)", [&secret]), "said [redacted]… (200)");
        assert_eq!(scrub("said ab… _abcde", [&secret]), "said ab… _abcde");
    }
}
