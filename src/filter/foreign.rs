//! Recognises what people write from SQL, C, shells and word processors, and says how the query language writes it.
//! None of it is taken for part of a name or value: each function returns the text of an error.

use super::letters::{is_invisible, is_plain};
use crate::text::is_one_of;

/// Signs written for an operator; longer ones before their prefixes.
const SIGNS: [(&str, &str); 27] = [
    ("===", "="),
    ("!==", "!="),
    ("<=>", "="),
    ("==", "="),
    (":=", "="),
    ("=~", "contains"),
    ("!~", "!contains"),
    ("~=", "contains"),
    ("^=", "!="),
    ("<>", "!="),
    ("=>", ">="),
    ("=<", "<="),
    ("!<", ">="),
    ("!>", "<="),
    ("=!", "!="),
    ("<<", "<"),
    (">>", ">"),
    ("~", "contains"),
    (":", "="),
    ("≠", "!="),
    ("≤", "<="),
    ("≥", ">="),
    ("∈", "in"),
    ("＝", "="),
    ("＜", "<"),
    ("＞", ">"),
    ("！＝", "!="),
];

/// Words written for an operator, in lower case and without spaces, `-`, `_` and `!` around them.
const WORDS: [(&str, &str); 10] = [
    ("=", "is eq equals equal equalto isequalto"),
    ("!=", "isnot not ne neq notequal notequals isnt differs isdistinctfrom"),
    ("<", "lt before below under lessthan"),
    ("<=", "le lte until atmost"),
    (">", "gt after above over greaterthan morethan"),
    (">=", "ge gte since atleast"),
    (
        "contains",
        "like ilike rlike glob regexp regex match matches similar similarto has includes \
            containing contain starts startswith begins beginswith ends endswith",
    ),
    (
        "!contains",
        "notlike notilike notregexp notmatch notcontains notcontaining notcontain \
            doesnotcontain doesntcontain lacks excludes",
    ),
    ("!in", "notin nin isnotin notoneof"),
    ("!between", "notbetween isnotbetween"),
];

/// Explains an invalid operator.
pub(super) fn operator(rest: &str) -> String {
    let ours = "the operators are = != < > <= >= contains !contains in !in between !between";
    let sign = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign));
    let sign = sign.map(|(sign, meant)| ((*sign).to_owned(), *meant));
    let Some((written, meant)) = sign.or_else(|| word_operator(rest)) else {
        return format!("an operator is expected; {ours}");
    };
    let (values, more) = match meant {
        "contains" | "!contains" => ("", " and a part of the text, without wildcards"),
        "in" | "!in" => (" Open, Fixed", ""),
        "!between" => (" 1 and 5", ""),
        _ => ("", ""),
    };
    format!("`{written}` is not an operator; write `{meant}{values}`{more}")
}

/// `true` if an operator of another language starts here that begins with one of ours.
pub(super) fn is_longer_sign(rest: &str) -> bool {
    SIGNS.iter().any(|(sign, _)| rest.starts_with(sign))
}

/// Returns up to three words that together are an operator elsewhere: `IS NOT NULL`, `not  in`, `! contains`,
/// `-eq`.
fn word_operator(rest: &str) -> Option<(String, &'static str)> {
    let ends = |c: char| c.is_whitespace() || "()\"'=<>,".contains(c);
    let mut squeezed = String::new();
    let mut spelled = String::new();
    let mut best = None;
    for word in rest.split(char::is_whitespace).filter(|w| !w.is_empty()).take(3) {
        let word = word.split(ends).next().unwrap_or_default();
        // No operator word is longer.
        if word.is_empty() || word.len() > 20 {
            break;
        }
        if !spelled.is_empty() {
            spelled.push(' ');
        }
        spelled.push_str(word);
        let negated = word.strip_prefix('!').map(|bare| format!("not{bare}"));
        let word = negated.as_deref().unwrap_or(word).to_lowercase().replace(['-', '_', '’', '\''], "");
        squeezed.push_str(&word);
        let null = match squeezed.as_str() {
            "isnull" => Some("= null"),
            "isnotnull" | "notnull" => Some("!= null"),
            _ => None,
        };
        let known = WORDS.iter().find(|(_, all)| is_one_of(all, &squeezed)).map(|(meant, _)| *meant);
        if let Some(meant) = null.or(known) {
            best = Some((spelled.clone(), meant));
        }
    }
    best
}

