//! The query language as people write it: AND over OR, brackets where wanted, quotes where needed.

use super::{Attr, Filter, Join, Literal, Node, Op, attr};
use crate::error::{Error, Result};

/// Brackets deeper than this are a mistake, and would exhaust the stack.
const DEEPEST: usize = 200;

pub(super) fn parse(text: &str) -> Result<Node> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    let node = reader.or()?;
    reader.blanks();
    match reader.rest().is_empty() {
        true => Ok(node),
        false => reader.fail("AND, OR or the end is expected"),
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    fn fail<T>(&self, expected: &str) -> Result<T> {
        Err(Error::filter(self.text, self.at, expected))
    }

    fn blanks(&mut self) {
        let (rest, bare) = (self.rest().len(), self.rest().trim_start().len());
        self.skip(rest.saturating_sub(bare));
    }

    /// Takes a sign, as it is.
    fn sign(&mut self, sign: &str) -> bool {
        self.blanks();
        let found = self.rest().starts_with(sign);
        if found {
            self.skip(sign.len());
        }
        found
    }

    /// Whether a word in any case stands here, and ends here.
    fn word_ahead(&self, word: &str) -> bool {
        let Some(head) = self.rest().get(..word.len()) else { return false };
        let after = self.rest().get(word.len()..).and_then(|r| r.chars().next());
        head.eq_ignore_ascii_case(word)
            && after.is_none_or(|c| c.is_whitespace() || matches!(c, '(' | ')' | '"'))
    }

    fn word(&mut self, word: &str) -> bool {
        self.blanks();
        let found = self.word_ahead(word);
        if found {
            self.skip(word.len());
        }
        found
    }

    fn or(&mut self) -> Result<Node> {
        let mut parts = vec![self.and()?];
        while self.word("OR") {
            parts.push(self.and()?);
        }
        self.joined(Join::Or, parts)
    }

    fn and(&mut self) -> Result<Node> {
        let mut parts = vec![self.term()?];
        while self.word("AND") {
            parts.push(self.term()?);
        }
        self.joined(Join::And, parts)
    }

    fn joined(&self, join: Join, parts: Vec<Node>) -> Result<Node> {
        Node::joined(join, parts).map_or_else(|| self.fail("a condition is expected"), Ok)
    }

    fn term(&mut self) -> Result<Node> {
        if !self.sign("(") {
            return self.condition();
        }
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEEPEST {
            return self.fail("brackets are nested too deeply");
        }
        let inner = self.or()?;
        if !self.sign(")") {
            return self.fail("`)` is missing");
        }
        self.depth = self.depth.saturating_sub(1);
        Ok(inner)
    }

    fn condition(&mut self) -> Result<Node> {
        let name = self.attribute()?;
        self.blanks();
        // Longer signs first: `<=` begins with `<`.
        let signs =
            [("!=", Op::Ne), ("<=", Op::Le), (">=", Op::Ge), ("=", Op::Eq), ("<", Op::Lt), (">", Op::Gt)];
        for (sign, op) in signs {
            if self.sign(sign) {
                return Ok(Node::Compare(name, op, self.value()?));
            }
        }
        for (word, op) in [("contains", Op::Contains), ("!contains", Op::NotContains)] {
            if self.word(word) {
                return Ok(Node::Compare(name, op, self.value()?));
            }
        }
        let attribute: Attr = attr(name);
        let Filter(node) = if self.word("in") {
            attribute.is_in(self.list()?)
        } else if self.word("!in") {
            attribute.not_in(self.list()?)
        } else if self.word("between") {
            let (low, high) = self.range()?;
            attribute.between(low, high)
        } else if self.word("!between") {
            let (low, high) = self.range()?;
            attribute.not_between(low, high)
        } else {
            return self
                .fail("an operator is expected: = != < > <= >= contains !contains in !in between !between");
        };
        Ok(node)
    }

    /// A name up to a blank or sign, or in quotes where it holds such.
    fn attribute(&mut self) -> Result<String> {
        self.blanks();
        if self.rest().starts_with('"') {
            let name = self.quoted()?;
            return if name.trim().is_empty() {
                self.fail("a name is expected before this")
            } else {
                Ok(name)
            };
        }
        let end = self
            .rest()
            .find(|c: char| c.is_whitespace() || "()=!<>\"".contains(c))
            .unwrap_or(self.rest().len());
        let name = self.rest().get(..end).unwrap_or_default();
        if name.is_empty() {
            return self.fail("a condition is expected, as State = \"Open\"");
        }
        self.skip(end);
        Ok(name.to_owned())
    }

    fn quoted(&mut self) -> Result<String> {
        let mut value = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((i, c)) = chars.next() {
            match c {
                '"' => {
                    self.skip(i.saturating_add(1));
                    return Ok(value);
                }
                // Only quotes and backslashes are escaped; any other backslash is one.
                '\\' => match self.rest().get(i.saturating_add(1)..).and_then(|r| r.chars().next()) {
                    Some(next @ ('"' | '\\')) => {
                        chars.next();
                        value.push(next);
                    }
                    _ => value.push('\\'),
                },
                other => value.push(other),
            }
        }
        self.fail("a closing quote is missing for this one")
    }

    /// A quoted value, or words up to AND, OR or a bracket.
    fn value(&mut self) -> Result<Literal> {
        self.words(|c| matches!(c, '(' | ')' | '"'))
    }

    /// One value of a list or range: a comma ends it too.
    fn item(&mut self) -> Result<Literal> {
        self.words(|c| matches!(c, ',' | '(' | ')' | '"'))
    }

    fn words(&mut self, ends: impl Fn(char) -> bool) -> Result<Literal> {
        self.blanks();
        if self.rest().starts_with('"') {
            return self.quoted().map(Literal::text);
        }
        let start = self.at;
        let mut end = self.at;
        loop {
            self.blanks();
            let stop = self.rest().find(|c: char| c.is_whitespace() || ends(c));
            let len = stop.unwrap_or(self.rest().len());
            if len == 0 || self.word_ahead("AND") || self.word_ahead("OR") {
                break;
            }
            self.skip(len);
            end = self.at;
        }
        self.at = end;
        match self.text.get(start..end).unwrap_or_default() {
            "" => self.fail("a value is expected; quote it where it is empty or holds brackets"),
            words => Ok(Literal::word(words)),
        }
    }

    fn list(&mut self) -> Result<Vec<Literal>> {
        let bracket = self.sign("(");
        let mut items = vec![self.item()?];
        while self.sign(",") {
            items.push(self.item()?);
        }
        match bracket && !self.sign(")") {
            true => self.fail("`,` or `)` is expected"),
            false => Ok(items),
        }
    }

    fn range(&mut self) -> Result<(Literal, Literal)> {
        let low = self.item()?;
        match self.word("AND") {
            true => Ok((low, self.item()?)),
            false => self.fail("AND and the upper value are expected"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::filter::{Filter, attr};
    use proptest::prelude::*;

    fn canonical(text: &str) -> String {
        text.parse::<Filter>().map_or_else(|e| format!("{e}"), |f| f.to_string())
    }

    #[test]
    fn text_becomes_canonical() {
        for (text, sent) in [
            ("State = Open", r#"(State = "Open")"#),
            ("(State=Open)", r#"(State = "Open")"#),
            ("a = 1 or b = 2 and c = 3", "((a = 1) OR ((b = 2) AND (c = 3)))"),
            ("a = 1 AND b = 2 and c = 3", "(((a = 1) AND (b = 2)) AND (c = 3))"),
            ("(a = 1 or b = 2) and c = 3", "(((a = 1) OR (b = 2)) AND (c = 3))"),
            (
                r#"Name = "this and (that) or & # + % | ~ é""#,
                r#"(Name = "this and (that) or & # + % | ~ é")"#,
            ),
            ("Name = foo bar AND a = null", r#"((Name = "foo bar") AND (a = null))"#),
            ("State in Open,Closed", r#"((State = "Open") OR (State = "Closed"))"#),
            ("State in In Progress, Open", r#"((State = "In Progress") OR (State = "Open"))"#),
            (r#"State !IN (Open, "In Progress")"#, r#"((State != "Open") AND (State != "In Progress"))"#),
            ("x between 1 and 5", "((x >= 1) AND (x <= 5))"),
            ("x !between 1 and 5", "((x < 1) OR (x > 5))"),
            ("CreationDate > today-7", "(CreationDate > today-7)"),
            ("CreationDate > 2016-05-11", r#"(CreationDate > "2016-05-11")"#),
            ("Ready = TRUE", "(Ready = true)"),
            ("Code = 007", r#"(Code = "007")"#),
            ("x = -1.50", "(x = -1.50)"),
            ("Iteration = https://h/slm/webservice/v2.0/iteration/1.js", r#"(Iteration = "/iteration/1")"#),
            (r#""Risk / Reward %" > 3"#, r#"("Risk / Reward %" > 3)"#),
            (r#"Name !contains """#, r#"(Name !contains "")"#),
        ] {
            assert_eq!(canonical(text), sent, "{text}");
        }
    }

    #[test]
    fn faults_are_shown_where_they_are() {
        for (text, offset) in [
            ("", 0),
            ("State", 5),
            ("State = ", 8),
            ("(a = 1", 6),
            ("a = 1)", 5),
            (r#"a = "x"#, 4),
            ("a ~ 1", 2),
            ("a = 1 AND", 9),
        ] {
            let error = text.parse::<Filter>().unwrap_err();
            match error.kind() {
                crate::ErrorKind::Filter(e) => assert_eq!(e.offset, offset, "{text}: {error}"),
                other => panic!("{text}: {other:?}"),
            }
        }
        assert!("(".repeat(5_000).parse::<Filter>().is_err());
    }

    #[test]
    fn values_cannot_act() {
        let filter = attr("Name").eq(r#"x" OR (a = 1"#);
        assert!(filter.to_query(false).is_err());
        assert_eq!(filter.to_query(true).ok().as_deref(), Some(r#"(Name = "x\" OR (a = 1")"#));
        assert_eq!(attr("Name").eq("null").to_string(), r#"(Name = "null")"#);
        assert!(attr("State").is_in(Vec::<&str>::new()).to_query(false).is_err());
    }

    fn tree() -> impl Strategy<Value = Filter> {
        let name = prop_oneof!["[A-Za-z][A-Za-z0-9_.]{0,9}", "[A-Za-z][ -!#-~é]{0,9}"];
        let leaf = (name, any::<String>(), any::<i64>(), 0..8u8).prop_map(|(name, text, number, op)| {
            let a = attr(name);
            match op {
                0 => a.eq(text),
                1 => a.ne(number),
                2 => a.lt(number as f64 / 8.0),
                3 => a.contains(text),
                4 => a.ge(Option::<i64>::None),
                5 => a.between(number, number),
                6 => a.is_in([text, "and".to_owned()]),
                _ => a.eq(true),
            }
        });
        leaf.prop_recursive(6, 40, 2, |inner| {
            (inner.clone(), inner, any::<bool>()).prop_map(|(a, b, and)| if and { a.and(b) } else { a.or(b) })
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_printed_reads_back(filter in tree()) {
            let text = filter.to_string();
            prop_assert_eq!(text.parse::<Filter>().map_err(|e| e.to_string()), Ok(filter));
        }

        #[test]
        fn near_valid_text_never_panics(text in r#"([("a-c=<>!, )é\\]|and |OR | in |between |!contains ){0,25}"#) {
            let _ = text.parse::<Filter>();
        }
    }
}
