//! The query language as people write it: AND binds tighter than OR, brackets and quotes only where needed.

use super::letters::is_plain;
use super::words;
use super::{Attr, Filter, Join, Literal, Node, Op, Step, attr, foreign};
use crate::error::{Error, Result};
use crate::reference::Ref;
use std::collections::VecDeque;

pub(super) fn parse(text: &str) -> Result<Node> {
    let mut reader = Reader { text, at: 0 };
    let node = reader.expression()?;
    reader.blanks();
    match reader.rest().is_empty() {
        true => Ok(node),
        false => reader.fail(foreign::after_condition(reader.rest())),
    }
}

/// Words that are names only in quotes.
const NO_NAMES: [&str; 3] = ["not", "and", "or"];

fn starts_a_name(name: &str) -> bool {
    name.starts_with(|c: char| is_plain(c) && !c.is_numeric())
}

/// `true` if a name printed without quotes parses back.
pub(super) fn is_bare(name: &str) -> bool {
    let known = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
    known
        && starts_a_name(name)
        && !name.ends_with('.')
        && !NO_NAMES.iter().any(|no| name.eq_ignore_ascii_case(no))
}

/// What waits for its right side or its closing bracket.
#[derive(Clone, Copy, PartialEq)]
enum Open {
    Bracket,
    Join(Join),
}

#[derive(Clone, Copy)]
struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    fn fail<T>(&self, expected: impl Into<String>) -> Result<T> {
        self.fail_at(self.at, expected)
    }

    fn fail_at<T>(&self, at: usize, expected: impl Into<String>) -> Result<T> {
        Err(Error::filter(self.text, at, expected))
    }

    fn blanks(&mut self) {
        let (rest, bare) = (self.rest().len(), self.rest().trim_start().len());
        self.skip(rest.saturating_sub(bare));
    }

    /// Consumes a sign, if it is next.
    fn sign(&mut self, sign: &str) -> bool {
        self.blanks();
        let found = self.rest().starts_with(sign);
        if found {
            self.skip(sign.len());
        }
        found
    }

    /// `true` if a whole word is next, in any letter case.
    fn word_ahead(&self, word: &str) -> bool {
        let Some(head) = self.rest().get(..word.len()) else { return false };
        let after = self.rest().get(word.len()..).and_then(|r| r.chars().next());
        head.eq_ignore_ascii_case(word)
            && after.is_none_or(|c| c.is_whitespace() || matches!(c, '(' | ')' | '"' | '\''))
    }

    fn word(&mut self, word: &str) -> bool {
        self.blanks();
        let found = self.word_ahead(word);
        if found {
            self.skip(word.len());
        }
        found
    }

    /// Keeps its own stack instead of recursing, so that deeply nested brackets cannot overflow the call stack.
    fn expression(&mut self) -> Result<Node> {
        let (mut steps, mut open, mut brackets) = (VecDeque::new(), Vec::new(), 0usize);
        loop {
            while self.sign("(") {
                open.push(Open::Bracket);
                brackets = brackets.saturating_add(1);
            }
            steps.append(&mut self.condition()?.0);
            while brackets > 0 && self.sign(")") {
                close(&mut open, &mut steps, |_| true);
                open.pop();
                brackets = brackets.saturating_sub(1);
            }
            let join = if self.word("AND") {
                Join::And
            } else if self.word("OR") {
                Join::Or
            } else if brackets > 0 {
                return match self.rest().is_empty() {
                    true => self.fail("`)` is missing"),
                    false => self.fail(foreign::after_condition(self.rest())),
                };
            } else {
                close(&mut open, &mut steps, |_| true);
                return Ok(Node(steps));
            };
            // AND binds what is before it only if that is joined by AND, too.
            close(&mut open, &mut steps, |before| before == Join::And || join == Join::Or);
            open.push(Open::Join(join));
        }
    }

    fn condition(&mut self) -> Result<Node> {
        let name = self.attribute()?;
        self.blanks();
        // Longer signs first: `<=` begins with `<`.
        let signs =
            [("!=", Op::Ne), ("<=", Op::Le), (">=", Op::Ge), ("=", Op::Eq), ("<", Op::Lt), (">", Op::Gt)];
        let foreign = foreign::is_longer_sign(self.rest());
        for (sign, op) in signs.into_iter().filter(|_| !foreign) {
            if self.sign(sign) {
                return Ok(Node::of(Step::Compare(name, op, self.value()?)));
            }
        }
        for (word, op) in [("contains", Op::Contains), ("!contains", Op::NotContains)] {
            if self.word(word) {
                self.blanks();
                let start = self.at;
                // Between `"` every sign stands for itself, as in what is sent.
                let literal = self.rest().starts_with('"');
                let value = self.value()?;
                return match wildcards(&value).filter(|_| !literal) {
                    Some(fault) => self.fail_at(start, fault),
                    None => Ok(Node::of(Step::Compare(name, op, value))),
                };
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
            return self.fail(foreign::operator(self.rest()));
        };
        Ok(node)
    }

    /// Parses a name up to a space or sign, or in quotes if it contains such.
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
        let inside = |c: char| is_plain(c) || matches!(c, '.' | '/' | '-' | '%' | '#' | '[' | ']');
        let end = self.rest().find(|c: char| !inside(c)).unwrap_or(self.rest().len());
        let name = self.rest().get(..end).unwrap_or_default();
        let word = |word: &str| name.eq_ignore_ascii_case(word);
        if !starts_a_name(name) || NO_NAMES.iter().any(|no| word(no)) {
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
        let clause = ["where", "select", "having", "exists"].iter().any(|clause| word(clause));
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
                if !within || next.word_ahead("AND") || next.word_ahead("OR") || next.joins_to_quote() {
                    let at = self.at.saturating_add(i).saturating_add(1);
                    return self.fail_at(at, "a blank or `)` is expected after the closing quote; put a value that holds quotes in \"");
                }
            }
            before = Some(c);
        }
        self.fail("a closing `'` is missing for this one; put a value that begins with it in \"")
    }

    /// `true` if `AND'` or `OR'` is next.
    fn joins_to_quote(&self) -> bool {
        let follows = |word: &str| {
            let (head, next) = (self.rest().get(..word.len()), self.rest().get(word.len()..));
            head.is_some_and(|h| h.eq_ignore_ascii_case(word)) && next.is_some_and(|n| n.starts_with('\''))
        };
        follows("AND") || follows("OR")
    }

    /// Parses a value in quotes, or words up to AND, OR, a comma, a bracket or a quote.
    fn value(&mut self) -> Result<Literal> {
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

    fn list(&mut self) -> Result<Vec<Literal>> {
        let bracket = self.sign("(");
        self.blanks();
        let start = self.at;
        let is_quoted = self.rest().starts_with(['"', '\'']);
        let mut items = vec![self.value()?];
        while self.sign(",") {
            items.push(self.value()?);
        }
        if let ([only], true) = (items.as_slice(), is_quoted) {
            if let Some(fault) = whole_list_in_quotes(only) {
                return self.fail_at(start, fault);
            }
        }
        match bracket && !self.sign(")") {
            true => self.fail("`,` or `)` is expected"),
            false => Ok(items),
        }
    }

    fn range(&mut self) -> Result<(Literal, Literal)> {
        let low = self.value()?;
        match self.word("AND") {
            true => Ok((low, self.value()?)),
            false => self.fail("AND and the upper value are expected"),
        }
    }
}

