//! The meaning of filters: text as people write it keeps its meaning in canonical form.
//!
//! The evaluator here reads the canonical form as strictly as the server does and shares no code with the
//! crate's own reader.

mod faults;
mod foreign;
mod sent;

use proptest::prelude::*;
use rally_wsapi::Filter;

/// A row with two texts and a number.
type Row = (&'static str, &'static str, i64);

const ROWS: [Row; 12] = [
    ("Open", "this and that", 1),
    ("Open", "a (b) or c", 3),
    ("Closed", "100% & more", 1),
    ("Closed", "this and that", 5),
    ("In Progress", "x | y ~ z", 2),
    ("In Progress", "a (b) or c", 4),
    ("Fixed", "#1 + 1 = 2", 3),
    ("Fixed", "été", 5),
    ("Open", "été", 4),
    ("Submitted", "in, out", 1),
    ("Submitted", "100% & more", 2),
    ("Submitted", "#1 + 1 = 2", 5),
];

const STATES: [&str; 5] = ["Open", "Closed", "In Progress", "Fixed", "Submitted"];
const NAMES: [&str; 7] =
    ["this and that", "a (b) or c", "100% & more", "x | y ~ z", "#1 + 1 = 2", "été", "in, out"];

/// A condition and how to write it.
#[derive(Clone, Debug)]
enum Tree {
    State(&'static str, bool),
    Name(&'static str, bool),
    Rank(&'static str, i64),
    States(Vec<&'static str>, bool),
    Between(i64, i64, bool),
    And(Vec<Tree>, bool),
    Or(Vec<Tree>, bool),
}

impl Tree {
    fn meets(&self, row: &Row) -> bool {
        match self {
            Tree::State(state, equal) => (row.0 == *state) == *equal,
            Tree::Name(part, has) => row.1.contains(part) == *has,
            Tree::Rank(sign, n) => compare(row.2, sign, *n),
            Tree::States(states, inside) => states.contains(&row.0) == *inside,
            Tree::Between(low, high, inside) => (*low <= row.2 && row.2 <= *high) == *inside,
            Tree::And(parts, _) => parts.iter().all(|p| p.meets(row)),
            Tree::Or(parts, _) => parts.iter().any(|p| p.meets(row)),
        }
    }

    /// As people write it: brackets only where the meaning needs them, quotes only where the words do.
    fn text(&self, inside_and: bool) -> String {
        let not = |yes: bool| if yes { "" } else { "!" };
        match self {
            Tree::State(state, equal) => format!("State {}= {state}", not(*equal)),
            Tree::Name(part, has) => format!("Name {}contains \"{part}\"", not(*has)),
            Tree::Rank(sign, n) => format!("Rank{sign}{n}"),
            Tree::States(states, inside) => format!("State {}in {}", not(*inside), states.join(",")),
            Tree::Between(low, high, inside) => format!("Rank {}between {low} and {high}", not(*inside)),
            Tree::And(parts, lower) => {
                let word = if *lower { " and " } else { " AND " };
                parts.iter().map(|p| p.text(true)).collect::<Vec<_>>().join(word)
            }
            Tree::Or(parts, lower) => {
                let word = if *lower { " or " } else { " OR " };
                let joined = parts.iter().map(|p| p.text(false)).collect::<Vec<_>>().join(word);
                if inside_and { format!("({joined})") } else { joined }
            }
        }
    }
}

fn compare(a: i64, sign: &str, b: i64) -> bool {
    match sign {
        "=" => a == b,
        "!=" => a != b,
        "<" => a < b,
        ">" => a > b,
        "<=" => a <= b,
        ">=" => a >= b,
        other => panic!("unknown sign {other}"),
    }
}

/// Evaluates canonical text: brackets around everything, two terms at a time.
fn strict<'t>(text: &'t str, row: &Row) -> (bool, &'t str) {
    let inside = text.strip_prefix('(').unwrap_or_else(|| panic!("no bracket at {text}"));
    if inside.starts_with('(') {
        let (left, rest) = strict(inside, row);
        let (both, rest) = match rest.strip_prefix(" AND ") {
            Some(rest) => (true, rest),
            None => (false, rest.strip_prefix(" OR ").unwrap_or_else(|| panic!("no AND or OR at {rest}"))),
        };
        let (right, rest) = strict(rest, row);
        let rest = rest.strip_prefix(')').unwrap_or_else(|| panic!("no closing bracket at {rest}"));
        return (if both { left & right } else { left | right }, rest);
    }
    let mut words = inside.splitn(3, ' ');
    let (attribute, sign, rest) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
    let (value, rest) = match rest.strip_prefix('"') {
        Some(rest) => quoted(rest),
        None => rest.split_once(')').map(|(value, rest)| (value.to_owned(), rest)).unwrap(),
    };
    let value = value.as_str();
    let found = match (attribute, sign) {
        ("State", "=") => row.0 == value,
        ("State", "!=") => row.0 != value,
        ("Name", "contains") => row.1.contains(value),
        ("Name", "!contains") => !row.1.contains(value),
        ("Rank", sign) => compare(row.2, sign, value.parse().unwrap()),
        other => panic!("unexpected {other:?}"),
    };
    (found, rest)
}

/// Up to the closing quote and bracket; `\"` is a quote.
fn quoted(text: &str) -> (String, &str) {
    let (mut value, mut rest) = (String::new(), text);
    loop {
        let (before, after) = rest.split_once('"').unwrap_or_else(|| panic!("no closing quote at {rest}"));
        rest = after;
        match before.strip_suffix('\\') {
            Some(before) => value.extend([before, "\""]),
            None => {
                value.push_str(before);
                return (value, rest.strip_prefix(')').unwrap_or_else(|| panic!("no bracket at {rest}")));
            }
        }
    }
}

fn tree() -> impl Strategy<Value = Tree> {
    let state = || prop::sample::select(STATES.to_vec());
    let leaf = prop_oneof![
        (state(), any::<bool>()).prop_map(|(s, e)| Tree::State(s, e)),
        (prop::sample::select(NAMES.to_vec()), any::<bool>()).prop_map(|(n, h)| Tree::Name(n, h)),
        (prop::sample::select(vec!["=", "!=", "<", ">", "<=", ">="]), 0..6i64)
            .prop_map(|(s, n)| Tree::Rank(s, n)),
        (prop::collection::vec(state(), 1..4), any::<bool>()).prop_map(|(s, i)| Tree::States(s, i)),
        (0..6i64, 0..6i64, any::<bool>()).prop_map(|(a, b, i)| Tree::Between(a.min(b), a.max(b), i)),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let parts = || prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            (parts(), any::<bool>()).prop_map(|(p, l)| Tree::And(p, l)),
            (parts(), any::<bool>()).prop_map(|(p, l)| Tree::Or(p, l)),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_rows_meet_the_text_and_what_is_sent(tree in tree()) {
        let text = tree.text(false);
        let filter: Filter = text.parse().map_err(|e| TestCaseError::fail(format!("{text}: {e}")))?;
        let sent = filter.to_string();
        for row in &ROWS {
            let (found, rest) = strict(&sent, row);
            prop_assert_eq!(rest, "");
            prop_assert_eq!(found, tree.meets(row), "{} became {}", text, sent);
        }
    }
}
