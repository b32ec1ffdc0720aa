//! Which columns are shown where none are named, and what is fetched for them.

use rally_wsapi::{IntoFetch, schema};

/// What people look for first in objects of a type.
pub(crate) fn usual(type_name: &str) -> Vec<String> {
    let plain: String =
        type_name.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    let columns: &[&str] = match plain.as_str() {
        "story" | "userstory" | "hierarchicalrequirement" => {
            &["FormattedID", "Name", "ScheduleState", "PlanEstimate", "Owner"]
        }
        "defect" => &["FormattedID", "Name", "State", "Priority", "Owner"],
        "task" => &["FormattedID", "Name", "State", "Estimate", "ToDo", "Owner"],
        "testcase" => &["FormattedID", "Name", "Method", "LastVerdict", "Owner"],
        "iteration" => &["Name", "State", "StartDate", "EndDate", "Project"],
        "release" => &["Name", "State", "ReleaseStartDate", "ReleaseDate", "Project"],
        "milestone" => &["FormattedID", "Name", "TargetDate"],
        "project" => &["Name", "State", "Parent", "Owner"],
        "build" => &["Number", "Status", "Start", "BuildDefinition"],
        "changeset" => &["Revision", "CommitTimestamp", "Author", "Message"],
        "testfolder" => &["FormattedID", "Name", "Project"],
        "user" => &["UserName", "DisplayName", "EmailAddress"],
        "testcaseresult" => &["Date", "Verdict", "Build", "TestCase", "Tester"],
        "testcasestep" => &["StepIndex", "Input", "ExpectedResult"],
        "conversationpost" => &["CreationDate", "User", "Artifact", "Text"],
        "revision" => &["RevisionNumber", "CreationDate", "User", "Description"],
        "timeentryvalue" => &["DateVal", "Hours", "TimeEntryItem"],
        _ if has_formatted_ids(&plain) => &["FormattedID", "Name", "Owner"],
        _ if schema::is_standard(type_name, "Name") || !schema::is_standard(type_name, "ObjectID") => {
            &["ObjectID", "Name"]
        }
        _ => &["ObjectID", "CreationDate"],
    };
    columns.iter().map(|name| (*name).to_owned()).collect()
}

/// The usual columns, begun by the ObjectID where none of them says which object a row is.
pub(crate) fn with_id(mut usual: Vec<String>) -> Vec<String> {
    let has_id = usual.iter().any(|name| ["FormattedID", "ObjectID"].contains(&name.as_str()));
    if !has_id && !usual.is_empty() {
        usual.insert(0, "ObjectID".to_owned());
    }
    usual
}

fn has_formatted_ids(plain: &str) -> bool {
    let artifacts = [
        "artifact",
        "defectsuite",
        "risk",
        "schedulableartifact",
        "testset",
        "feature",
        "initiative",
        "theme",
    ];
    plain.starts_with("portfolioitem") || artifacts.contains(&plain)
}

/// The names of a list, one by one; `sum:[PlanEstimate,TaskEstimateTotal]` is one.
pub(crate) fn named(lists: &[String]) -> Vec<String> {
    let names = lists.iter().flat_map(IntoFetch::into_names).map(|name| name.trim().to_owned());
    names.filter(|name| !name.is_empty()).collect()
}

/// Whether a name asks for a sum over all rows, which is beside them and no column.
pub(crate) fn is_sum(name: &str) -> bool {
    name.starts_with("sum:[")
}

/// `Defects` of `Defects:summary[State]`: the server counts its members, and has the counts in `Summary`.
pub(crate) fn summed_up(name: &str) -> Option<&str> {
    name.split_once(":summary[").map(|(collection, _)| collection)
}

/// What to ask the server for: paths can end in what every object has without being asked.
pub(crate) fn to_fetch(columns: &[String]) -> Vec<String> {
    let free = |name: &&str| ["oid", "ref", "uuid"].contains(name) || name.starts_with('_');
    let asked = |path: &String| match path.rsplit_once('.') {
        Some((rest, last)) if free(&last) => Some(rest.to_owned()),
        None if free(&path.as_str()) => None,
        _ => Some(path.clone()),
    };
    columns.iter().filter_map(asked).collect()
}