/// `true` if a word is a reference: a path or URL without a query string.
fn is_reference(word: &str) -> bool {
    let fits = |c: char| is_plain(c) || matches!(c, '/' | ':' | '.' | '-');
    word.contains('/') && word.chars().all(fits) && Ref::parse(word).is_ok()
}

/// `in "Open,Fixed"` asks for one value with a comma; most likely two are meant.
fn whole_list_in_quotes(only: &Literal) -> Option<String> {
    let text = only.as_text()?.replace(" or ", ",").replace(" OR ", ",");
    let parts: Vec<&str> = text.split([',', ';', '|', '，', '、', '；']).collect();
    if parts.len() < 2 {
        return None;
    }
    let each: Vec<String> = parts.iter().take(4).map(|part| Literal::text(part.trim()).to_string()).collect();
    let more = if parts.len() > each.len() { ", .." } else { "" };
    Some(format!(
        "these quotes make one value of the whole list; write `in {}{more}`, or `=` for the one value",
        each.join(", ")
    ))
}

/// `contains '%card%'` is SQL; in `"` the signs stand for themselves.
fn wildcards(value: &Literal) -> Option<String> {
    let text = value.as_text()?;
    let inner =
        |sign: &str| text.strip_prefix(sign)?.strip_suffix(sign).filter(|inner| !inner.trim().is_empty());
    let inner = ["%", ".*", "*"].into_iter().find_map(inner)?;
    Some(format!("`contains` takes no wildcards; write `contains {}`", Literal::text(inner)))
}

/// Emits the joins whose right side is complete, back to the last open bracket.
fn close(open: &mut Vec<Open>, steps: &mut VecDeque<Step>, binds: impl Fn(Join) -> bool) {
    while let Some(Open::Join(join)) =
        open.last().copied().filter(|o| matches!(o, Open::Join(j) if binds(*j)))
    {
        open.pop();
        steps.push_back(Step::Join(join));
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
        assert_eq!(filter.to_query().ok().as_deref(), Some(r#"(Name = "x\" OR (a = 1")"#));
        assert_eq!(attr("Name").eq("null").to_string(), r#"(Name = "null")"#);
        assert!(attr("State").is_in(Vec::<&str>::new()).to_query().is_err());
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
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, max_global_rejects: 100_000, ..ProptestConfig::default() })]

        #[test]
        fn what_is_printed_reads_back(filter in tree()) {
            prop_assume!(filter.to_query().is_ok());
            let text = filter.to_string();
            match text.parse::<Filter>().map_err(|e| e.to_string()) {
                // A `%` that a program means literally is refused as text written by a person.
                Err(fault) if fault.contains("`contains` takes no wildcards") => {}
                read => prop_assert_eq!(read, Ok(filter)),
            }
        }

        #[test]
        fn near_valid_text_never_panics(text in r#"([("'a-c=<>!&|;, )é’\\]|and |OR | in |between |!contains ){0,25}"#) {
            let _ = text.parse::<Filter>();
        }
    }
}
