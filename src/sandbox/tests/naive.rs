//! Random filters, orders, fetches and pages against an evaluator that knows nothing but the answered JSON.

use super::Bench;
use once_cell::sync::Lazy;
use proptest::prelude::*;
use serde_json::{Map, Value};
use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};

/// All stories, whole, and every object they lead to, by reference.
struct World {
    bench: Bench,
    stories: Vec<Value>,
    objects: HashMap<String, Value>,
}

static WORLD: Lazy<World> = Lazy::new(|| {
    let bench = Bench::new();
    let all = [("fetch", "true"), ("pagesize", "2000"), ("order", "ObjectID")];
    let stories = bench.rows("/hierarchicalrequirement", &all);
    let mut objects = HashMap::new();
    for path in [
        "/hierarchicalrequirement",
        "/users",
        "/project",
        "/iteration",
        "/userprofile",
        "/portfolioitem/feature",
    ] {
        for row in bench.rows(path, &all) {
            objects.insert(row["_ref"].as_str().unwrap().to_owned(), row);
        }
    }
    World { bench, stories, objects }
});

const STATES: [&str; 4] = ["Defined", "In-Progress", "Completed", "Accepted"];

#[derive(Clone, Debug)]
enum Filter {
    Leaf { path: &'static str, operator: &'static str, value: String, quoted: bool },
    Both(Box<Filter>, Box<Filter>),
    Either(Box<Filter>, Box<Filter>),
}

impl Filter {
    fn text(&self) -> String {
        match self {
            Filter::Leaf { path, operator, value, quoted: true } => {
                format!("({path} {operator} \"{value}\")")
            }
            Filter::Leaf { path, operator, value, .. } => format!("({path} {operator} {value})"),
            Filter::Both(a, b) => format!("({} AND {})", a.text(), b.text()),
            Filter::Either(a, b) => format!("({} or {})", a.text(), b.text()),
        }
    }

    fn holds(&self, row: &Value) -> bool {
        match self {
            Filter::Both(a, b) => a.holds(row) && b.holds(row),
            Filter::Either(a, b) => a.holds(row) || b.holds(row),
            Filter::Leaf { path, operator, value, quoted } => {
                values(row, path).iter().any(|v| meets(path, v, operator, value, *quoted))
            }
        }
    }
}

/// The values at the end of a path; one null where the way is empty, none where a collection is.
fn values(row: &Value, path: &str) -> Vec<Value> {
    match path.split_once('.') {
        None => vec![row[path].clone()],
        Some(("Children", "Count")) => vec![row["Children"]["Count"].clone()],
        Some(("Tags", "Name")) => {
            row["Tags"]["_tagsNameArray"].as_array().unwrap().iter().map(|t| t["Name"].clone()).collect()
        }
        Some((first, rest)) => match row[first]["_ref"].as_str() {
            Some(reference) => values(&WORLD.objects[reference], rest),
            None => vec![Value::Null],
        },
    }
}

fn meets(path: &str, found: &Value, operator: &str, value: &str, quoted: bool) -> bool {
    if operator.ends_with("contains") {
        let has = found.as_str().is_some_and(|t| t.to_lowercase().contains(&value.to_lowercase()));
        return has != operator.starts_with('!');
    }
    let order = if value == "null" && !quoted {
        found.is_null().then_some(Ordering::Equal)
    } else {
        match found {
            Value::Null => None,
            Value::Bool(b) => (b.to_string() == value).then_some(Ordering::Equal),
            Value::Number(n) => n.as_f64().unwrap().partial_cmp(&value.parse().unwrap()),
            Value::Object(object) => {
                let end = format!("/{}", value.trim_start_matches('/').to_lowercase());
                object["_ref"].as_str().unwrap().ends_with(&end).then_some(Ordering::Equal)
            }
            Value::String(text) if path == "ScheduleState" => {
                let place = |t: &str| STATES.iter().position(|s| *s == t);
                match (place(text), place(value)) {
                    (Some(a), Some(b)) => Some(a.cmp(&b)),
                    _ => None,
                }
            }
            Value::String(text) if path == "FormattedID" => Some(number(text).cmp(&number(value))),
            Value::String(text) if path == "CreationDate" => Some(text.as_str().cmp(&full_date(value))),
            Value::String(text) => Some(text.as_str().cmp(value)),
            Value::Array(_) => None,
        }
    };
    match operator {
        "=" => order == Some(Ordering::Equal),
        "!=" => order != Some(Ordering::Equal),
        "<" => order == Some(Ordering::Less),
        ">" => order == Some(Ordering::Greater),
        "<=" => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        _ => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
    }
}

