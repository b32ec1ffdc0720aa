//! What a `find` asks of a snapshot, with the rules of MongoDB.

use super::super::past::Doc;
use super::view::Snapshot;
use std::cmp::Ordering;
use std::collections::HashSet;

/// A condition, ready to be applied to many snapshots.
#[derive(Debug)]
pub(super) enum Test {
    All(Vec<Test>),
    Any(Vec<Test>),
    Field(Vec<Box<str>>, Vec<Check>),
}

/// A condition on the value of a field, which may be missing.
#[derive(Debug)]
pub(super) enum Check {
    In(Set),
    NotIn(Set),
    Order(Ordering, bool, Doc),
    Exists(bool),
    /// A number of BSON.
    Type(i64),
}

/// Values; most often they are ids, and many.
#[derive(Debug, Default)]
pub(super) struct Set {
    ints: HashSet<i64>,
    others: Vec<Doc>,
}

impl Set {
    fn has(&self, value: &Doc) -> bool {
        match value {
            Doc::Int(n) => self.ints.contains(n),
            other => self.others.contains(other),
        }
    }

    /// A list that contains one of the values also matches, and so does a missing field if null is among them.
    fn matches(&self, value: Option<&Doc>) -> bool {
        match value {
            None => self.has(&Doc::Null),
            Some(Doc::List(all)) => value.is_some_and(|v| self.has(v)) || all.iter().any(|v| self.has(v)),
            Some(value) => self.has(value),
        }
    }
}

impl FromIterator<Doc> for Set {
    fn from_iter<I: IntoIterator<Item = Doc>>(all: I) -> Set {
        let mut set = Set::default();
        for value in all {
            match value {
                Doc::Int(n) => drop(set.ints.insert(n)),
                Doc::Float(n) => match Doc::number(n) {
                    Doc::Int(n) => drop(set.ints.insert(n)),
                    other => set.others.push(other),
                },
                other => set.others.push(other),
            }
        }
        set
    }
}

impl Test {
    pub(super) fn matches(&self, snapshot: &Snapshot<'_>) -> bool {
        match self {
            Test::All(all) => all.iter().all(|t| t.matches(snapshot)),
            Test::Any(all) => all.iter().any(|t| t.matches(snapshot)),
            Test::Field(path, checks) => {
                let value = snapshot.at(path);
                checks.iter().all(|c| c.matches(value.as_deref()))
            }
        }
    }
}

impl Check {
    pub(super) fn matches(&self, value: Option<&Doc>) -> bool {
        match self {
            Check::In(set) => set.matches(value),
            Check::NotIn(set) => !set.matches(value),
            Check::Exists(wanted) => value.is_some() == *wanted,
            Check::Order(wanted, or_equal, operand) => {
                let meets = |value: &Doc| {
                    let found = compare(value, operand);
                    found == Some(*wanted) || (*or_equal && found == Some(Ordering::Equal))
                };
                match value {
                    None => meets(&Doc::Null),
                    Some(Doc::List(all)) => all.iter().any(meets),
                    Some(value) => meets(value),
                }
            }
            Check::Type(wanted) => match value {
                None => false,
                Some(Doc::List(all)) => *wanted == 4 || all.iter().any(|v| is_of(v, *wanted)),
                Some(value) => is_of(value, *wanted),
            },
        }
    }
}

/// `None` if the values are of different types.
pub(super) fn compare(a: &Doc, b: &Doc) -> Option<Ordering> {
    match (a, b) {
        (Doc::Null, Doc::Null) => Some(Ordering::Equal),
        (Doc::Bool(a), Doc::Bool(b)) => Some(a.cmp(b)),
        (Doc::Int(a), Doc::Int(b)) => Some(a.cmp(b)),
        (Doc::Int(a), Doc::Float(b)) => (*a as f64).partial_cmp(b),
        (Doc::Float(a), Doc::Int(b)) => a.partial_cmp(&(*b as f64)),
        (Doc::Float(a), Doc::Float(b)) => a.partial_cmp(b),
        (Doc::Text(a), Doc::Text(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// The numbers of BSON's types. A whole number is of both sizes: the sandbox does not know which the server keeps.
fn is_of(value: &Doc, wanted: i64) -> bool {
    match value {
        Doc::Null => wanted == 10,
        Doc::Bool(_) => wanted == 8,
        Doc::Int(_) => matches!(wanted, 1 | 16 | 18),
        Doc::Float(_) => wanted == 1,
        Doc::Text(text) => wanted == if is_date(text) { 9 } else { 2 },
        Doc::List(_) => wanted == 4,
        Doc::Map(_) => wanted == 3,
    }
}

/// The server keeps dates as dates, and writes them in one form.
fn is_date(text: &str) -> bool {
    text.len() == 24 && text.ends_with('Z') && super::super::time::read(text).is_some()
}
