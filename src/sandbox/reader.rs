//! Parses the server's query grammar as strictly as the server: brackets around everything, two terms at a time,
//! spaces around operators. It shares no code with the client's parser, so that it can check the client's text.

#[derive(Debug)]
pub(super) enum Query {
    Compare { attribute: String, operator: String, value: Literal },
    Both(Box<Query>, Box<Query>),
    Either(Box<Query>, Box<Query>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Literal {
    pub(super) text: String,
    pub(super) quoted: bool,
}

const DEEPEST: usize = 300;
const OPERATORS: [&str; 9] = ["=", "!=", "<", ">", "<=", ">=", "contains", "!contains", "in"];

/// The error is the server's text.
pub(super) fn read(text: &str) -> Result<Query, String> {
    let (query, rest) = group(text.trim(), 0)?;
    match rest.trim().is_empty() {
        true => Ok(query),
        false => Err(format!("Could not parse: Unexpected text \"{}\"", start_of(rest.trim()))),
    }
}

fn start_of(text: &str) -> String {
    text.chars().take(40).collect()
}

fn group(text: &str, depth: usize) -> Result<(Query, &str), String> {
    let missing = || format!("Could not parse: Expected \"(\" at \"{}\"", start_of(text));
    let inside = text.strip_prefix('(').ok_or_else(missing)?.trim_start();
    if depth > DEEPEST {
        return Err("Could not parse: The query is nested too deeply".to_owned());
    }
    if !inside.starts_with('(') {
        return compare(inside);
    }
    let (left, rest) = group(inside, depth + 1)?;
    let (word, rest) = word(rest.trim_start()).ok_or("Could not parse: Expected AND or OR")?;
    let join = match word.to_ascii_uppercase().as_str() {
        "AND" => Query::Both,
        "OR" => Query::Either,
        _ => return Err(format!("Could not parse: Unknown operator \"{}\"", start_of(word))),
    };
    let (right, rest) = group(rest.trim_start(), depth + 1)?;
    let rest = rest.trim_start().strip_prefix(')').ok_or("Could not parse: Expected \")\"")?;
    Ok((join(Box::new(left), Box::new(right)), rest))
}

/// Up to the next space.
fn word(text: &str) -> Option<(&str, &str)> {
    text.split_once(char::is_whitespace).filter(|(word, _)| !word.is_empty())
}

fn compare(inside: &str) -> Result<(Query, &str), String> {
    let (attribute, rest) = word(inside).ok_or("Could not parse: Expected an operator")?;
    let (operator, rest) = word(rest.trim_start()).ok_or("Could not parse: Expected a value")?;
    let operator = operator.to_ascii_lowercase();
    if !OPERATORS.contains(&operator.as_str()) {
        return Err(format!("Could not parse: Unknown operator \"{}\"", start_of(&operator)));
    }
    if operator == "in" {
        return list(attribute, rest.trim_start());
    }
    let (value, rest) = literal(rest.trim_start(), &[')'])?;
    let rest = rest.trim_start().strip_prefix(')').ok_or("Could not parse: Expected \")\"")?;
    Ok((Query::Compare { attribute: attribute.to_owned(), operator, value }, rest))
}

/// `State in Open,Fixed` is the same as an OR of comparisons.
fn list<'t>(attribute: &str, mut text: &'t str) -> Result<(Query, &'t str), String> {
    let mut all = Vec::new();
    loop {
        let (value, rest) = literal(text, &[',', ')'])?;
        all.push(Query::Compare { attribute: attribute.to_owned(), operator: "=".to_owned(), value });
        let rest = rest.trim_start();
        if let Some(rest) = rest.strip_prefix(',') {
            text = rest.trim_start();
            continue;
        }
        let rest = rest.strip_prefix(')').ok_or("Could not parse: Expected \")\"")?;
        return either(all)
            .map(|query| (query, rest))
            .ok_or_else(|| "Could not parse: Expected a value".to_owned());
    }
}

/// Balanced, so that a long list does not nest deeply.
fn either(mut all: Vec<Query>) -> Option<Query> {
    match all.len() {
        0 | 1 => all.pop(),
        length => {
            let right = either(all.split_off(length / 2))?;
            Some(Query::Either(Box::new(either(all)?), Box::new(right)))
        }
    }
}

fn literal<'t>(text: &'t str, ends: &[char]) -> Result<(Literal, &'t str), String> {
    if let Some(text) = text.strip_prefix('"') {
        let (value, rest) = quoted(text).ok_or("Could not parse: Expected a closing quote")?;
        return Ok((Literal { text: value, quoted: true }, rest));
    }
    let end = text.find(ends).ok_or("Could not parse: Expected \")\"")?;
    let (value, rest) = text.split_at(end);
    let value = value.trim_end();
    if value.contains('(') {
        return Err("Could not parse: Unknown operator \")\"".to_owned());
    }
    match value.split_whitespace().nth(1) {
        _ if value.is_empty() => Err("Could not parse: Expected a value".to_owned()),
        Some(second) => Err(format!("Could not parse: Unknown operator \"{}\"", start_of(second))),
        None => Ok((Literal { text: value.to_owned(), quoted: false }, rest)),
    }
}

