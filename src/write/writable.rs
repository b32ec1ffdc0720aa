//! Which attributes can be written. An update can write what is changeable; a create everything except what the
//! server sets: ids, dates, totals, and collections that mirror references.

use super::mutation::Action;
use crate::catalog::Kind;
use crate::error::{Error, Result};
use crate::rally::Rally;
use crate::schema::AttributeType;
use crate::schema::names::{Meaning, Names};
use crate::schema::standard::ValueKind;

/// Read-only according to the server, yet it accepts them on work items.
const SET_ALL_THE_SAME: [&str; 3] = ["Project", "Iteration", "Release"];

/// What the server sets on every new object.
const GIVEN_BY_THE_SERVER: [&str; 11] = [
    "ObjectID",
    "ObjectUUID",
    "VersionId",
    "CreationDate",
    "LastUpdateDate",
    "LastUpdatedDate",
    "LastUpdated",
    "FormattedID",
    "RevisionHistory",
    "DragAndDropRank",
    "Subscription",
];

/// A read-only collection that does not mirror references: the values of a drop-down may be created with it.
const VALUES_OF_A_FIELD: &str = "AllowedValues";

/// Collections that mirror a reference, and that reference.
const OTHER_SIDES: [(&str, &str); 8] = [
    ("Children", "Parent"),
    ("Tasks", "WorkProduct"),
    ("Defects", "Requirement"),
    ("TestCases", "WorkProduct"),
    ("UserStories", "PortfolioItem"),
    ("Steps", "TestCase"),
    ("Results", "TestCase"),
    ("Discussion", "Artifact"),
];

/// Refuses an attribute that the server would ignore.
pub(super) fn refuse_read_only(rally: &Rally, target: &Kind, action: &Action, name: &str) -> Result<()> {
    let Some(is_collection) = read_only(rally, target, name) else { return Ok(()) };
    // Other types accept on creation what cannot be changed later: the user of a permission, the week of a time
    // entry. Work items also have computed totals and dates.
    let is_other_end = is_collection && name != VALUES_OF_A_FIELD;
    let is_refused = *action != Action::Create
        || GIVEN_BY_THE_SERVER.contains(&name)
        || is_other_end
        || (is_work(target) && !is_collection);
    let is_exempt = is_work(target) && SET_ALL_THE_SAME.contains(&name);
    match is_refused && !is_exempt {
        true => Err(refusal(target, name, is_collection)),
        false => Ok(()),
    }
}

/// Stories, defects, portfolio items and the like, and the timeboxes that sum them up.
fn is_work(target: &Kind) -> bool {
    target.attribute("FormattedID").is_some() || matches!(target.path.as_str(), "iteration" | "release")
}

/// Returns whether a read-only attribute is a collection; `None` if it can be written or is unknown.
fn read_only(rally: &Rally, target: &Kind, name: &str) -> Option<bool> {
    if let Some(standard) = target.attribute(name) {
        return standard.is_read_only.then_some(standard.kind == ValueKind::Collection);
    }
    let schema = rally.catalog.schema_here(&rally.scope)?;
    match (Names { schema: Some(&schema) }).definition(&target.name, name) {
        Meaning::Is(defined) if defined.is_read_only() => {
            Some(*defined.attribute_type() == AttributeType::Collection)
        }
        _ => None,
    }
}

fn refusal(target: &Kind, name: &str, is_collection: bool) -> Error {
    let error = Error::input(format!("`{name}` of {} cannot be written", target.name));
    let other_side = OTHER_SIDES.iter().find(|(collection, _)| is_collection && *collection == name);
    match (name, other_side) {
        ("ObjectID" | "ObjectUUID" | "FormattedID", _) => {
            error.remedy("name the object by the id beside the fields")
        }
        (_, Some((_, reference))) => {
            error.remedy(format!("write `{reference}` of the objects that belong in it"))
        }
        _ if target.is_story()
            && !is_collection
            && target.attribute(name).is_none_or(|a| a.is_of_a_level) =>
        {
            error.remedy("write `PortfolioItem`, which holds the portfolio item above a story")
        }
        _ => error.remedy("leave it out: the server keeps it"),
    }
}
