//! The query language as people write it: AND binds tighter than OR, brackets and quotes only where needed.

use super::reader::Reader;
use super::step::{Join, Op, Step};
use super::{Filter, Literal, attr, foreign};
use crate::error::{Error, Result};
use std::collections::VecDeque;
use std::str::FromStr;

impl FromStr for Filter {
    type Err = Error;

    fn from_str(text: &str) -> Result<Filter> {
        let mut reader = Reader { text, at: 0 };
        let filter = reader.expression()?;
        reader.blanks();
        match reader.rest().is_empty() {
            true => Ok(filter),
            false => reader.fail(foreign::after_condition(reader.rest())),
        }
    }
}

/// What waits for its right side or its closing bracket.
#[derive(Clone, Copy, PartialEq)]
enum Open {
    Bracket,
    Join(Join),
}

impl Reader<'_> {
    /// Keeps its own stack instead of recursing, so that deeply nested brackets cannot overflow the call stack.
    fn expression(&mut self) -> Result<Filter> {
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
                return Ok(Filter(steps));
            };
            // AND binds what is before it only if that is joined by AND, too.
            close(&mut open, &mut steps, |before| before == Join::And || join == Join::Or);
            open.push(Open::Join(join));
        }
    }

    fn condition(&mut self) -> Result<Filter> {
        let name = self.attribute()?;
        self.blanks();
        // Longer signs first: `<=` begins with `<`.
        let mut signs = [Op::Ne, Op::Le, Op::Ge, Op::Eq, Op::Lt, Op::Gt].into_iter();
        let is_foreign = foreign::is_longer_sign(self.rest());
        if let Some(op) = signs.find(|op| !is_foreign && self.sign(op.text())) {
            return Ok(Filter::of(Step::Compare(name, op, self.value()?)));
        }
        if let Some(op) = [Op::Contains, Op::NotContains].into_iter().find(|op| self.word(op.text())) {
            self.blanks();
            let start = self.at;
            // Between `"` every sign stands for itself, as in what is sent.
            let literal = self.rest().starts_with('"');
            let value = self.value()?;
            return match wildcards(&value).filter(|_| !literal) {
                Some(fault) => self.fail_at(start, fault),
                None => Ok(Filter::of(Step::Compare(name, op, value))),
            };
        }
        let attribute = attr(name);
        if self.word("in") {
            Ok(attribute.is_in(self.list()?))
        } else if self.word("!in") {
            Ok(attribute.not_in(self.list()?))
        } else if self.word("between") {
            let (low, high) = self.range()?;
            Ok(attribute.between(low, high))
        } else if self.word("!between") {
            let (low, high) = self.range()?;
            Ok(attribute.not_between(low, high))
        } else {
            self.fail(foreign::operator(self.rest()))
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
