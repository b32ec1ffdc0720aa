//! Collections of the rows of a page, and how they are requested. Those whose members refer to their owner can be
//! queried for many owners at once, in the same order as a read of one such collection.

use crate::reference::Ref;

/// How the members of a collection are requested by a query on their type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Owned {
    /// The type of the members, as in a URL.
    pub(crate) child: &'static str,
    /// The attribute by which they refer to their owner.
    pub(crate) back: &'static str,
    /// The attribute they are sorted by, before `ObjectID`.
    pub(crate) order: &'static str,
}

/// The owner's type (`*` is any, `portfolioitem/*` each portfolio item type), the collection, and how its members
/// are requested.
///
/// Collections whose members may have several owners, as the `Defects` of a suite, `Predecessors`,
/// `Changesets`, are missing: each is read by itself.
const TABLE: [(&str, &str, Owned); 29] = [
    ("hierarchicalrequirement", "Children", owned("hierarchicalrequirement", "Parent", "DragAndDropRank")),
    ("hierarchicalrequirement", "Defects", owned("defect", "Requirement", "DragAndDropRank")),
    ("hierarchicalrequirement", "TestCases", owned("testcase", "WorkProduct", "DragAndDropRank")),
    ("portfolioitem/*", "UserStories", owned("hierarchicalrequirement", "PortfolioItem", "DragAndDropRank")),
    ("portfolioitem/*", "Children", owned("portfolioitem", "Parent", "DragAndDropRank")),
    ("defect", "TestCases", owned("testcase", "WorkProduct", "DragAndDropRank")),
    ("testfolder", "TestCases", owned("testcase", "TestFolder", "DragAndDropRank")),
    ("testfolder", "Children", owned("testfolder", "Parent", "CreationDate")),
    ("testcase", "Steps", owned("testcasestep", "TestCase", "StepIndex")),
    ("testcase", "Results", owned("testcaseresult", "TestCase", "CreationDate")),
    ("testcase", "Defects", owned("defect", "TestCase", "DragAndDropRank")),
    ("testcaseresult", "Attachments", owned("attachment", "TestCaseResult", "CreationDate")),
    ("iteration", "WorkProducts", owned("schedulableartifact", "Iteration", "DragAndDropRank")),
    ("release", "WorkProducts", owned("schedulableartifact", "Release", "DragAndDropRank")),
    ("iteration", "UserIterationCapacities", owned("useriterationcapacity", "Iteration", "CreationDate")),
    ("project", "Children", owned("project", "Parent", "CreationDate")),
    ("project", "Iterations", owned("iteration", "Project", "CreationDate")),
    ("project", "Releases", owned("release", "Project", "CreationDate")),
    ("project", "BuildDefinitions", owned("builddefinition", "Project", "CreationDate")),
    ("builddefinition", "Builds", owned("build", "BuildDefinition", "CreationDate")),
    ("changeset", "Changes", owned("change", "Changeset", "CreationDate")),
    ("timeentryitem", "Values", owned("timeentryvalue", "TimeEntryItem", "CreationDate")),
    ("revisionhistory", "Revisions", owned("revision", "RevisionHistory", "RevisionNumber")),
    ("objective", "KeyResults", owned("keyresult", "Objective", "DragAndDropRank")),
    ("keyresult", "KeyResultActualValues", owned("keyresultactualvalue", "KeyResult", "CreationDate")),
    ("keyresult", "KeyResultInterimTargets", owned("keyresultinterimtarget", "KeyResult", "CreationDate")),
    ("*", "Tasks", owned("task", "WorkProduct", "TaskIndex")),
    ("*", "Discussion", owned("conversationpost", "Artifact", "CreationDate")),
    ("*", "Attachments", owned("attachment", "Artifact", "CreationDate")),
];

const fn owned(child: &'static str, back: &'static str, order: &'static str) -> Owned {
    Owned { child, back, order }
}

impl Owned {
    /// How to request the members of this collection; `None` if they do not refer to their owner.
    pub(crate) fn of(collection: &Ref) -> Option<Owned> {
        Owned::by(collection.type_path(), collection.collection()?)
    }

    pub(super) fn by(owner: &str, collection: &str) -> Option<Owned> {
        let fits = |of: &str| match of.strip_suffix('*') {
            Some(family) => owner.starts_with(family),
            None => of == owner,
        };
        let row = TABLE.iter().find(|(of, name, _)| fits(of) && name.eq_ignore_ascii_case(collection));
        row.map(|(.., owned)| *owned)
    }

    /// Returns the full order.
    pub(crate) fn sorted(&self) -> String {
        format!("{},ObjectID", self.order)
    }
}

/// A collection, and how it is requested.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    /// The names that lead from the row to its owner; empty for the row itself.
    pub(crate) names: &'a str,
    pub(crate) collection: &'a Ref,
    /// The fetch list; `None` for whole members.
    pub(crate) fetch: Option<&'a str>,
    /// The known number of members, a lower bound.
    pub(crate) count: u64,
}

/// One collection of all rows: where its owners are, the collection, how its members are requested, and the fetch
/// list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Family {
    pub(super) names: Box<str>,
    collection: Box<str>,
    owned: Option<Owned>,
    fetch: Option<Box<str>>,
}

impl Asked<'_> {
    pub(super) fn family(&self) -> Option<Family> {
        Some(Family {
            names: self.names.into(),
            collection: self.collection.collection()?.to_ascii_lowercase().into(),
            owned: Owned::of(self.collection),
            fetch: self.fetch.map(Into::into),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::standard;

    #[test]
    fn the_table_agrees_with_the_standard_types() {
        let by_url = |path: &str| standard::all().iter().find(|t| t.url_path == path).unwrap();
        for (of, collection, owned) in TABLE {
            let child = by_url(owned.child);
            // The server accepts on an abstract type what its subtypes have.
            let mut kinds: Vec<_> = standard::below(child).chain([child]).collect();
            kinds.retain(|kind| !kind.is_abstract);
            assert!(!kinds.is_empty(), "{}", owned.child);
            for name in [owned.back, owned.order] {
                assert!(
                    kinds.iter().any(|kind| kind.attribute(name).is_some()),
                    "{} has no {name}",
                    owned.child
                );
            }
            if !of.ends_with('*') {
                let owner = by_url(of);
                assert!(owner.attribute(collection).is_some(), "{of} has no {collection}");
            }
        }
    }

    #[test]
    fn a_collection_is_found_by_its_owner_and_name() {
        let of = |path: &str| Owned::of(&Ref::parse(path).unwrap());
        assert_eq!(of("/PortfolioItem/Feature/1/UserStories").unwrap().back, "PortfolioItem");
        assert_eq!(of("/testset/1/tasks").unwrap().order, "TaskIndex");
        assert!(of("/defectsuite/1/Defects").is_none() && of("/defect/1/Duplicates").is_none());
        assert!(of("/defect/1").is_none());
    }
}
