//! Work items as people speak of them, whatever their type.

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
        (Some(number), _) => points(number),
        (None, Some(hours)) => format!("{} h", short(hours)),
        (None, None) => text(&entity["PreliminaryEstimate"]).to_owned(),
    }
}

pub(crate) fn points(number: f64) -> String {
    if number == 1.0 { "1 point".to_owned() } else { format!("{} points", short(number)) }
}

/// The object that a field refers to.
pub(crate) fn reference(value: &Value) -> Option<Ref> {
    Ref::parse(value["_ref"].as_str()?).ok()
}

/// `3`, `2.5`: at most two digits behind the point.
pub(crate) fn short(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_are_short() {
        let shown = [2.50, 3.0, 100.0, 0.126, 0.0].map(super::short);
        assert_eq!(shown, ["2.5", "3", "100", "0.13", "0"]);
    }
}
