//! Required fields that a create leaves out, according to the type's definition.

use super::mutation::{Action, Mutation};
use super::prepare::Prepared;
use crate::error::Result;
use crate::rally::Rally;
use crate::schema::standard::{StandardAttribute, ValueKind};
use crate::schema::{Attribute, AttributeType};
use serde_json::Value;

/// Filled in by the server: from the request's scope or caller, from the workspace's settings, or by counting.
const FILLED: [&str; 9] = [
    "Workspace",
    "Project",
    "Subscription",
    "User",
    "State",
    "ScheduleState",
    "TaskIndex",
    "GrossEstimateConversionRatio",
    // `DefaultTestCaseType` in the workspace's settings.
    "Type",
];

pub(super) fn missing(rally: &Rally, mutation: &Mutation, prepared: &Prepared) -> Result<Vec<String>> {
    if mutation.action != Action::Create {
        return Ok(Vec::new());
    }
    let target = rally.catalog.kind(&rally.scope, &mutation.type_name)?;
    let fields = prepared.body.as_ref().and_then(|body| body.get(&target.path));
    let given =
        |name: &str| fields.and_then(|fields| fields.get(name)).is_some_and(|value| !is_nothing(value));
    let schema = rally.catalog.schema_here(&rally.scope);
    let defined = schema.as_ref().and_then(|schema| schema.at_path(&target.name));
    let mut names: Vec<&str> = match defined {
        Some(defined) => {
            defined.attributes().iter().filter(|a| is_wanted(a)).map(Attribute::element_name).collect()
        }
        None => {
            let all = target.standard.into_iter().flat_map(|t| &t.attributes);
            all.filter(|a| is_wanted_by_table(a)).map(|a| a.name).collect()
        }
    };
    names.retain(|name| !FILLED.contains(name) && !given(name));
    Ok(names.into_iter().map(str::to_owned).collect())
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(str::is_empty)
}

/// Booleans start as false, and standard states and ratings as their first choice; custom ones may have no default.
fn is_wanted(attribute: &Attribute) -> bool {
    use AttributeType as T;
    let begins = match attribute.attribute_type() {
        T::Boolean | T::Collection => true,
        T::State | T::Rating => !attribute.is_custom(),
        _ => false,
    };
    attribute.is_required() && !attribute.is_read_only() && !begins
}

fn is_wanted_by_table(attribute: &StandardAttribute) -> bool {
    let begins = matches!(
        attribute.kind,
        ValueKind::Boolean | ValueKind::Collection | ValueKind::State | ValueKind::Rating
    );
    attribute.is_required && !attribute.is_read_only && !begins
}
