//! Secrets have a type of their own, so that none is printed by accident.

use std::fmt;

/// A key or password. No `Display`, no `Serialize`; `Debug` is a marker.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// For headers and proxies only.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// The text without the secrets in it, as they are or percent-encoded.
pub(crate) fn scrub(text: &str, secrets: &[&Secret]) -> String {
    let mut clean = text.to_owned();
    for secret in secrets.iter().map(|s| s.expose()).filter(|s| s.len() >= 4) {
        let encoded =
            percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC).to_string();
        for form in [secret, &encoded] {
            if clean.contains(form) {
                clean = clean.replace(form, "[redacted]");
            }
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_nowhere() {
        let secret = Secret::new("_abc/123");
        assert_eq!(format!("{secret:?}"), "[redacted]");
        assert_eq!(scrub("key _abc/123 or %5Fabc%2F123", &[&secret]), "key [redacted] or [redacted]");
    }
}