fn number(formatted: &str) -> u64 {
    formatted[2..].parse().unwrap()
}

fn full_date(value: &str) -> String {
    match value {
        "today" => "2026-04-20T00:00:00.000Z".to_owned(),
        "today-75" => "2026-02-04T00:00:00.000Z".to_owned(),
        day if day.len() == 10 => format!("{day}T00:00:00.000Z"),
        other => other.to_owned(),
    }
}

/// A path, its operators, and values with whether they are quoted.
type Kind = (&'static str, &'static [&'static str], &'static [(&'static str, bool)]);

const TEXT: &[&str] = &["=", "!=", "<", ">", "<=", ">=", "contains", "!contains"];
const ORDERED: &[&str] = &["=", "!=", "<", ">", "<=", ">="];
const SAME: &[&str] = &["=", "!="];
const PART: &[&str] = &["contains", "!contains"];
const KINDS: [Kind; 16] = [
    (
        "Name",
        TEXT,
        &[
            ("Find book 3 & its author", true),
            ("BOOK", false),
            ("übersetze", true),
            ("(twice)", true),
            ("1", false),
            ("📚", true),
            ("M", false),
        ],
    ),
    (
        "ScheduleState",
        ORDERED,
        &[("Defined", false), ("In-Progress", true), ("Accepted", false), ("Unheard", true)],
    ),
    ("PlanEstimate", ORDERED, &[("3", false), ("2.0", true), ("-1", false), ("8", true)]),
    ("PlanEstimate", SAME, &[("null", false)]),
    ("Owner", SAME, &[("null", false), ("/user/21", true), ("user/22", false), ("/User/23", true)]),
    ("Owner.LastName", TEXT, &[("Keeper", false), ("Åström", true), ("K", false), ("null", true)]),
    ("Owner.UserProfile.DefaultProject.Name", SAME, &[("Shop", true), ("Mobile", false), ("null", false)]),
    (
        "CreationDate",
        ORDERED,
        &[("2026-01-20", true), ("2026-02-01T10:00:00.000Z", false), ("today", false), ("today-75", false)],
    ),
    ("Tags.Name", TEXT, &[("security", false), ("quick win", true), ("s", false)]),
    ("Children.Count", ORDERED, &[("0", false), ("1", true), ("2", false)]),
    ("Parent.Name", TEXT, &[("Pay (fast)", true), ("pay", false)]),
    ("Iteration.Name", SAME, &[("Sprint 1", true), ("null", false)]),
    ("Blocked", SAME, &[("true", false), ("false", true)]),
    ("FormattedID", ORDERED, &[("US9", false), ("US100", true), ("US641", false)]),
    ("Description", PART, &[("card", false), ("&amp;", true), ("x", false)]),
    ("PortfolioItem.FormattedID", SAME, &[("F1", false), ("F3", true), ("null", false)]),
];

fn filters() -> impl Strategy<Value = Filter> {
    let leaf = any::<[prop::sample::Index; 3]>().prop_map(|[kind, operator, value]| {
        let (path, operators, all) = kind.get(&KINDS);
        let (value, quoted) = value.get(all);
        Filter::Leaf {
            path,
            operator: operator.get::<&str>(operators),
            value: (*value).to_owned(),
            quoted: *quoted,
        }
    });
    leaf.prop_recursive(4, 12, 2, |inner| {
        (inner.clone(), inner, any::<bool>()).prop_map(|(a, b, both)| match both {
            true => Filter::Both(a.into(), b.into()),
            false => Filter::Either(a.into(), b.into()),
        })
    })
}

const ORDERS: [&str; 7] =
    ["Name", "PlanEstimate", "ScheduleState", "Owner.LastName", "CreationDate", "FormattedID", "Blocked"];

fn compare(path: &str, a: &Value, b: &Value) -> Ordering {
    let (a, b) = (values(a, path).remove(0), values(b, path).remove(0));
    match (&a, &b) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Greater,
        (_, Value::Null) => Ordering::Less,
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) => a.as_f64().unwrap().total_cmp(&b.as_f64().unwrap()),
        _ => {
            let (a, b) = (a.as_str().unwrap(), b.as_str().unwrap());
            match path {
                "ScheduleState" => {
                    STATES.iter().position(|s| *s == a).cmp(&STATES.iter().position(|s| *s == b))
                }
                "FormattedID" => number(a).cmp(&number(b)),
                _ => a.cmp(b),
            }
        }
    }
}

fn id(row: &Value) -> i64 {
    row["_ref"].as_str().unwrap().rsplit('/').next().unwrap().parse().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn queries_find_what_they_mean_in_order_page_by_page(
        filter in filters(),
        orders in prop::collection::vec((0..ORDERS.len(), any::<bool>()), 0..4),
        size in 1usize..900,
    ) {
        let mut expected: Vec<&Value> = WORLD.stories.iter().filter(|s| filter.holds(s)).collect();
        expected.sort_by(|a, b| {
            let each = orders.iter().map(|(at, down)| {
                let order = compare(ORDERS[*at], a, b);
                if *down { order.reverse() } else { order }
            });
            each.fold(Ordering::Equal, Ordering::then)
        });
        let expected: Vec<i64> = expected.into_iter().map(id).collect();
        let order: Vec<String> =
            orders.iter().map(|(at, down)| format!("{}{}", ORDERS[*at], if *down { " desc" } else { "" })).collect();
        let (query, order, size_text) = (filter.text(), order.join(","), size.to_string());
        let mut found = Vec::new();
        for page in 0..=expected.len() / size {
            let start = (page * size + 1).to_string();
            let params = [("query", query.as_str()), ("order", &order), ("pagesize", &size_text), ("start", &start)];
            found.extend(WORLD.bench.rows("/hierarchicalrequirement", &params).iter().map(id));
        }
        prop_assert_eq!(found, expected, "{} by {}", query, order);
    }

    #[test]
    fn a_fetch_gives_what_it_names_and_no_more(picks in prop::collection::vec(any::<prop::sample::Index>(), 0..8), upper: bool, row in any::<prop::sample::Index>()) {
        let whole = row.get(&WORLD.stories).as_object().unwrap();
        let names: Vec<&String> = whole.keys().filter(|k| !k.starts_with('_')).collect();
        let mut wanted: BTreeSet<&str> = picks.iter().map(|p| p.get(&names).as_str()).collect();
        let text: Vec<String> = wanted.iter().map(|n| if upper { n.to_uppercase() } else { n.to_lowercase() }).collect();
        let text = format!("Nonsense,{}", text.join(","));
        let id = whole["ObjectID"].to_string();
        let query = format!("(ObjectID = {id})");
        let rows = WORLD.bench.rows("/hierarchicalrequirement", &[("query", &query), ("fetch", &text)]);
        let got: &Map<String, Value> = rows[0].as_object().unwrap();
        wanted.insert("DirectChildrenCount");
        let shown: BTreeSet<&str> = got.keys().map(String::as_str).filter(|k| !k.starts_with('_')).collect();
        prop_assert_eq!(&shown, &wanted);
        prop_assert_eq!(got.contains_key("_CreatedAt"), wanted.contains("CreationDate"));
        for name in wanted {
            match (&got[name], &whole[name]) {
                (Value::Object(a), Value::Object(b)) => prop_assert_eq!(&a["_ref"], &b["_ref"]),
                (a, b) => prop_assert_eq!(a, b),
            }
        }
    }

    #[test]
    fn any_request_gets_an_answer(
        method in prop::sample::select(vec!["GET", "POST", "PUT", "DELETE", "HEAD"]),
        path in "/(defect|task|artifact|Tag|batch|schema|user|x|portfolioitem/feature|\\PC{0,4})(/(create|copy|Tags|701|401|add|remove|-1|\\PC{0,6})){0,4}",
        params in prop::collection::vec((prop::sample::select(vec!["query", "order", "fetch", "shallowFetch", "start", "pagesize", "project", "workspace", "types", "rankTo", "rankAbove", "compact", "pretty"]), "(\\PC{0,12}|[0-9]{1,20}|true|/project/101|[(]Name = [a-z\"]{1,3}[)])"), 0..4),
        body in "(\\PC{0,30}|[{]\"(Defect|Tag|CollectionItems)\":[{]?\"?(Name|State|Tags|Owner)?\"?:?(null|1|\"x\"|\\[\\]|\\[[{]\"Name\":\"n\"[}]\\])?[}]{0,2})",
    ) {
        let bench = Bench::new();
        let params: Vec<(&str, &str)> = params.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let answer = bench.ask(method, &path, &params, body.as_bytes());
        if answer.content_type == super::super::request::JSON {
            prop_assert!(serde_json::from_slice::<Value>(&answer.body).is_ok(), "{}", String::from_utf8_lossy(&answer.body));
        }
    }
}
