//! Evaluates a query: checks it against the types, then tests each object.

use super::model::Attribute;
use super::object::{Key, Object, Seen};
use super::path::{End, Names, Path};
use super::reader::{Literal, Query};
use super::store::Store;
use super::time;
use crate::schema::standard::ValueKind;
use std::cmp::Ordering;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    Unequal,
    Less,
    Greater,
    LessOrEqual,
    GreaterOrEqual,
    Contains,
    Lacks,
}

/// A query that fits its types.
pub(super) enum Test {
    Both(Box<Test>, Box<Test>),
    Either(Box<Test>, Box<Test>),
    Compare { path: Path, operator: Operator, want: Want },
}

/// The literal, parsed once for the kind of attribute it is compared with.
pub(super) enum Want {
    Null,
    Text(String),
    /// A text in lower case, to be searched for.
    Part(String),
    Number(f64),
    Bool(bool),
    Object(Key),
}

/// The error is the server's text.
pub(super) fn check(store: &Store, names: Names<'_, '_>, query: &Query) -> Result<Test, String> {
    Ok(match query {
        Query::Both(a, b) => Test::Both(Box::new(check(store, names, a)?), Box::new(check(store, names, b)?)),
        Query::Either(a, b) => {
            Test::Either(Box::new(check(store, names, a)?), Box::new(check(store, names, b)?))
        }
        Query::Compare { attribute, operator, value } => {
            let (path, end) = Path::read(names, attribute).map_err(|e| e.text(attribute))?;
            let operator = named(operator).filter(|o| end.takes(*o)).ok_or_else(|| {
                format!(
                    "Could not parse: Operator \"{operator}\" cannot be used on attribute \"{attribute}\""
                )
            })?;
            let want = want(store, &end, operator, attribute, value)?;
            Test::Compare { path, operator, want }
        }
    })
}

impl End<'_> {
    fn takes(&self, operator: Operator) -> bool {
        use Operator::{Contains, Equal, Lacks, Unequal};
        if self.count {
            return !matches!(operator, Contains | Lacks);
        }
        match self.attribute.kind {
            ValueKind::String => true,
            ValueKind::Text | ValueKind::Collection => matches!(operator, Contains | Lacks),
            ValueKind::Boolean | ValueKind::Object => matches!(operator, Equal | Unequal),
            ValueKind::Date
            | ValueKind::Integer
            | ValueKind::Decimal
            | ValueKind::Quantity
            | ValueKind::Rating
            | ValueKind::State => !matches!(operator, Contains | Lacks),
            ValueKind::WebLink | ValueKind::Raw | ValueKind::Binary | ValueKind::Map => false,
        }
    }
}

fn named(operator: &str) -> Option<Operator> {
    Some(match operator {
        "=" => Operator::Equal,
        "!=" => Operator::Unequal,
        "<" => Operator::Less,
        ">" => Operator::Greater,
        "<=" => Operator::LessOrEqual,
        ">=" => Operator::GreaterOrEqual,
        "contains" => Operator::Contains,
        "!contains" => Operator::Lacks,
        _ => return None,
    })
}

fn want(
    store: &Store,
    end: &End<'_>,
    operator: Operator,
    name: &str,
    literal: &Literal,
) -> Result<Want, String> {
    let Literal { text, quoted } = literal;
    if !quoted && text.eq_ignore_ascii_case("null") && matches!(operator, Operator::Equal | Operator::Unequal)
    {
        return Ok(Want::Null);
    }
    let cannot = |into: &str| {
        format!("Could not parse: Cannot convert \"{text}\" into {into} in the query segment \"{name}\"")
    };
    let number = || text.trim().parse().ok().filter(|n: &f64| n.is_finite()).map(Want::Number);
    if end.count {
        return number().ok_or_else(|| cannot("a number"));
    }
    match end.attribute.kind {
        ValueKind::Integer | ValueKind::Decimal | ValueKind::Quantity => {
            number().ok_or_else(|| cannot("a number"))
        }
        ValueKind::Boolean => match text.to_ascii_lowercase().as_str() {
            "true" => Ok(Want::Bool(true)),
            "false" => Ok(Want::Bool(false)),
            _ => Err(cannot("a boolean")),
        },
        ValueKind::Date => {
            let date = time::today(text, store.now).or_else(|| time::normal(text));
            date.map(Want::Text).ok_or_else(|| {
                format!("Could not parse: Cannot convert \"{text}\" into a date.  You must use the ISO8601 date+time format.")
            })
        }
        ValueKind::Object | ValueKind::Collection => match store.refer(text) {
            Ok(key) => Ok(Want::Object(key)),
            // An object that does not exist equals no value.
            Err(super::refs::Lost::NoObject) => Ok(Want::Object(Key(u32::MAX))),
            Err(super::refs::Lost::NoReference) => {
                Err(format!("Could not parse: Cannot parse object reference from \"{text}\""))
            }
        },
        _ if matches!(operator, Operator::Contains | Operator::Lacks) => Ok(Want::Part(text.to_lowercase())),
        // For a FormattedID its number is enough.
        _ if end.attribute.name == "FormattedID"
            && !text.is_empty()
            && text.bytes().all(|b| b.is_ascii_digit()) =>
        {
            number().ok_or_else(|| cannot("a number"))
        }
        _ => Ok(Want::Text(text.clone())),
    }
}

