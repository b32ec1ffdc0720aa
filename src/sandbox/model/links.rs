//! Which attributes mirror each other, which are computed, and which objects own others.

use super::At;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Source {
    /// Stored with the object.
    Stored,
    ObjectId,
    Uuid,
    Version,
    /// The order of ranking, as text.
    Rank,
    /// The only subscription.
    Subscription,
    /// Every object of that type.
    All(&'static str),
    /// Every type definition.
    Definitions,
    /// The definition of the object's own type.
    Definition,
    /// The element name of the object's own type.
    TypeName,
    Alias(At),
    /// The number of members of that collection.
    Count(At),
    /// Whether that reference is set.
    Has(At),
    /// The first of two references that is set.
    Either(At, At),
    /// The first letter of that text.
    Initial(At),
    /// An attribute of the object behind that reference.
    Via(At, &'static str),
    /// An attribute of the latest test result; the result itself if it is empty.
    LastResult(At, &'static str),
}

/// What a rule computes, by names.
pub(super) enum Rule {
    Plain(Source),
    Alias(&'static str),
    Count(&'static str),
    Has(&'static str),
    Either(&'static str, &'static str),
    Initial(&'static str),
    Via(&'static str, &'static str),
    LastResult(&'static str),
}

/// Type path or `*`, attribute, rule; the first rule whose attributes the type has applies.
pub(super) const COMPUTED: [(&str, &str, Rule); 27] = [
    ("*", "ObjectID", Rule::Plain(Source::ObjectId)),
    ("*", "ObjectUUID", Rule::Plain(Source::Uuid)),
    ("*", "VersionId", Rule::Plain(Source::Version)),
    ("*", "DragAndDropRank", Rule::Plain(Source::Rank)),
    ("*", "Subscription", Rule::Plain(Source::Subscription)),
    ("subscription", "Workspaces", Rule::Plain(Source::All("workspace"))),
    ("workspace", "TypeDefinitions", Rule::Plain(Source::Definitions)),
    ("*", "PortfolioItemType", Rule::Plain(Source::Definition)),
    ("*", "PortfolioItemTypeName", Rule::Plain(Source::TypeName)),
    ("hierarchicalrequirement", "HasParent", Rule::Has("Parent")),
    ("hierarchicalrequirement", "UnifiedParent", Rule::Either("Parent", "PortfolioItem")),
    ("*", "DirectChildrenCount", Rule::Count("UserStories")),
    ("*", "DirectChildrenCount", Rule::Count("Children")),
    ("*", "ScheduleStatePrefix", Rule::Initial("ScheduleState")),
    ("task", "Iteration", Rule::Via("WorkProduct", "Iteration")),
    ("task", "Release", Rule::Via("WorkProduct", "Release")),
    ("task", "Project", Rule::Via("WorkProduct", "Project")),
    ("*", "PreliminaryEstimateValue", Rule::Via("PreliminaryEstimate", "Value")),
    ("*", "PreliminaryEstimateCountValue", Rule::Via("PreliminaryEstimate", "CountValue")),
    ("*", "TestCaseCount", Rule::Count("TestCases")),
    ("*", "TotalDirectTestCaseCount", Rule::Count("TestCases")),
    ("defectsuite", "TotalDefectCount", Rule::Count("Defects")),
    ("milestone", "TotalArtifactCount", Rule::Count("Artifacts")),
    ("testcase", "LastVerdict", Rule::LastResult("Verdict")),
    ("testcase", "LastRun", Rule::LastResult("Date")),
    ("testcase", "LastBuild", Rule::LastResult("Build")),
    ("testcase", "LastResult", Rule::LastResult("")),
];

/// Type path or `*`, attribute, the attribute on the other side; the first that applies counts. The other side is
/// updated if its type has that attribute.
const MIRRORS: [(&str, &str, &str); 66] = [
    ("task", "WorkProduct", "Tasks"),
    ("*", "Tasks", "WorkProduct"),
    ("workspace", "Children", ""),
    ("*", "Parent", "Children"),
    ("*", "Children", "Parent"),
    ("hierarchicalrequirement", "PortfolioItem", "UserStories"),
    ("*", "UserStories", "PortfolioItem"),
    ("defect", "Requirement", "Defects"),
    ("hierarchicalrequirement", "Defects", "Requirement"),
    ("defect", "TestCase", "Defects"),
    ("testcase", "Defects", "TestCase"),
    ("defect", "DefectSuites", "Defects"),
    ("defectsuite", "Defects", "DefectSuites"),
    ("testcase", "WorkProduct", "TestCases"),
    ("testcase", "TestFolder", "TestCases"),
    ("testcase", "TestSets", "TestCases"),
    ("testfolder", "TestCases", "TestFolder"),
    ("testset", "TestCases", "TestSets"),
    ("*", "TestCases", "WorkProduct"),
    ("testcaseresult", "TestCase", "Results"),
    ("testcase", "Results", "TestCase"),
    ("testcasestep", "TestCase", "Steps"),
    ("testcase", "Steps", "TestCase"),
    ("milestone", "Artifacts", "Milestones"),
    ("*", "Milestones", "Artifacts"),
    ("iteration", "WorkProducts", "Iteration"),
    ("release", "WorkProducts", "Release"),
    ("*", "Iteration", "WorkProducts"),
    ("*", "Release", "WorkProducts"),
    ("project", "Workspace", "Projects"),
    ("workspace", "Projects", "Workspace"),
    ("iteration", "Project", "Iterations"),
    ("project", "Iterations", "Project"),
    ("release", "Project", "Releases"),
    ("project", "Releases", "Project"),
    ("builddefinition", "Project", "BuildDefinitions"),
    ("project", "BuildDefinitions", "Project"),
    ("build", "BuildDefinition", "Builds"),
    ("builddefinition", "Builds", "BuildDefinition"),
    ("build", "Changesets", "Builds"),
    ("changeset", "Builds", "Changesets"),
    ("change", "Changeset", "Changes"),
    ("changeset", "Changes", "Changeset"),
    ("changeset", "Artifacts", "Changesets"),
    ("*", "Changesets", "Artifacts"),
    ("attachment", "Artifact", "Attachments"),
    ("attachment", "TestCaseResult", "Attachments"),
    ("testcaseresult", "Attachments", "TestCaseResult"),
    ("*", "Attachments", "Artifact"),
    ("conversationpost", "Artifact", "Discussion"),
    ("*", "Discussion", "Artifact"),
    ("revision", "RevisionHistory", "Revisions"),
    ("revisionhistory", "Revisions", "RevisionHistory"),
    ("*", "Predecessors", "Successors"),
    ("*", "Successors", "Predecessors"),
    ("user", "TeamMemberships", "TeamMembers"),
    ("project", "TeamMembers", "TeamMemberships"),
    ("timeentryvalue", "TimeEntryItem", "Values"),
    ("timeentryitem", "Values", "TimeEntryItem"),
    ("vsmcomponent", "Products", "Components"),
    ("vsmproduct", "Components", "Products"),
    ("*", "WorkItemsAffected", "Risks"),
    ("*", "Risks", "WorkItemsAffected"),
    ("keyresult", "Objective", "KeyResults"),
    ("objective", "KeyResults", "Objective"),
    ("projectpermission", "User", "UserPermissions"),
];

/// Objects that are deleted with their owner: type path and the attribute that refers to the owner.
const OWNERS: [(&str, &str); 10] = [
    ("task", "WorkProduct"),
    ("testcaseresult", "TestCase"),
    ("testcasestep", "TestCase"),
    ("conversationpost", "Artifact"),
    ("attachment", "Artifact"),
    ("attachment", "TestCaseResult"),
    ("revision", "RevisionHistory"),
    ("change", "Changeset"),
    ("timeentryvalue", "TimeEntryItem"),
    ("build", "BuildDefinition"),
];

/// The attributes of a type that refer to an owner.
pub(in super::super) fn owners(path: &str) -> impl Iterator<Item = &'static str> {
    OWNERS.iter().filter(move |(p, _)| *p == path).map(|(_, attribute)| *attribute)
}

/// `true` if the members of that collection are deleted with its owner.
pub(in super::super) fn owns(path: &str, collection: &str) -> bool {
    mirror(path, collection)
        .is_some_and(|other| OWNERS.iter().any(|(p, a)| *a == other && mirror(p, a) == Some(collection)))
}

pub(super) fn mirror(path: &str, attribute: &str) -> Option<&'static str> {
    let applies = |(p, a, _): &&(&str, &str, &'static str)| (*p == path || *p == "*") && *a == attribute;
    MIRRORS.iter().find(applies).map(|(_, _, other)| *other).filter(|o| !o.is_empty())
}