/// Reads up to the closing quote. `\"` is a quote in the value; a backslash before anything else stands for itself.
fn quoted(text: &str) -> Option<(String, &str)> {
    let (mut value, mut rest) = (String::new(), text);
    loop {
        let (before, after) = rest.split_once('"')?;
        rest = after;
        match before.strip_suffix('\\') {
            Some(before) => value.extend([before, "\""]),
            None => return Some((value + before, rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_grammar_is_strict() {
        for good in [
            "(State = Open)",
            "( State  !=  \"Open (again)\" )",
            "((A = 1) AND (B = 2))",
            "(((A = 1) and (B = 2)) Or (C contains \"x ) AND (\"))",
            "(State in Open,Fixed, \"In (doubt)\")",
            "(c_ÉtéCode = null)",
            "(Name = \"say \\\"hi\\\" \\ twice\")",
        ] {
            assert!(read(good).is_ok(), "{good}: {:?}", read(good));
        }
        for (bad, part) in [
            ("", "Expected \"(\""),
            ("State = Open", "Expected \"(\""),
            ("(State = Open", "Expected \")\""),
            ("(State = Open))", "Unexpected text \")\""),
            ("(State=Open)", "Expected an operator"),
            ("(State =Open)", "Expected a value"),
            ("(State = )", "Expected a value"),
            ("(State ~ Open)", "Unknown operator \"~\""),
            ("(Name = High Attention)", "Unknown operator \"Attention\""),
            ("(Name = a(b))", "Unknown operator \")\""),
            ("(Name = \"a)", "closing quote"),
            ("(Name = \"a\\\")", "closing quote"),
            ("(Name = \"a\" b)", "Expected \")\""),
            ("((A = 1))", "Expected AND or OR"),
            ("((A = 1) AND (B = 2) AND (C = 3))", "Expected \")\""),
            ("((A = 1) XOR (B = 2))", "Unknown operator \"XOR\""),
            ("(State in Open,)", "Expected a value"),
        ] {
            let error = read(bad).unwrap_err();
            assert!(error.starts_with("Could not parse: ") && error.contains(part), "{bad}: {error}");
        }
        let deep = format!("{}A = 1{}", "(".repeat(100_000), ")".repeat(100_000));
        assert!(read(&deep).unwrap_err().contains("nested too deeply"));
        assert!(read(&format!("(State in {}Open)", "Open,".repeat(100_000))).is_ok());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn any_text_may_come(text in "[() =!<>\"a-cA-C,.é1]{0,60}") {
            let _ = read(&text);
        }
    }
}
