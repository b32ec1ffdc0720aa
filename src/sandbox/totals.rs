//! Totals over objects: `Collection:summary[..]` counts members by their values, `sum:[..]` adds up numbers.

use super::model::{Type, TypeId};
use super::object::{Key, Seen};
use super::store::Store;
use super::write_json as json;
use crate::schema::standard::ValueKind;

/// Writes `{"Count":2,"State":{"Open":2},"state+blocked":{"Open+false":2}}`. Attributes that no member has are left
/// out.
pub(super) fn summary(
    store: &Store,
    out: &mut Vec<u8>,
    keys: &[Key],
    target: Option<&Type>,
    groups: &[Vec<String>],
) {
    out.extend_from_slice(b"{\"Count\":");
    json::int(out, keys.len() as i64);
    for group in groups {
        let known = |name: &String| known(store, keys, target, name);
        let Some(names) = group.iter().map(known).collect::<Option<Vec<_>>>() else { continue };
        out.push(b',');
        match names.as_slice() {
            [one] => json::text(out, one),
            // Several together are in lower case, as clients expect.
            several => json::text(out, &several.join("+").to_lowercase()),
        }
        out.extend_from_slice(b":{");
        for (i, (value, count)) in counts(store, keys, &names).iter().enumerate() {
            if i > 0 {
                out.push(b',');
            }
            json::text(out, value);
            out.push(b':');
            json::int(out, *count);
        }
        out.push(b'}');
    }
    out.push(b'}');
}

/// The attribute as the members' type writes it.
fn known<'s>(store: &'s Store, keys: &[Key], target: Option<&'s Type>, name: &str) -> Option<&'s str> {
    let of_members = || keys.iter().find_map(|k| store.kind(store.at(*k)?)?.attribute(name));
    target.and_then(|t| t.attribute(name)).or_else(of_members).map(|a| a.name.as_str())
}

/// In the order in which the values occur.
fn counts(store: &Store, keys: &[Key], names: &[&str]) -> Vec<(String, i64)> {
    let mut counts: Vec<(String, i64)> = Vec::new();
    for key in keys {
        let values: Vec<String> = names.iter().map(|name| plain(store, *key, name)).collect();
        let value = values.join("+");
        match counts.iter_mut().find(|(v, _)| *v == value) {
            Some((_, count)) => *count += 1,
            None => counts.push((value, 1)),
        }
    }
    counts
}

fn plain(store: &Store, key: Key, name: &str) -> String {
    match store.see_named(key, name) {
        Seen::Bool(b) => b.to_string(),
        Seen::Int(n) => n.to_string(),
        Seen::Float(n) => format!("{n:?}"),
        Seen::Text(text) => text.into_owned(),
        Seen::Ref(key) => store.at(key).and_then(|o| store.name_of(o)).unwrap_or_default().to_owned(),
        _ => "None".to_owned(),
    }
}

/// Writes `,"Sums":{"PlanEstimate":12.0}`, if numbers are requested. Names of other attributes are left out.
pub(super) fn sums(store: &Store, out: &mut Vec<u8>, keys: &[Key], types: &[TypeId], names: &[String]) {
    if names.is_empty() {
        return;
    }
    out.extend_from_slice(b",\"Sums\":{");
    let types = || types.iter().filter_map(|id| store.model().get(*id));
    let numbers =
        names.iter().filter_map(|n| types().find_map(|t| t.attribute(n)).filter(|a| is_number(a.kind)));
    for (i, attribute) in numbers.enumerate() {
        if i > 0 {
            out.push(b',');
        }
        json::text(out, &attribute.name);
        out.push(b':');
        let values = keys.iter().map(|k| store.see_named(*k, &attribute.name));
        if attribute.kind == ValueKind::Integer {
            json::int(
                out,
                values.map(|v| if let Seen::Int(n) = v { n } else { 0 }).fold(0, i64::saturating_add),
            );
        } else {
            json::float(out, values.map(|v| if let Seen::Float(n) = v { n } else { 0.0 }).sum::<f64>() + 0.0);
        }
    }
    out.push(b'}');
}

fn is_number(kind: ValueKind) -> bool {
    matches!(kind, ValueKind::Integer | ValueKind::Decimal | ValueKind::Quantity)
}
