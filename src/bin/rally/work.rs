//! Work items as people speak of them, whatever their type.

use crate::bars::short;
use rally_wsapi::{Entity, Ref};
use serde_json::Value;

/// `Story`, `Feature`: the last part of the type's path, in the word people use.
pub(crate) fn kind(entity: &Entity) -> &str {
    let last = entity.type_name().rsplit('/').next().unwrap_or_default();
    if last == "HierarchicalRequirement" { "Story" } else { last }
}

/// How far it is: the schedule state of stories and suites, the state of all others.
pub(crate) fn state(entity: &Entity) -> &str {
    match (text(&entity["State"]), text(&entity["ScheduleState"])) {
        ("", other) => other,
        (own, _) => own,
    }
}

/// A text, or the name of an object.
pub(crate) fn text(value: &Value) -> &str {
    value
        .as_str()
        .or_else(|| value["_refObjectName"].as_str())
        .or_else(|| value["Name"].as_str())
        .unwrap_or_default()
}

/// `3 points`, `4 h`; nothing where none is given.
pub(crate) fn estimate(entity: &Entity) -> String {
    match (entity["PlanEstimate"].as_f64(), entity["Estimate"].as_f64()) {
        (Some(1.0), _) => "1 point".to_owned(),
        (Some(points), _) => format!("{} points", short(points)),
        (None, Some(hours)) => format!("{} h", short(hours)),
        (None, None) => text(&entity["PreliminaryEstimate"]).to_owned(),
    }
}

/// The object that a field refers to.
pub(crate) fn reference(value: &Value) -> Option<Ref> {
    Ref::parse(value["_ref"].as_str()?).ok()
}
