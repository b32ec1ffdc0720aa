//! The server's query grammar, as strict as the server: brackets around everything, two terms at a time,
//! blanks around operators. It shares nothing with the client's reader: the client's text must pass it.

pub(super) enum Query {
    Compare { attribute: String, operator: String, value: String, quoted: bool },
    Both(Box<Query>, Box<Query>),
    Either(Box<Query>, Box<Query>),
}

const DEEPEST: usize = 300;

/// The error is the server's text.
pub(super) fn read(text: &str) -> Result<Query, String> {
    let (query, rest) = group(text.trim(), 0)?;
    match rest.trim().is_empty() {
        true => Ok(query),
        false => Err(format!("Could not parse: Unexpected text \"{}\"", rest.trim())),
    }
}

fn group(text: &str, depth: usize) -> Result<(Query, &str), String> {
    let missing =
        || format!("Could not parse: Expected \"(\" at \"{}\"", text.chars().take(40).collect::<String>());
    let inside = text.strip_prefix('(').ok_or_else(missing)?;
    if depth > DEEPEST {
        return Err("Could not parse: The query is nested too deeply".to_owned());
    }
    if !inside.trim_start().starts_with('(') {
        return compare(inside);
    }
    let (left, rest) = group(inside.trim_start(), depth + 1)?;
    let (word, rest) = rest.trim_start().split_once(' ').ok_or("Could not parse: Expected AND or OR")?;
    let (right, rest) = group(rest.trim_start(), depth + 1)?;
    let rest = rest.trim_start().strip_prefix(')').ok_or("Could not parse: Expected \")\"")?;
    match word.to_ascii_uppercase().as_str() {
        "AND" => Ok((Query::Both(Box::new(left), Box::new(right)), rest)),
        "OR" => Ok((Query::Either(Box::new(left), Box::new(right)), rest)),
        _ => Err(format!("Could not parse: Unknown operator \"{word}\"")),
    }
}

fn compare(inside: &str) -> Result<(Query, &str), String> {
    let (attribute, rest) = inside.split_once(' ').ok_or("Could not parse: Expected an operator")?;
    let (operator, rest) = rest.split_once(' ').ok_or("Could not parse: Expected a value")?;
    if !["=", "!=", "<", ">", "<=", ">=", "contains", "!contains"].contains(&operator) {
        return Err(format!("Could not parse: Unknown operator \"{operator}\""));
    }
    let (value, quoted, rest) = match rest.strip_prefix('"') {
        Some(rest) => {
            let (value, rest) = rest.split_once('"').ok_or("Could not parse: Expected a closing quote")?;
            (value, true, rest.strip_prefix(')').ok_or("Could not parse: Expected \")\"")?)
        }
        None => {
            let (value, rest) = rest.split_once(')').ok_or("Could not parse: Expected \")\"")?;
            (value, false, rest)
        }
    };
    if !quoted && (value.is_empty() || value.contains([' ', '('])) {
        return Err(format!("Could not parse: Unknown operator \"{value}\""));
    }
    let (attribute, operator, value) = (attribute.to_owned(), operator.to_owned(), value.to_owned());
    Ok((Query::Compare { attribute, operator, value, quoted }, rest))
}
