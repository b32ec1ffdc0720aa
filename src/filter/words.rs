//! Values without quotes: words of letters and digits, with a few signs between them. What looks like an operator
//! is refused, so that a condition written in another language never becomes a value.

use super::foreign;
use super::letters::is_plain;
use crate::text::is_one_of;

/// A fault in a word: its byte offset, and what is wrong.
pub(super) type Fault = (usize, String);

/// Returns what is wrong with a word of an unquoted value; `before` is the word before it.
pub(super) fn fault(word: &str, before: Option<&str>) -> Option<Fault> {
    // `Root & branch` is a name, `3 & 4` and `true & x` are expressions in other languages.
    let joins_texts = word == "&" && before.is_some_and(|b| b.ends_with(char::is_alphabetic) && !is_truth(b));
    if word == "@me" || joins_texts {
        return None;
    }
    keyword(word, before).or_else(|| signs(word, before.is_none()))
}

fn signs(word: &str, first: bool) -> Option<Fault> {
    let plain = |c: Option<char>| c.is_some_and(is_plain);
    let mut before = None;
    let mut all = word.char_indices().peekable();
    while let Some((at, c)) = all.next() {
        let after = all.peek().map(|(_, c)| *c);
        let between = plain(before) && plain(after);
        let digit_after = after.is_some_and(|c| c.is_ascii_digit());
        let fits = match c {
            '-' => between || (first && before.is_none() && digit_after),
            '/' | ':' | '+' | '@' | '\'' => between,
            '&' => before.is_some_and(char::is_alphabetic) && after.is_some_and(char::is_alphabetic),
            '.' => plain(before) && after != Some('.'),
            '#' => before.is_none() && digit_after,
            c => is_plain(c),
        };
        if !fits {
            let fault = || "this cannot stand here without quotes; put the value in quotes".to_owned();
            return Some((at, word.get(at..).and_then(foreign::strange).unwrap_or_else(fault)));
        }
        before = Some(c);
    }
    // `2+3` is arithmetic; `today+3` and time zones are not.
    let sum = word.contains('+') && word.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '.'));
    sum.then(|| (0, "a sum cannot be asked for; write the number, or put the value in quotes".to_owned()))
}

fn is_truth(word: &str) -> bool {
    word.eq_ignore_ascii_case("true") || word.eq_ignore_ascii_case("false")
}

/// Words that are operators here or elsewhere, if they follow another word.
const OPERATORS: [&str; 11] =
    ["xor", "nor", "nand", "in", "like", "ilike", "rlike", "regexp", "between", "contains", "containing"];
/// The same, only in capitals.
const CLAUSES: [&str; 9] = ["NOT", "IS", "WHERE", "SELECT", "HAVING", "UNION", "EXCEPT", "COLLATE", "ESCAPE"];

fn keyword(word: &str, before: Option<&str>) -> Option<Fault> {
    let before = before?;
    let is = |word: &str, all: &[&str]| all.iter().any(|one| one.eq_ignore_ascii_case(word));
    let numeric = word.bytes().all(|b| b.is_ascii_digit());
    let clause = (is(before, &["is"]) && is(word, &["null", "not"]))
        || (is(before, &["not"]) && is(word, &["null"]))
        || (is(before, &["order", "group"]) && is(word, &["by"]))
        || (is(before, &["limit", "offset"]) && numeric);
    let shown = if clause { format!("{before} {word}") } else { word.to_owned() };
    (clause || is(word, &OPERATORS) || CLAUSES.contains(&word)).then(|| (0, part_of_condition(&shown)))
}

fn part_of_condition(shown: &str) -> String {
    format!(
        "`{shown}` looks like part of a condition, not of a value; put the value in quotes, or write AND before the next condition"
    )
}

/// Words that compare in other languages.
const COMPARISONS: &str = "is eq equals equal ne neq lt le lte gt ge gte has startsWith endsWith beginsWith";

/// Explains a name and a comparison that follow what may be a conjunction in any language: `3 und State equals
/// Open`, `NULL&State eq x`, `3/State:Open`.
pub(super) fn comparison(word: &str, before: Option<&str>, is_listed: bool) -> Option<String> {
    let (name, sign, may_be_joined) = match (word.split_once(':'), before) {
        (Some((name, _)), before) => (name, ":", is_listed || before.is_some()),
        (None, Some(before)) if is_one_of(COMPARISONS, word) => (before, word, is_listed),
        _ => return None,
    };
    let (is_joined, name) =
        name.rsplit_once(['&', '/', '+']).map_or((may_be_joined, name), |(_, behind)| (true, behind));
    (is_joined && name.starts_with(char::is_uppercase)).then(|| part_of_condition(&format!("{name} {sign}")))
}

/// Explains an invalid first word: `NOT Closed`, `null and more`.
pub(super) fn fault_of_first(word: &str) -> Option<&'static str> {
    match word {
        "NOT" | "not" => {
            Some("`NOT` cannot stand before a value; turn the operator around, or put the value in quotes")
        }
        word if CLAUSES.contains(&word) || is_capital_operator(word) => Some(
            "a word of another query language cannot stand before a value; put the value in quotes if the word is part of it",
        ),
        word if word.eq_ignore_ascii_case("null") => {
            Some("AND, OR or the end is expected after null; put a text in quotes")
        }
        _ => None,
    }
}

/// `LIKE Open` uses an operator; `IN PROGRESS` is a state.
fn is_capital_operator(word: &str) -> bool {
    word != "IN" && OPERATORS.iter().any(|one| one.to_ascii_uppercase() == word)
}

/// Replaces tabs, line breaks and non-breaking spaces by spaces.
pub(super) fn with_plain_blanks(words: &str) -> String {
    let is_odd = |c: &char| c.is_whitespace() && *c != ' ';
    let all: Vec<char> = words.chars().collect();
    let parts = all.chunk_by(|one, next| one.is_whitespace() == next.is_whitespace());
    parts.flat_map(|part| if part.iter().any(is_odd) { &[' '] } else { part }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_people_are_values() {
        for word in [
            "Open",
            "O'Brien",
            "In-Progress",
            "US12",
            "R&D",
            "2026-05-11T10:00:00.000+02:00",
            "today-7",
            "-1.5",
            "ann.lee+x@sandbox.example",
            "été",
            "Große",
            "日本",
            "#12",
            "v1.2",
            "Dr.",
            "24/7",
            "Epic:Login",
            "@me",
            "👍",
        ] {
            assert_eq!(fault(word, None), None, "{word}");
        }
    }

    #[test]
    fn signs_of_other_languages_are_not() {
        for word in [
            "Open;",
            "a=b",
            "a&&b",
            "a||b",
            "a|b",
            "=x",
            "!x",
            "x!",
            "%x%",
            "x*",
            "{x}",
            "$x",
            ":x",
            "?",
            "--",
            "//x",
            "x--y",
            "1..5",
            "’x’",
            "O’Brien",
            "x–y",
            "x＆y",
            "x\u{200B}",
            "-eq",
            "2+3",
            "\\x",
            "'x",
            "x'",
            "#x",
            "~",
        ] {
            assert!(fault(word, None).is_some(), "{word}");
        }
    }

    #[test]
    fn blanks_become_plain_and_doubled_ones_stay() {
        assert_eq!(with_plain_blanks("a  b c"), "a  b c");
        assert_eq!(with_plain_blanks("a\u{A0}b\n   c\td"), "a b c d");
    }
}
