//! Which objects a query means: checked against the types first, then asked of each object.

use super::model::{Attribute, Model, Type};
use super::reader::{Literal, Query};
use super::store::{Key, Object, Seen, Store};
use super::time;
use crate::schema::standard::Kind;
use std::cmp::Ordering;

/// A way from an object to a value: an attribute, or attributes of the objects it refers to.
pub(super) struct Path {
    /// For each step and each type, the place of the attribute.
    steps: Vec<Vec<Option<u16>>>,
    /// Whether it ends in the number of a collection's members.
    count: bool,
}

/// What is at the end of a path, so far as it can be told without an object.
pub(super) struct End<'m> {
    pub(super) attribute: &'m Attribute,
    pub(super) count: bool,
}

/// Steps of a path; nobody needs more.
const LONGEST: usize = 30;

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

/// The literal, read once for the kind of attribute it is compared with.
pub(super) enum Want {
    Null,
    Text(String),
    /// A text in small letters, to be found in others.
    Part(String),
    Number(f64),
    Bool(bool),
    Object(Key),
}

/// The error is the server's text. `kinds` are the types asked for: one, or several of `/artifact`.
pub(super) fn check(store: &Store, kinds: &[&Type], query: &Query) -> Result<Test, String> {
    Ok(match query {
        Query::Both(a, b) => Test::Both(Box::new(check(store, kinds, a)?), Box::new(check(store, kinds, b)?)),
        Query::Either(a, b) => {
            Test::Either(Box::new(check(store, kinds, a)?), Box::new(check(store, kinds, b)?))
        }
        Query::Compare { attribute, operator, value } => {
            let (path, end) = Path::read(store.model(), kinds, attribute).map_err(|e| e.text(attribute))?;
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

/// Why a path cannot be followed.
pub(super) struct Unknown {
    attribute: String,
    kind: String,
    several: bool,
}

impl Unknown {
    fn text(&self, segment: &str) -> String {
        let Unknown { attribute, kind, several } = self;
        match several {
            true => "Could not read: could not read all instances of class com.f4tech.slm.domain.Artifact"
                .to_owned(),
            false => format!(
                "Could not parse: Could not find attribute \"{attribute}\" on type {kind} in the query segment \"{segment}\""
            ),
        }
    }
}

impl Path {
    pub(super) fn read<'m>(
        model: &'m Model,
        kinds: &[&'m Type],
        text: &str,
    ) -> Result<(Path, End<'m>), Unknown> {
        let mut steps = Vec::new();
        let mut at_hand: Vec<&Type> = kinds.to_vec();
        let mut end: Option<End<'m>> = None;
        for (number, name) in text.split('.').enumerate() {
            if number >= LONGEST {
                return Err(unknown(name, &at_hand));
            }
            if let Some(End { attribute, count }) = &mut end {
                if attribute.kind == Kind::Collection && name.eq_ignore_ascii_case("Count") && !*count {
                    *count = true;
                    continue;
                }
                at_hand = match (*count, attribute.kind, &attribute.target) {
                    (false, Kind::Object | Kind::Collection, Some(target)) => {
                        model.find(target).into_iter().collect()
                    }
                    (false, Kind::Object | Kind::Collection, None) => Vec::new(),
                    _ => return Err(unknown(name, &at_hand)),
                };
            }
            let anywhere = |t: &&Type| t.attribute(name).is_some();
            let attribute = match at_hand.as_slice() {
                [] => model.types.iter().find(anywhere).and_then(|t| t.attribute(name)),
                some => some
                    .iter()
                    .all(|t| t.attribute(name).is_some())
                    .then(|| some.first()?.attribute(name))
                    .flatten(),
            };
            let attribute = attribute.ok_or_else(|| unknown(name, &at_hand))?;
            steps
                .push(model.types.iter().map(|t| t.at(name).and_then(|at| u16::try_from(at).ok())).collect());
            end = Some(End { attribute, count: false });
        }
        let end = end.ok_or_else(|| unknown(text, kinds))?;
        Ok((Path { steps, count: end.count }, end))
    }

    /// Calls `meet` with each value at the end until it answers true. An empty way ends in null.
    pub(super) fn any<'s>(
        &self,
        store: &'s Store,
        object: &'s Object,
        meet: &mut dyn FnMut(Seen<'s>, Option<&'s Attribute>) -> bool,
    ) -> bool {
        walk(store, object, &self.steps, self.count, meet)
    }

    /// The one value at the end; of a collection's the first.
    pub(super) fn first<'s>(
        &self,
        store: &'s Store,
        object: &'s Object,
    ) -> (Seen<'s>, Option<&'s Attribute>) {
        let mut found = (Seen::Null, None);
        self.any(store, object, &mut |seen, attribute| {
            found = (seen, attribute);
            true
        });
        found
    }
}

fn unknown(attribute: &str, kinds: &[&Type]) -> Unknown {
    Unknown {
        attribute: attribute.to_owned(),
        kind: kinds.first().map_or("Artifact", |t| t.element()).to_owned(),
        several: kinds.len() > 1,
    }
}

fn walk<'s>(
    store: &'s Store,
    object: &'s Object,
    steps: &[Vec<Option<u16>>],
    count: bool,
    meet: &mut dyn FnMut(Seen<'s>, Option<&'s Attribute>) -> bool,
) -> bool {
    let Some((step, rest)) = steps.split_first() else { return false };
    let Some(at) = step.get(object.kind).copied().flatten() else { return meet(Seen::Null, None) };
    let seen = store.see(object, usize::from(at));
    if rest.is_empty() {
        let attribute = store.kind(object).and_then(|t| t.attributes.get(usize::from(at)));
        return match seen {
            Seen::Refs(keys) if count => meet(Seen::Int(keys.len() as i64), None),
            seen => meet(seen, attribute),
        };
    }
    match seen {
        Seen::Ref(key) => match store.at(key) {
            Some(next) => walk(store, next, rest, count, meet),
            None => meet(Seen::Null, None),
        },
        // Each condition looks for a member of its own.
        Seen::Refs(keys) => {
            keys.iter().filter_map(|k| store.at(*k)).any(|o| walk(store, o, rest, count, meet))
        }
        _ => meet(Seen::Null, None),
    }
}

impl End<'_> {
    fn takes(&self, operator: Operator) -> bool {
        use Operator::{Contains, Equal, Lacks, Unequal};
        if self.count {
            return !matches!(operator, Contains | Lacks);
        }
        match self.attribute.kind {
            Kind::String => true,
            Kind::Text | Kind::Collection => matches!(operator, Contains | Lacks),
            Kind::Boolean | Kind::Object => matches!(operator, Equal | Unequal),
            Kind::Date | Kind::Integer | Kind::Decimal | Kind::Quantity | Kind::Rating | Kind::State => {
                !matches!(operator, Contains | Lacks)
            }
            Kind::WebLink | Kind::Raw | Kind::Binary | Kind::Map => false,
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
        Kind::Integer | Kind::Decimal | Kind::Quantity => number().ok_or_else(|| cannot("a number")),
        Kind::Boolean => match text.to_ascii_lowercase().as_str() {
            "true" => Ok(Want::Bool(true)),
            "false" => Ok(Want::Bool(false)),
            _ => Err(cannot("a boolean")),
        },
        Kind::Date => {
            let date = time::today(text, store.now).or_else(|| time::normal(text));
            date.map(Want::Text).ok_or_else(|| {
                format!("Could not parse: Cannot convert \"{text}\" into a date.  You must use the ISO8601 date+time format.")
            })
        }
        Kind::Object | Kind::Collection => match store.refer(text) {
            Ok(key) => Ok(Want::Object(key)),
            // An object that is not there is nobody's value.
            Err(super::refs::Lost::NoObject) => Ok(Want::Object(Key(u32::MAX))),
            Err(super::refs::Lost::NoReference) => {
                Err(format!("Could not parse: Cannot parse object reference from \"{text}\""))
            }
        },
        _ if matches!(operator, Operator::Contains | Operator::Lacks) => Ok(Want::Part(text.to_lowercase())),
        _ => Ok(Want::Text(text.clone())),
    }
}

impl Test {
    pub(super) fn holds(&self, store: &Store, object: &Object) -> bool {
        match self {
            Test::Both(a, b) => a.holds(store, object) && b.holds(store, object),
            Test::Either(a, b) => a.holds(store, object) || b.holds(store, object),
            Test::Compare { path, operator, want } => {
                path.any(store, object, &mut |seen, attribute| meets(&seen, attribute, *operator, want))
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
        (Want::Object(want), Seen::Ref(seen)) => (want == seen).then_some(Ordering::Equal),
        (Want::Text(want), Seen::Text(seen)) => texts(attribute, seen, want),
        _ => None,
    }
}

/// Choices compare by their places in the list, formatted ids by their numbers.
fn texts(attribute: Option<&Attribute>, seen: &str, want: &str) -> Option<Ordering> {
    match attribute {
        Some(a) if matches!(a.kind, Kind::Rating | Kind::State) => {
            if seen == want {
                return Some(Ordering::Equal);
            }
            Some(a.rank_of(seen)?.cmp(&a.rank_of(want)?)).filter(|o| o.is_ne())
        }
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

/// `part` is in small letters.
fn contains(text: &str, part: &str) -> bool {
    if text.is_ascii() && part.is_ascii() {
        let (text, part) = (text.as_bytes(), part.as_bytes());
        return part.is_empty() || text.windows(part.len()).any(|w| w.eq_ignore_ascii_case(part));
    }
    text.to_lowercase().contains(part)
}