/// Explains what is wrong where a condition should begin.
pub(super) fn condition(rest: &str) -> String {
    let plain = "a condition is expected, as State = \"Open\"";
    let word: String = rest.chars().take_while(|c| is_plain(*c)).take(12).collect();
    match word.to_ascii_uppercase().as_str() {
        "NOT" => return negation("NOT"),
        "AND" | "OR" | "XOR" => return format!("{plain}, not `{word}`"),
        "WHERE" | "SELECT" | "HAVING" | "EXISTS" => {
            return format!("{plain}; leave `{word}` out and write the condition alone");
        }
        _ => {}
    }
    match rest.chars().next() {
        Some('!' | '¬') => negation("!"),
        Some(c @ ('\'' | '`' | '[' | '{' | '$' | '@' | ':' | '\\')) => format!(
            "a name cannot begin with `{c}`; write it as it is, or in \" where it holds blanks or signs"
        ),
        Some(c) if c.is_ascii_digit() || matches!(c, '-' | '+' | '.') => {
            format!("{plain}; the attribute comes before the operator, the value after it")
        }
        _ => strange(rest).unwrap_or_else(|| plain.to_owned()),
    }
}

fn negation(sign: &str) -> String {
    format!(
        "`{sign}` cannot stand before a condition; turn the operator around: != !contains !in !between, `= null` for `!= null`"
    )
}

/// Explains what is wrong where `AND`, `OR` or the end is expected.
pub(super) fn after_condition(rest: &str) -> String {
    let plain = "AND, OR or the end is expected";
    match rest.chars().next() {
        Some(',') => format!("{plain}; several values are `State in Open, Fixed`, and quotes hold a comma"),
        Some('(') => format!("{plain}; put a value that holds brackets in quotes"),
        Some(')') => format!("{plain}: this bracket closes nothing"),
        Some('"' | '\'') => {
            format!("{plain}; put the whole value in \", and write a quote inside it as \\\"")
        }
        _ => strange(rest).unwrap_or_else(|| plain.to_owned()),
    }
}

/// Explains a sign outside quotes.
pub(super) fn strange(rest: &str) -> Option<String> {
    for (sign, word) in [("&&", "AND"), ("||", "OR"), ("∧", "AND"), ("∨", "OR")] {
        if rest.starts_with(sign) {
            return Some(format!("`{sign}` is not part of the query language; write {word}"));
        }
    }
    let c = rest.chars().next()?;
    Some(match c {
        '&' | '＆' => format!("`{c}` cannot stand here; write AND, or put the value in quotes"),
        '|' | '｜' | '¦' => format!("`{c}` cannot stand here; write OR, or put the value in quotes"),
        '‘' | '’' | '‚' | '‛' | '“' | '”' | '„' | '‟' | '«' | '»' | '‹' | '›' | '″' | '′' | '＂' | '＇'
        | '`' => {
            format!("`{c}` is not a quote of the query language; write \" around the value")
        }
        ';' | '；' => format!("`{c}` ends nothing here; leave it out, or put the value in quotes"),
        '[' | ']' | '{' | '}' => {
            format!("`{c}` cannot stand here; a list is (Open, Fixed), and quotes hold a value with brackets")
        }
        '=' | '<' | '>' | '!' | '~' | '≠' | '≤' | '≥' | '＝' | '＜' | '＞' | '！' => {
            format!(
                "`{c}` looks like an operator; write AND before the next condition, or put the value in quotes"
            )
        }
        '*' | '%' | '?' | '？' | '％' | '＊' => {
            format!(
                "`{c}` is not a wildcard; use `contains` with a part of the text, or put the value in quotes"
            )
        }
        '$' | '\\' | '^' | '#' | '@' | ':' | '+' | '-' | '/' | '.' | '\'' => {
            format!("`{c}` cannot stand here without quotes; put the value in quotes")
        }
        c if is_invisible(c) => {
            format!("an invisible character (U+{:04X}) stands here; delete it", u32::from(c))
        }
        c if !is_plain(c) => format!("`{c}` cannot stand here without quotes; put the value in quotes"),
        _ => return None,
    })
}
