//! A resolved request: a path and its parameters, percent-encoded exactly once.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

use crate::secret::RESERVED;
use crate::text::shorten;
use percent_encoding::utf8_percent_encode;

/// A URL longer than this is sent as a form instead.
const LONGEST_URL: usize = 6_000;

/// What a request asks for, independent of the server: a path and parameters.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// As `/defect` or `/defect/12/Tasks`.
    pub(crate) path: String,
    pub(crate) params: Vec<(String, String)>,
}

impl Call {
    pub(crate) fn new(path: impl Into<String>) -> Call {
        Call { path: path.into(), params: Vec::new() }
    }

    pub(crate) fn param(mut self, name: &str, value: impl Into<String>) -> Call {
        self.params.push((name.to_owned(), value.into()));
        self
    }

    /// Replaces a parameter, or adds it.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        match self.params.iter_mut().find(|(n, _)| n == name) {
            Some(param) => param.1 = value,
            None => self.params.push((name.to_owned(), value)),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Returns the URL below `root`, whatever its length.
    pub(crate) fn url(&self, root: &str) -> String {
        let mut url = format!("{root}{}", self.path);
        for (i, (name, value)) in self.params.iter().enumerate() {
            url.push(if i == 0 { '?' } else { '&' });
            url.extend(utf8_percent_encode(name, RESERVED));
            url.push('=');
            url.extend(utf8_percent_encode(value, RESERVED));
        }
        url
    }

    /// Returns the URL below `root`, and a form body if the URL would be too long.
    pub(crate) fn request(&self, root: &str) -> (String, Option<String>) {
        let url = self.url(root);
        match url.rsplit_once('?') {
            Some((bare, parameters)) if url.len() > LONGEST_URL && !self.params.is_empty() => {
                (bare.to_owned(), Some(format!("_method=GET&{parameters}")))
            }
            _ => (url, None),
        }
    }

    /// Returns the request as messages show it, shortened if it is long.
    pub(crate) fn asked(&self) -> String {
        self.asked_by("GET")
    }

    pub(crate) fn asked_by(&self, method: &str) -> String {
        let mut text = format!("{method} {}", self.path);
        // Messages and logs must not show the security token.
        let shown = self.params.iter().filter(|(name, _)| name != "key");
        for (i, (name, value)) in shown.enumerate() {
            text.push(if i == 0 { '?' } else { '&' });
            text.push_str(&format!("{name}={value}"));
        }
        shorten(&text, 300)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_encoded_once() {
        let call = Call::new("/defect").param("query", r#"(Name = "a & b+c %26 é")"#);
        let (url, form) = call.request("https://h/slm/webservice/v2.0");
        assert_eq!(
            url,
            "https://h/slm/webservice/v2.0/defect?query=%28Name%20%3D%20%22a%20%26%20b%2Bc%20%2526%20%C3%A9%22%29"
        );
        assert_eq!(form, None);
    }

    #[test]
    fn a_long_query_is_a_form() {
        let call = Call::new("/defect").param("query", "x".repeat(7_000));
        let (url, form) = call.request("https://h");
        assert_eq!(url, "https://h/defect");
        assert!(form.is_some_and(|f| f.starts_with("_method=GET&query=xxx")));
    }
}
