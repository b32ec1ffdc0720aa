//! Random filters find what a look at each snapshot finds; what the service cannot do is an error that names it.

use super::service::{bodies, started};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use rally_wsapi::filter::Literal;
use rally_wsapi::lookback::Snapshot;
use rally_wsapi::{Filter, Rally, attr};
use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::HashMap;

const STATES: [&str; 6] = ["Idea", "Defined", "In-Progress", "Completed", "Accepted", "Released"];
const FIELDS: &str =
    "FormattedID,Name,ScheduleState,PlanEstimate,Blocked,Iteration,_SnapshotNumber,_ItemHierarchy";

#[derive(Clone, Debug)]
enum Tree {
    Leaf(&'static str, &'static str, Operand),
    All(Vec<Tree>),
    Any(Vec<Tree>),
}

#[derive(Clone, Debug)]
enum Operand {
    Null,
    Number(f64),
    Flag(bool),
    Text(&'static str),
    Several(Vec<&'static str>),
}

impl Operand {
    fn literal(&self) -> Literal {
        match self {
            Operand::Null | Operand::Several(_) => Literal::null(),
            Operand::Number(number) => (*number).into(),
            Operand::Flag(flag) => (*flag).into(),
            Operand::Text(text) => (*text).into(),
        }
    }
}

impl Tree {
    fn filter(&self) -> Filter {
        match self {
            Tree::Leaf(name, op, Operand::Several(texts)) => match *op {
                "=" => attr(*name).is_in(texts.iter().copied()),
                _ => attr(*name).not_in(texts.iter().copied()),
            },
            Tree::Leaf(name, op, value) => {
                let (attr, value) = (attr(*name), value.literal());
                match *op {
                    "=" => attr.eq(value),
                    "!=" => attr.ne(value),
                    "<" => attr.lt(value),
                    "<=" => attr.le(value),
                    ">" => attr.gt(value),
                    ">=" => attr.ge(value),
                    "contains" => attr.contains(value),
                    _ => attr.not_contains(value),
                }
            }
            Tree::All(all) => all.iter().map(Tree::filter).reduce(Filter::and).unwrap(),
            Tree::Any(all) => all.iter().map(Tree::filter).reduce(Filter::or).unwrap(),
        }
    }

    fn finds(&self, row: &Snapshot, iterations: &HashMap<i64, String>) -> bool {
        match self {
            Tree::Leaf(name, op, value) => leaf(row, name, op, value, iterations),
            Tree::All(all) => all.iter().all(|tree| tree.finds(row, iterations)),
            Tree::Any(all) => all.iter().any(|tree| tree.finds(row, iterations)),
        }
    }

    /// The names of comparisons that the service does not have.
    fn impossible(&self) -> Vec<&'static str> {
        match self {
            Tree::Leaf(name, op, value) => {
                let is_equal = matches!(*op, "=" | "!=");
                let is_ordered_null = matches!(value, Operand::Null) && !is_equal;
                let is_looked_up = name.contains('.') || *name == "FormattedID";
                let is_deep = name.matches('.').count() > 1;
                let is_bad =
                    op.contains("contains") || is_ordered_null || (is_looked_up && !is_equal) || is_deep;
                is_bad.then_some(*name).into_iter().collect()
            }
            Tree::All(all) | Tree::Any(all) => all.iter().flat_map(Tree::impossible).collect(),
        }
    }
}

/// `!=` is also true of what has no value; less and greater is only what has one.
fn leaf(row: &Snapshot, name: &str, op: &str, value: &Operand, iterations: &HashMap<i64, String>) -> bool {
    if let Operand::Several(texts) = value {
        let is_one = texts.iter().any(|text| leaf(row, name, "=", &Operand::Text(text), iterations));
        return is_one == (op == "=");
    }
    if op == "!=" {
        return !leaf(row, name, "=", value, iterations);
    }
    let field = row.get(name.split('.').next().unwrap()).unwrap();
    let order = match (name, value) {
        ("_ValidFrom" | "_ValidTo", Operand::Text(text)) => {
            let at = field.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
            Some(at.cmp(&text.parse().unwrap()))
        }
        ("Iteration.Name", Operand::Text(text)) => {
            let named = field.as_i64().and_then(|id| iterations.get(&id));
            (named.map(String::as_str) == Some(*text)).then_some(Ordering::Equal)
        }
        ("_ItemHierarchy", Operand::Number(id)) => {
            let all = field.as_array().unwrap();
            all.iter().any(|known| known.as_f64() == Some(*id)).then_some(Ordering::Equal)
        }
        ("ScheduleState", Operand::Text(text)) => {
            let rank = |state: &str| STATES.iter().position(|known| *known == state).unwrap();
            field.as_str().map(|state| rank(state).cmp(&rank(text)))
        }
        (_, Operand::Null) => field.is_null().then_some(Ordering::Equal),
        (_, Operand::Number(number)) => field.as_f64().and_then(|known| known.partial_cmp(number)),
        (_, Operand::Flag(flag)) => field.as_bool().map(|known| known.cmp(flag)),
        (_, Operand::Text(text)) => field.as_str().map(|known| known.cmp(*text)),
        (_, Operand::Several(_)) => unreachable!(),
    };
    order.is_some_and(|order| match op {
        "=" => order.is_eq(),
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        _ => order.is_ge(),
    })
}

fn trees(words: &'static [&'static str]) -> impl Strategy<Value = Tree> {
    let of = |names: &'static [&'static str],
              ops: &'static [&'static str],
              values: BoxedStrategy<Operand>| {
        (select(names), select(ops), values).prop_map(|(name, op, value)| Tree::Leaf(name, op, value)).boxed()
    };
    let texts = |texts: &'static [&'static str]| select(texts).prop_map(Operand::Text).boxed();
    let all: &[&str] = &["=", "!=", "<", "<=", ">", ">="];
    let equal: &[&str] = &["=", "!="];
    let null = || Just(Operand::Null).boxed();
    let times: &[&str] = &["2026-01-06T09:00:00Z", "2026-02-16T09:00:00Z", "2026-04-01T00:00:00Z"];
    let numbers = prop_oneof![(0..9).prop_map(|n| Operand::Number(f64::from(n))), Just(Operand::Number(2.5))];
    let items = select(&[501.0, 601.0, 602.0, 612.0][..]).prop_map(Operand::Number).boxed();
    let several = proptest::sample::subsequence(&STATES[..5], 1..4).prop_map(Operand::Several).boxed();
    let leaf = prop_oneof![
        3 => of(&["ScheduleState"], all, texts(&STATES[1..5])),
        2 => of(&["ScheduleState"], equal, several),
        3 => of(&["PlanEstimate", "_SnapshotNumber"], all, numbers.boxed()),
        2 => of(&["PlanEstimate", "Iteration", "Blocked"], equal, null()),
        1 => of(&["Blocked"], equal, any::<bool>().prop_map(Operand::Flag).boxed()),
        2 => of(&["Iteration.Name"], equal, texts(&["Iteration 1", "Iteration 2"])),
        1 => of(&["FormattedID"], equal, texts(&["US1", "US2", "US12"])),
        1 => of(&["Name"], equal, texts(words)),
        2 => of(&["_ValidFrom", "_ValidTo"], all, texts(times)),
        1 => of(&["_ItemHierarchy", "ObjectID"], equal, items),
    ];
    let bad = prop_oneof![
        of(&["Name", "ScheduleState"], &["contains", "!contains"], texts(&["a"])),
        of(&["PlanEstimate", "Iteration"], &["<", ">="], null()),
        of(&["Iteration.Name", "FormattedID"], &["<", "contains"], texts(&["US1"])),
        of(&["Parent.Parent.Name"], equal, texts(&["US1"])),
    ];
    prop_oneof![40 => leaf, 1 => bad].prop_recursive(4, 14, 4, |inner| {
        let some = prop::collection::vec(inner, 1..4);
        prop_oneof![some.clone().prop_map(Tree::Any), some.prop_map(Tree::All)]
    })
}

