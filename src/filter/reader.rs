//! A place in the text of a filter, and what is next there: a sign, a word, or what an operator stands between, which
//! are names and values, with and without quotes.

use super::letters::{NO_NAMES, is_plain, starts_a_name};
use super::{Literal, foreign, words};
use crate::error::{Error, Result};
use crate::reference::Ref;

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

    /// Parses a name up to a space or sign, or in quotes if it contains such.
    pub(super) fn attribute(&mut self) -> Result<String> {
        self.blanks();
        if self.rest().starts_with('"') {
            let name = self.quoted()?;
            return if name.trim().is_empty() {
                self.fail("a name is expected before this")
            } else {
                Ok(name)
            };
        }
        let inside = |c: char| is_plain(c) || matches!(c, '.' | '/' | '-' | '%' | '#' | '[' | ']');
        let end = self.rest().find(|c: char| !inside(c)).unwrap_or(self.rest().len());
        let name = self.rest().get(..end).unwrap_or_default();
        let word = |word: &str| name.eq_ignore_ascii_case(word);
        if !starts_a_name(name) || NO_NAMES.into_iter().any(word) {
            return self.fail(foreign::condition(self.rest()));
        }
        let start = self.at;
        self.skip(end);
        if name.ends_with(['.', '/', '-']) {
            let last = self.at.saturating_sub(1);
            return self.fail_at(
                last,
                "a name does not end so; put it in quotes if it does, and write paths with dots",
            );
        }
        let clause = ["where", "select", "having", "exists"].into_iter().any(word);
        match clause && !self.operator_ahead() {
            true => self.fail_at(start, foreign::condition(name)),
            false => Ok(name.to_owned()),
        }
    }

    fn operator_ahead(&mut self) -> bool {
        self.blanks();
        let words = ["contains", "!contains", "in", "!in", "between", "!between"];
        self.rest().starts_with(['=', '<', '>'])
            || self.rest().starts_with("!=")
            || words.iter().any(|w| self.word_ahead(w))
    }

    /// Parses text in `"`. Only a quote is escaped; a backslash before anything else stands for itself.
    fn quoted(&mut self) -> Result<String> {
        let mut value = String::new();
        let mut chars = self.rest().char_indices().skip(1).peekable();
        while let Some((i, c)) = chars.next() {
            match c {
                '"' => {
                    self.skip(i.saturating_add(1));
                    return Ok(value);
                }
                '\\' if chars.next_if(|(_, next)| *next == '"').is_some() => value.push('"'),
                other => value.push(other),
            }
        }
        self.fail("a closing quote is missing for this one; inside a value \\\" is a quote")
    }

    /// Parses text in `'`. An apostrophe between letters is part of it.
    fn apostrophes(&mut self) -> Result<String> {
        let inside = self.rest().get(1..).unwrap_or_default();
        let mut before = None;
        let mut chars = inside.char_indices().peekable();
        while let Some((i, c)) = chars.next() {
            let after = chars.peek().map(|(_, next)| *next);
            if c == '\'' {
                if after.is_none_or(|c| c.is_whitespace() || matches!(c, ')' | ',')) {
                    self.skip(i.saturating_add(2));
                    return Ok(inside.get(..i).unwrap_or_default().to_owned());
                }
                let within = before.is_some_and(is_plain) && after.is_some_and(is_plain);
                let next = Reader { at: self.at.saturating_add(i).saturating_add(2), ..*self };
                if !within || next.word_ahead("AND") || next.word_ahead("OR") {
                    let at = self.at.saturating_add(i).saturating_add(1);
                    return self.fail_at(at, "a blank or `)` is expected after the closing quote; put a value that holds quotes in \"");
                }
            }
            before = Some(c);
        }
        self.fail("a closing `'` is missing for this one; put a value that begins with it in \"")
    }

    /// Parses a value in quotes, or words up to AND, OR, a comma, a bracket or a quote.
    pub(super) fn value(&mut self) -> Result<Literal> {
        self.blanks();
        match self.rest().chars().next() {
            Some('"') => self.quoted().map(Literal::text),
            Some('\'') => self.apostrophes().map(Literal::text),
            _ => self.words(),
        }
    }

    fn words(&mut self) -> Result<Literal> {
        let start = self.at;
        let is_listed = self.text.get(..start).is_some_and(|text| text.trim_end().ends_with(','));
        let mut end = self.at;
        let mut first: Option<(usize, &str)> = None;
        let mut before: Option<(usize, &str)> = None;
        loop {
            self.blanks();
            let rest = self.rest();
            let stop = rest.find(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | '"'));
            let word = rest.get(..stop.unwrap_or(rest.len())).unwrap_or_default();
            if word.is_empty() || self.word_ahead("AND") || self.word_ahead("OR") {
                break;
            }
            if let (Some((at, word)), true) = (first, before == first) {
                if let Some(fault) = words::fault_of_first(word) {
                    return self.fail_at(at, fault);
                }
            }
            let reference = before.is_none() && is_reference(word);
            if let (Some((into, fault)), false) = (words::fault(word, before.map(|(_, b)| b)), reference) {
                return self.fail_at(self.at.saturating_add(into), fault);
            }
            let is_behind = is_listed || before != first;
            if let Some(fault) = words::comparison(word, before.map(|(_, b)| b), is_behind) {
                let behind = before.filter(|_| !word.contains(':'));
                return self.fail_at(behind.map_or(self.at, |(at, _)| at), fault);
            }
            before = Some((self.at, word));
            first = first.or(before);
            self.skip(word.len());
            end = self.at;
        }
        if let Some((at, "&")) = before {
            return self.fail_at(at, foreign::strange("&").unwrap_or_default());
        }
        match self.text.get(start..end).unwrap_or_default() {
            "" => {
                let expected = "a value is expected; quote it where it is empty or holds brackets";
                self.fail(foreign::strange(self.rest()).unwrap_or_else(|| expected.to_owned()))
            }
            words => Ok(Literal::word(&words::with_plain_blanks(words))),
        }
    }
}

/// `true` if a word is a reference: a path or URL without a query string.
fn is_reference(word: &str) -> bool {
    let fits = |c: char| is_plain(c) || matches!(c, '/' | ':' | '.' | '-');
    word.contains('/') && word.chars().all(fits) && Ref::parse(word).is_ok()
}
