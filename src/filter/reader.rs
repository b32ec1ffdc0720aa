//! A place in the text of a filter, and what is next there.

use crate::error::{Error, Result};

#[derive(Clone, Copy)]
pub(super) struct Reader<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
}

impl<'t> Reader<'t> {
    pub(super) fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn skip(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    pub(super) fn fail<T>(&self, expected: impl Into<String>) -> Result<T> {
        self.fail_at(self.at, expected)
    }

    pub(super) fn fail_at<T>(&self, at: usize, expected: impl Into<String>) -> Result<T> {
        Err(Error::filter(self.text, at, expected))
    }

    pub(super) fn blanks(&mut self) {
        let (rest, bare) = (self.rest().len(), self.rest().trim_start().len());
        self.skip(rest.saturating_sub(bare));
    }

    /// Consumes a sign, if it is next.
    pub(super) fn sign(&mut self, sign: &str) -> bool {
        self.blanks();
        let found = self.rest().starts_with(sign);
        if found {
            self.skip(sign.len());
        }
        found
    }

    /// `true` if a whole word is next, in any letter case.
    pub(super) fn word_ahead(&self, word: &str) -> bool {
        let Some(head) = self.rest().get(..word.len()) else { return false };
        let after = self.rest().get(word.len()..).and_then(|r| r.chars().next());
        head.eq_ignore_ascii_case(word)
            && after.is_none_or(|c| c.is_whitespace() || matches!(c, '(' | ')' | '"' | '\''))
    }

    pub(super) fn word(&mut self, word: &str) -> bool {
        self.blanks();
        let found = self.word_ahead(word);
        if found {
            self.skip(word.len());
        }
        found
    }
}
