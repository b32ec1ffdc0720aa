//! Which attributes hold no names and no texts, so that their values stay.

use crate::schema::standard::{self, ValueKind};
use crate::text::is_one_of;
use once_cell::sync::Lazy;
use std::collections::{HashMap, HashSet};

/// Texts by their kind, whose values come from a list, are made by the server or are part of the API.
const PLAIN: &str = "__At _CreatedAt _SnapshotType _TypeHierarchy _objectVersion _p _rallyAPIMajor _rallyAPIMinor \
    _refObjectUUID _type AttributeType CardState CapacityPlanStatus Category ChangeType Color ContentType \
    DateFormat DateTimeFormat DefectPrefix DefectStatus DefectSuitePrefix DeletedItemFormattedID \
    DetailedType DisplayColor DragAndDropRank ElementName Environment EstimationType FormattedID \
    HierarchicalRequirementPrefix HierarchyType IDPrefix Impact InvestmentCategory Language \
    LastSystemTimeZoneName LastVerdict LicenseType Locale ObjectUUID OperatorName PlanProjectsConformity \
    Priority ProjectMode RealAttributeType Resolution RevisionableTypeName Risk SCMType ScheduleState \
    ScheduleStateMapping ScheduleStatePrefix SchemaType SchemaVersion Severity State Status \
    StoryHierarchyType SubclassType SubscriptionType TaskPrefix TaskStatus TestCasePrefix TestCaseStatus \
    TimeZone Type TypePath Verdict VersionId WorkDays fields hydrate";

/// Types that describe the workspace: their names are those of types, attributes, states and choices.
const DESCRIPTIONS: &str = "allowedattributevalue allowedqueryoperator allowedvaluetype attributedefinition flowstate \
    preliminaryestimate state typedefinition";

/// What of those stays.
const DESCRIBED: &str =
    "_refObjectName AllowedValueType DisplayName LocalizedStringValue Name Parent StringValue";

/// Those, and the standard attributes that hold dates, numbers, states or truth in every type that has them.
static ALL_PLAIN: Lazy<HashSet<&'static str>> = Lazy::new(|| {
    let mut by_kind: HashMap<&str, bool> = HashMap::new();
    for attribute in standard::all().iter().flat_map(|one| &one.attributes) {
        let is_plain = matches!(
            attribute.kind,
            ValueKind::Date
                | ValueKind::Integer
                | ValueKind::Decimal
                | ValueKind::Quantity
                | ValueKind::Boolean
                | ValueKind::State
        );
        *by_kind.entry(attribute.name).or_insert(true) &= is_plain;
    }
    let by_kind = by_kind.into_iter().filter(|(_, plain)| *plain).map(|(name, _)| name);
    by_kind.chain(PLAIN.split(' ')).collect()
});

/// Whether the values of the attribute stay, in an object of this type.
pub(super) fn is_plain(name: &str, kind: &str) -> bool {
    ALL_PLAIN.contains(name) || (is_one_of(DESCRIBED, name) && is_description(kind))
}

/// The same for the name that a revision writes, in capitals and without blanks.
pub(super) fn is_plain_label(label: &str) -> bool {
    ALL_PLAIN.iter().any(|name| name.eq_ignore_ascii_case(label))
}

/// Whether objects of this type describe the workspace, not the people in it.
pub(super) fn is_description(kind: &str) -> bool {
    let last = kind.rsplit('/').next().unwrap_or(kind);
    is_one_of(DESCRIPTIONS, &last.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_people_do_not_stay() {
        for name in [
            "Name",
            "EmailAddress",
            "UserName",
            "Department",
            "Notes",
            "Phone",
            "c_Team",
            "Description",
            "Role",
        ] {
            assert!(!is_plain(name, "User") && !is_plain(name, "Defect"), "{name}");
        }
        for name in ["State", "ScheduleState", "FormattedID", "CreationDate", "PlanEstimate", "Blocked"] {
            assert!(is_plain(name, "Defect"), "{name}");
        }
        assert!(is_plain("Name", "AttributeDefinition") && is_plain("StringValue", "AllowedAttributeValue"));
    }
}
