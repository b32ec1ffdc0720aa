//! The attributes that a name is compared with, and the objects that may have it.

use crate::catalog::Scope;
use crate::entity::Entity;
use crate::filter::Literal;
use crate::query::Query;
use crate::rally::Rally;
use crate::reference::Id;
use crate::schema::standard;
use crate::text::nearest;
use serde_json::Value;

/// The most names to suggest.
const MOST_NEAR: usize = 3;

/// Queries all objects of a type in the workspace, with the attributes that names are compared with.
pub(super) fn of_kind(rally: &Rally, workspace: Option<String>, kind: &str) -> Query {
    let query = Query::of_type(rally.catalog.clone(), Scope::whole(workspace), kind).into_lookup();
    let shown = SHOWN.iter().filter(|name| has(kind, name));
    query.fetch(keys(kind).iter().chain(shown).copied().collect::<Vec<_>>()).page_size(2_000)
}

/// What tells hits with one name apart, in messages and by the project of the item.
const SHOWN: [&str; 7] =
    ["Project", "TypeDef", "Enabled", "StartDate", "EndDate", "ReleaseStartDate", "ReleaseDate"];

/// The attributes that a name is compared with; the first one that matches counts.
pub(super) fn keys(kind: &str) -> &'static [&'static str] {
    match kind {
        "User" => &["ObjectID", "UserName", "EmailAddress", "DisplayName"],
        _ if has(kind, "FormattedID") => &["ObjectID", "FormattedID", "Name"],
        _ => &["ObjectID", "Name"],
    }
}

/// `true` if the built-in table has the attribute; for a family of types, in any of them.
pub(super) fn has(kind: &str, attribute: &str) -> bool {
    let Some(known) = standard::find(kind) else { return false };
    known.attribute(attribute).is_some()
        || known.is_abstract && standard::below(known).any(|one| one.attribute(attribute).is_some())
}

/// The value to compare an attribute with, if the name can be its value.
pub(super) fn value(key: &str, name: &str) -> Option<Literal> {
    match (key, name.parse()) {
        ("ObjectID", Ok(Id::ObjectId(id))) => Some(Literal::from(id)),
        ("FormattedID", Ok(Id::FormattedId(id))) => Some(Literal::from(id)),
        ("ObjectID" | "FormattedID", _) => None,
        _ => Some(Literal::from(name)),
    }
}

pub(super) fn alike(one: &str, other: &str) -> bool {
    one == other || one.to_lowercase() == other.to_lowercase()
}

/// A hit as a message lists it: its name, reference, project and dates.
pub(super) fn described(row: &Entity) -> String {
    let text = |name: &str| row[name].as_str().and_then(|text| text.split('T').next());
    let mut shown = format!("{row}");
    if let Some(reference) = row.reference() {
        shown.push_str(&format!(" ({reference})"));
    }
    if let Some(project) = row["Project"].get("_refObjectName").and_then(Value::as_str) {
        shown.push_str(&format!(" of {project}"));
    }
    for (from, to) in [("StartDate", "EndDate"), ("ReleaseStartDate", "ReleaseDate")] {
        if let (Some(from), Some(to)) = (text(from), text(to)) {
            shown.push_str(&format!(", {from} to {to}"));
        }
    }
    shown
}

/// The names most like the one that was not found.
pub(super) fn near(name: &str, names: &[&str]) -> Vec<String> {
    let some = |is_near: &dyn Fn(&str) -> bool| {
        let found = names.iter().filter(|own| is_near(own)).take(MOST_NEAR);
        found.map(|own| (*own).to_owned()).collect()
    };
    if let Some((person, _)) = name.split_once('@') {
        // Colleagues share what is behind the `@`: it does not make their addresses alike.
        let of_person =
            |own: &str| own.split_once('@').map(|(other, _)| nearest(person, [other].into_iter()));
        return some(&|own| of_person(own).is_some_and(|near| !near.is_empty()));
    }
    match nearest(name, names.iter().copied()) {
        // People type the first name of a user, or one word of a title.
        none if none.is_empty() => some(&|own| own.split_whitespace().any(|word| alike(word, name))),
        near => near,
    }
}