fn iterations(rally: &Rally) -> HashMap<i64, String> {
    let rows = rally.query("Iteration").fetch("Name").all().unwrap();
    rows.iter().map(|row| (row.object_id().unwrap(), row.get("Name").unwrap().to_string())).collect()
}

#[test]
fn filters_find_what_a_look_at_each_snapshot_finds() {
    let (sandbox, rally) = started();
    let items = rally.lookback("Artifact").fields(FIELDS);
    let all = items.all().unwrap();
    let (iterations, key) =
        (iterations(&rally), |row: &Snapshot| (row.object_id(), row.get("_SnapshotNumber").unwrap().clone()));
    let unset = |name: &str| all.iter().filter(|row| row.get(name).unwrap().is_null()).count();
    let count = (all.len(), unset("Iteration"), unset("PlanEstimate"));
    assert!(count.0 > 40 && count.1 > 0 && count.2 > 0, "{count:?}");
    let name = all[0].get("Name").unwrap().as_str().unwrap().to_owned();
    let words: &'static [&'static str] = Box::leak(Box::new([&*Box::leak(name.into_boxed_str()), "nothing"]));
    let (found, refused) = (Cell::new(0), Cell::new(0));
    let config = ProptestConfig {
        rng_seed: RngSeed::Fixed(7),
        failure_persistence: None,
        ..ProptestConfig::with_cases(400)
    };
    proptest!(config, |(tree in trees(words))| {
        sandbox.clear_requests();
        let rows = items.clone().filter(tree.filter()).all();
        let impossible = tree.impossible();
        if impossible.is_empty() {
            let wanted: Vec<_> = all.iter().filter(|row| tree.finds(row, &iterations)).map(key).collect();
            let rows: Vec<_> = rows.unwrap().iter().map(key).collect();
            found.set(found.get() + usize::from(!rows.is_empty() && rows.len() < all.len()));
            prop_assert_eq!(rows, wanted, "{:?}", bodies(&sandbox));
        } else {
            let said = rows.unwrap_err().to_string();
            refused.set(refused.get() + 1);
            prop_assert!(impossible.iter().any(|name| said.contains(name)), "{}: {}", tree.filter(), said);
            prop_assert!(bodies(&sandbox).is_empty());
        }
    });
    let (found, refused) = (found.get(), refused.get());
    assert!(found > 150 && refused > 20, "{found} found, {refused} refused");
}
