//! Recognises what people write from SQL, C, shells and word processors, and says how the query language writes it.
//! None of it is taken for part of a name or value: each function returns the text of an error.

use super::letters::{is_invisible, is_plain};
use crate::text::is_one_of;

/// Each operator, the signs that people write for it, and the words: in lower case and without spaces, `-`, `_` and `!`
/// around them.
const WRITTEN: [(&str, &str, &str); 11] = [
    ("=", "=== <=> == := : ＝", "is eq equals equal equalto isequalto"),
    ("!=", "!== ^= <> =! ≠ ！＝", "isnot not ne neq notequal notequals isnt differs isdistinctfrom"),
    ("<", "<< ＜", "lt before below under lessthan"),
    ("<=", "=< !> ≤", "le lte until atmost"),
    (">", ">> ＞", "gt after above over greaterthan morethan"),
    (">=", "=> !< ≥", "ge gte since atleast"),
    ("in", "∈", ""),
    ("!in", "", "notin nin isnotin notoneof"),
    ("!between", "", "notbetween isnotbetween"),
    (
        "contains",
        "=~ ~= ~",
        "like ilike rlike glob regexp regex match matches similar similarto has includes \
            containing contain starts startswith begins beginswith ends endswith",
    ),
    (
        "!contains",
        "!~",
        "notlike notilike notregexp notmatch notcontains notcontaining notcontain \
            doesnotcontain doesntcontain lacks excludes",
    ),
];

/// The longest sign of another language that starts here, and the operator that it stands for.
fn sign(rest: &str) -> Option<(&'static str, &'static str)> {
    let each = |signs: &'static str| signs.split_ascii_whitespace().filter(|sign| rest.starts_with(sign));
    let all = WRITTEN.iter().flat_map(|(meant, signs, _)| each(signs).map(|sign| (sign, *meant)));
    all.max_by_key(|(sign, _)| sign.len())
}

/// Explains an invalid operator.
pub(super) fn operator(rest: &str) -> String {
    let ours = "the operators are = != < > <= >= contains !contains in !in between !between";
    let sign = sign(rest).map(|(sign, meant)| (sign.to_owned(), meant));
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
    sign(rest).is_some()
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
        let known = WRITTEN.iter().find(|(.., words)| is_one_of(words, &squeezed)).map(|(meant, ..)| *meant);
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
    let more = match rest.chars().next() {
        Some(',') => "; several values are `State in Open, Fixed`, and quotes hold a comma",
        Some('(') => "; put a value that holds brackets in quotes",
        Some(')') => ": this bracket closes nothing",
        Some('"' | '\'') => "; put the whole value in \", and write a quote inside it as \\\"",
        _ => return strange(rest).unwrap_or_else(|| plain.to_owned()),
    };
    format!("{plain}{more}")
}

/// Signs that have no place outside quotes, and what is said of each.
const STRANGE: [(&str, &str); 7] = [
    ("&＆", "cannot stand here; write AND, or put the value in quotes"),
    ("|｜¦", "cannot stand here; write OR, or put the value in quotes"),
    ("‘’‚‛“”„‟«»‹›″′＂＇`", "is not a quote of the query language; write \" around the value"),
    (";；", "ends nothing here; leave it out, or put the value in quotes"),
    ("[]{}", "cannot stand here; a list is (Open, Fixed), and quotes hold a value with brackets"),
    (
        "=<>!~≠≤≥＝＜＞！",
        "looks like an operator; write AND before the next condition, or put the value in quotes",
    ),
    ("*%?？％＊", "is not a wildcard; use `contains` with a part of the text, or put the value in quotes"),
];

/// Explains a sign outside quotes.
pub(super) fn strange(rest: &str) -> Option<String> {
    let joins = [("&&", "AND"), ("||", "OR"), ("∧", "AND"), ("∨", "OR")];
    if let Some((sign, word)) = joins.into_iter().find(|(sign, _)| rest.starts_with(sign)) {
        return Some(format!("`{sign}` is not part of the query language; write {word}"));
    }
    let c = rest.chars().next()?;
    let fault = match STRANGE.iter().find(|(signs, _)| signs.contains(c)) {
        Some((_, fault)) => fault,
        None if is_plain(c) => return None,
        None if is_invisible(c) => {
            return Some(format!("an invisible character (U+{:04X}) stands here; delete it", u32::from(c)));
        }
        None => "cannot stand here without quotes; put the value in quotes",
    };
    Some(format!("`{c}` {fault}"))
}