impl Test {
    pub(super) fn holds(&self, store: &Store, object: &Object) -> bool {
        match self {
            Test::Both(a, b) => a.holds(store, object) && b.holds(store, object),
            Test::Either(a, b) => a.holds(store, object) || b.holds(store, object),
            Test::Compare { path, operator, want } => {
                // `= null` also matches empty collections.
                let empty = matches!((want, operator), (Want::Null, Operator::Equal));
                path.any(store, object, empty, &mut |seen, attribute| {
                    meets(&seen, attribute, *operator, want)
                })
            }
        }
    }
}

fn meets(seen: &Seen<'_>, attribute: Option<&Attribute>, operator: Operator, want: &Want) -> bool {
    match (want, seen) {
        (Want::Part(part), Seen::Text(text)) => contains(text, part) == (operator == Operator::Contains),
        (Want::Part(_), _) => operator == Operator::Lacks,
        (Want::Object(key), Seen::Refs(keys)) => keys.contains(key) == (operator == Operator::Contains),
        _ => {
            let order = compare(seen, attribute, want);
            match operator {
                Operator::Equal => order == Some(Ordering::Equal),
                Operator::Unequal => order != Some(Ordering::Equal),
                Operator::Less => order == Some(Ordering::Less),
                Operator::Greater => order == Some(Ordering::Greater),
                Operator::LessOrEqual => order.is_some_and(Ordering::is_le),
                Operator::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
                Operator::Contains | Operator::Lacks => false,
            }
        }
    }
}

fn compare(seen: &Seen<'_>, attribute: Option<&Attribute>, want: &Want) -> Option<Ordering> {
    match (want, seen) {
        (Want::Null, Seen::Null) => Some(Ordering::Equal),
        (Want::Bool(want), Seen::Bool(seen)) => (want == seen).then_some(Ordering::Equal),
        (Want::Number(want), Seen::Int(seen)) => (*seen as f64).partial_cmp(want),
        (Want::Number(want), Seen::Float(seen)) => seen.partial_cmp(want),
        (Want::Number(want), Seen::Text(formatted)) => (natural(formatted).1 as f64).partial_cmp(want),
        (Want::Object(want), Seen::Ref(seen)) => (want == seen).then_some(Ordering::Equal),
        (Want::Text(want), Seen::Text(seen)) => texts(attribute, seen, want),
        _ => None,
    }
}

/// Choices compare by their position in the list, FormattedIDs by their numbers.
fn texts(attribute: Option<&Attribute>, seen: &str, want: &str) -> Option<Ordering> {
    match attribute {
        Some(a) if matches!(a.kind, ValueKind::Rating | ValueKind::State) => {
            if seen == want {
                return Some(Ordering::Equal);
            }
            Some(a.rank_of(seen)?.cmp(&a.rank_of(want)?)).filter(|o| o.is_ne())
        }
        Some(a) if a.name == "TypePath" => Some(seen.to_lowercase().cmp(&want.to_lowercase())),
        Some(a) if a.name == "FormattedID" => Some(natural(seen).cmp(&natural(want))),
        _ => Some(seen.cmp(want)),
    }
}

/// `US914` comes before `US1090`.
pub(super) fn natural(formatted: &str) -> (&str, u64, &str) {
    let digits = formatted.find(|c: char| c.is_ascii_digit()).unwrap_or(formatted.len());
    let (prefix, number) = formatted.split_at(digits);
    (prefix, number.parse().unwrap_or(u64::MAX), number)
}

/// `part` is in lower case.
fn contains(text: &str, part: &str) -> bool {
    if text.is_ascii() && part.is_ascii() {
        let (text, part) = (text.as_bytes(), part.as_bytes());
        return part.is_empty() || text.windows(part.len()).any(|w| w.eq_ignore_ascii_case(part));
    }
    text.to_lowercase().contains(part)
}
