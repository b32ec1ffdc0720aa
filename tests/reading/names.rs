//! Names as people write them: what is sent for each, and what is refused before sending.

use crate::workspace::Workspace;
use rally_wsapi::{Error, ErrorKind, attr};

fn told(error: &Error) -> String {
    match error.kind() {
        ErrorKind::UnknownName(e) => format!("unknown: {}", e.nearest.join(", ")),
        ErrorKind::Ambiguous { candidates, .. } => format!("several: {}", candidates.join(", ")),
        other => format!("{other:?}"),
    }
}

/// The name that a filter sends, or the error.
fn filtered(workspace: &Workspace, type_name: &str, name: &str) -> String {
    match workspace.rally().query(type_name).filter(attr(name).eq(1)).first() {
        Ok(_) => workspace.last("query").trim_matches(['(', ')']).trim_end_matches(" = 1").to_owned(),
        Err(error) => told(&error),
    }
}

#[test]
fn attributes_by_every_spelling() {
    let workspace = Workspace::new();
    for (type_name, name, sent) in [
        // Standard names.
        ("Defect", "FoundInBuild", "FoundInBuild"),
        ("Defect", "foundinbuild", "FoundInBuild"),
        ("Defect", "Found In Build", "FoundInBuild"),
        ("story", "schedule state", "ScheduleState"),
        ("PortfolioItem/Feature", "RR/OE Value", "RROEValue"),
        ("PortfolioItem/Epic", "plannedenddate", "PlannedEndDate"),
        ("Defect", "FoundInBiuld", "unknown: FoundInBuild, FixedInBuild"),
        ("Defect", "Owners", "unknown: Owner"),
        // Custom fields.
        ("Defect", "Burnt Offerings Index", "c_BurntOfferingsIndex"),
        ("Defect", "BurntOfferingsIndex", "c_BurntOfferingsIndex"),
        ("Defect", "burntofferingsindex", "c_BurntOfferingsIndex"),
        ("Defect", "c_BurntOfferingsIndex", "c_BurntOfferingsIndex"),
        ("Defect", "Burnt Offering Index", "unknown: Burnt Offerings Index"),
        ("Defect", "Risk / Reward %", "c_RiskReward"),
        ("Defect", "risk/reward%", "c_RiskReward"),
        ("Defect", "RiskReward", "c_RiskReward"),
        ("Defect", "Été Code", "c_tCode"),
        ("Defect", "été code", "c_tCode"),
        ("Defect", "Ete Code", "unknown: Été Code"),
        ("Defect", "New Label", "c_OldLabel"),
        ("Defect", "Old Label", "c_OldLabel"),
        ("Defect", "Cost, total", "c_Costtotal"),
        ("Defect", "Est. Cost", "c_EstCost"),
        ("Defect", "Twin", "several: c_TwinOne, c_TwinTwo"),
        ("Defect", "c_TwinTwo", "c_TwinTwo"),
        ("Story", "Risk / Reward %", "unknown: "),
        ("PortfolioItem/Feature", "Worth", "c_Worth"),
        // A sign at the beginning or end is part of the name.
        ("Defect", "-PlanEstimate", "unknown: PlanEstimate"),
        ("Defect", "Name?", "unknown: Name"),
        ("Defect", "State!", "unknown: State"),
        ("Defect", "Name_", "unknown: Name"),
        ("Defect", "Owner.*EmailAddress", "unknown: EmailAddress"),
        ("Defect", "Risk / Reward", "c_RiskReward"),
        ("Defect", "Risk / Reward !", "unknown: Risk / Reward %"),
        ("Defect", "%RiskReward", "unknown: Risk / Reward %"),
        ("Defect", "RiskReward %", "c_RiskReward"),
        ("Defect", "-New Thing", "unknown: New Thing, NewThing"),
        // A custom field with the name of a standard one.
        ("Defect", "State", "State"),
        ("Defect", "state", "State"),
        ("Defect", "c_State", "c_State"),
        // The same if only the schema knows the standard one.
        ("Defect", "New Thing", "several: NewThing, c_NewThing"),
        ("Defect", "newthing", "NewThing"),
        ("Defect", "c_NewThing", "c_NewThing"),
        ("Defect", "C_STATE", "C_STATE"),
        // Segment by segment.
        ("Defect", "Owner.Cost Centre", "Owner.c_CostCentre"),
        ("Defect", "owner.emailaddress", "Owner.EmailAddress"),
        ("Defect", "Owner.Cost Centra", "unknown: Cost Centre, CostCenter"),
        ("Defect", "Requirement.Burnt Offerings Index", "Requirement.c_BurntOfferingsIndex"),
        ("Defect", "Tasks.Count", "Tasks.Count"),
        ("Task", "WorkProduct.Burnt Offerings Index", "WorkProduct.c_BurntOfferingsIndex"),
        // Abstract types have the attributes of the types below them.
        ("Artifact", "ScheduleState", "ScheduleState"),
        ("Artifact", "Risk / Reward %", "c_RiskReward"),
        ("PortfolioItem", "Worth", "c_Worth"),
        ("Bogutrunk/NonScalable", "formattedid", "FormattedID"),
        // Names of WSAPI metadata are refused; the message names the attribute to compare instead.
        ("Defect", "_ref", "unknown: ObjectID"),
    ] {
        assert_eq!(filtered(&workspace, type_name, name), sent, "{name} of {type_name}");
    }
}

#[test]
fn types_by_every_spelling() {
    let workspace = Workspace::new();
    for (name, sent) in [
        ("Defect", "/defect"),
        ("DEFECT", "/defect"),
        ("Story", "/hierarchicalrequirement"),
        ("user story", "/hierarchicalrequirement"),
        ("UserStory", "/hierarchicalrequirement"),
        ("Hierarchical Requirement", "/hierarchicalrequirement"),
        ("Test Case", "/testcase"),
        ("Artifact", "/artifact"),
        ("schedulable artifact", "/schedulableartifact"),
        ("PortfolioItem", "/portfolioitem"),
        ("User", "/users"),
        ("PortfolioItem/Feature", "/portfolioitem/feature"),
        ("portfolioitem/feature", "/portfolioitem/feature"),
        ("Bogutrunk/Feature", "/bogutrunk/feature"),
        ("PortfolioItem/Unheard", "/portfolioitem/unheard"),
        ("NonScalable", "/bogutrunk/nonscalable"),
        ("nonscalable", "/bogutrunk/nonscalable"),
        ("Non Scalable", "/bogutrunk/nonscalable"),
        ("Epic", "/portfolioitem/epic"),
        ("Feature", "several: PortfolioItem/Feature, Bogutrunk/Feature"),
        ("feature", "several: PortfolioItem/Feature, Bogutrunk/Feature"),
        ("Defects", "unknown: Defect, DefectSuite"),
        ("Stories", "unknown: Story"),
        ("Epics", "unknown: Epic"),
        ("Defcet", "unknown: Defect"),
        ("NonScalabel", "unknown: NonScalable"),
        ("Éte", "unknown: "),
        ("Project,Workspace", "Input"),
        ("", "Input"),
    ] {
        let found = match workspace.rally().query(name).first() {
            Ok(_) => workspace.paths().pop().unwrap_or_default(),
            Err(error) => told(&error),
        };
        assert_eq!(found, sent, "{name}");
    }
}

#[test]
fn standard_names_and_c_names_load_no_schema() {
    let workspace = Workspace::new();
    let rally = workspace.rally();
    let query =
        rally.query("Defect").fetch("Name,Owner.EmailAddress,c_RiskReward,Iteration.Name,Tasks,Estimate");
    let query = query.filter(r#"(State != "Closed") and (c_RiskReward > 3) and Owner.LastName = x"#);
    assert!(query.order("PlanEstimate desc,c_RiskReward").first().unwrap().is_none());
    let asked = workspace.asked();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert!(
        asked[0].contains("fetch=Name,Owner,EmailAddress,c_RiskReward,Iteration,Tasks,Estimate&"),
        "{asked:?}"
    );
    assert!(asked[0].contains("order=PlanEstimate DESC,c_RiskReward,ObjectID"), "{asked:?}");
    assert!(
        asked[0].contains(r#"(((State != "Closed") AND (c_RiskReward > 3)) AND (Owner.LastName = "x"))"#),
        "{asked:?}"
    );
    for name in ["PortfolioItem/Feature", "Artifact", "User Story", "Milestone"] {
        rally.query(name).fetch(["Name", "formattedid"]).first().unwrap();
    }
    assert!(workspace.paths().iter().all(|p| !p.starts_with("/schema") && p != "/user"));
}

#[test]
fn display_names_load_it_once_for_all_clones() {
    let workspace = Workspace::new();
    let rally = workspace.rally();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let query =
                    rally.clone().query("Defect").fetch(["Burnt Offerings Index", "Cost, total", "Name"]);
                let query =
                    query.filter(r#""Risk / Reward %" > 3 and "New Label" = null"#).order("Été Code DESC");
                query.first().unwrap();
            });
        }
    });
    let asked = workspace.asked();
    let (schema, rows): (Vec<_>, Vec<_>) = asked.into_iter().partition(|a| !a.starts_with("/defect?"));
    assert_eq!(
        schema,
        [
            "/user?fetch=UserName,DisplayName,UserProfile,DefaultWorkspace,DefaultProject,Workspace",
            "/schema/v2.0/workspace/10",
            "/schema/v2.0/workspace/10/5f3a9c"
        ]
    );
    assert_eq!(rows.len(), 4);
    for row in rows {
        assert!(row.contains("fetch=c_BurntOfferingsIndex,c_Costtotal,Name&"), "{row}");
        assert!(row.contains("query=((c_RiskReward > 3) AND (c_OldLabel = null))"), "{row}");
        assert!(row.contains("order=c_tCode DESC,ObjectID"), "{row}");
    }
}

#[test]
fn a_named_workspace_costs_no_question_for_the_users_own() {
    let workspace = Workspace::new();
    let rally = workspace.rally().in_workspace("10").in_all_projects();
    rally.query("Defect").filter(("Été Code", "x")).first().unwrap();
    rally
        .in_workspace("/workspace/10")
        .in_all_projects()
        .query("Defect")
        .filter(("Été Code", "x"))
        .first()
        .unwrap();
    let paths = workspace.paths();
    assert_eq!(
        paths,
        ["/schema/v2.0/workspace/10", "/schema/v2.0/workspace/10/5f3a9c", "/defect", "/defect"]
    );
}

#[test]
fn a_fetch_list_takes_what_any_object_in_it_may_have() {
    let workspace = Workspace::new();
    let fetched =
        |rally: &rally_wsapi::Rally, names: &[&str]| match rally.query("Defect").fetch(names).first() {
            Ok(_) => workspace.last("fetch"),
            Err(error) => told(&error),
        };
    let rally = workspace.rally();
    assert_eq!(fetched(&rally, &["Owner", "EmailAddress"]), "Owner,EmailAddress");
    // A name that no fetched name matches may be a custom field's: both are sent, and no schema is needed.
    assert_eq!(fetched(&rally, &["Release Date"]), "ReleaseDate,c_ReleaseDate");
    assert_eq!(fetched(&rally, &["Release", "ReleaseDate"]), "Release,ReleaseDate");
    assert_eq!(workspace.paths().len(), 0, "the last look emptied the log");
    assert_eq!(rally.stats().requests, 3);
    assert_eq!(fetched(&rally, &["Owner", "Cost Centre"]), "Owner,c_CostCentre");
    // Once the schema is loaded, it is known which attribute has the name.
    assert_eq!(fetched(&rally, &["Release Date"]), "c_ReleaseDate");
    assert_eq!(fetched(&rally, &["Worth"]), "c_Worth", "features have it");
    assert_eq!(fetched(&rally, &["Wroth"]), "unknown: Worth");
    assert_eq!(fetched(&rally, &["Owner.Worth"]), "unknown: ");
    assert_eq!(fetched(&rally, &["Owner.Name", "Tasks:summary[State]"]), "Owner,Tasks:summary[State]");
    assert_eq!(fetched(&rally, &["Name?"]), "unknown: Name");
    for (name, sent) in [
        ("tasks:summary[state;Owner+State]", "Tasks:summary[State;Owner+State]"),
        ("Tasks:summary[State, Owner]", "Tasks:summary[State;Owner]"),
        ("Defects:summary[Risk / Reward %]", "Defects:summary[Risk / Reward %]"),
        (
            "Duplicates:summary[Risk / Reward %;Burnt Offerings Index]",
            "Duplicates:summary[c_RiskReward;c_BurntOfferingsIndex]",
        ),
        ("Taks:summary[State]", "unknown: Tags, Tasks"),
        ("Duplicates:summary[State;Owner+Sevreity]", "unknown: Severity"),
    ] {
        assert_eq!(fetched(&rally, &[name]), sent, "{name}");
    }
    for (name, right) in [
        ("Name:summary[State]", "`Name` is not a collection"),
        ("Requirement.Defects:summary[State]", "write `Requirement,Defects:summary[State]`"),
    ] {
        let error = rally.query("Defect").fetch(name).first().unwrap_err();
        assert!(error.to_string().contains(right), "{name}: {error}");
    }
    for name in [
        "Duplicates:summary",
        "Duplicates:summary[]",
        "Duplicates:summary[State;]",
        "Duplicates:summaryState",
    ] {
        let error = rally.query("Defect").fetch(name).first().unwrap_err();
        assert!(error.to_string().contains("write `Duplicates:summary[State]`"), "{name}: {error}");
    }
    assert_eq!(fetched(&rally, &["Twin"]), "several: c_TwinOne, c_TwinTwo");
    assert_eq!(fetched(&rally, &["Est. Cost", "Cost, total"]), "c_EstCost,c_Costtotal");
    assert_eq!(fetched(&rally, &["true"]), "true");
}

#[test]
fn without_a_schema_names_go_as_they_are_and_it_is_asked_for_once() {
    let mut workspace = Workspace::bare();
    workspace.user();
    let rally = workspace.rally();
    for _ in 0..3 {
        let query =
            rally.query("Defect").fetch(["Burnt Offerings Index"]).filter(attr("Risk / Reward %").gt(3));
        assert!(query.first().unwrap().is_none());
        rally.query("Feature").first().unwrap();
        rally.query("Surprise").first().unwrap();
    }
    let asked = workspace.asked();
    assert_eq!(
        asked
            .iter()
            .filter(|a| !a.starts_with("/defect")
                && !a.starts_with("/portfolioitem")
                && !a.starts_with("/surprise"))
            .count(),
        1,
        "{asked:?}"
    );
    assert!(asked.iter().any(|a| a.contains(r#"("Risk / Reward %" > 3)"#)), "{asked:?}");
    assert!(asked.iter().any(|a| a.starts_with("/portfolioitem/feature?")), "{asked:?}");
    // A request for the schema itself returns the error, and the next one tries again.
    assert!(rally.schema().is_err() && rally.schema().is_err());
    workspace.schema("abc", &crate::workspace::schema());
    assert!(rally.schema().is_ok());
    rally.query("Defect").filter(attr("Risk / Reward %").gt(3)).first().unwrap();
    assert_eq!(workspace.last("query"), "(c_RiskReward > 3)");
}

#[test]
fn checking_can_be_switched_off() {
    let workspace = Workspace::new();
    let rally = workspace.rally_with(|builder| builder.check_names(false));
    let query = rally.query("Defect").fetch("Nmae,owner,c_X").filter("Sevreity = 1").order("Nmae");
    query.first().unwrap();
    let asked = workspace.asked();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].contains("fetch=Nmae,Owner,c_X&query=(Sevreity = 1)&order=Nmae,ObjectID"), "{asked:?}");
}

#[test]
fn mistakes_are_refused_before_the_query() {
    let workspace = Workspace::new();
    let rally = workspace.rally();
    for query in [
        rally.query("Defect").filter("Sevreity = 1"),
        rally.query("Defect").order("Sevreity"),
        rally.query("Defect").fetch("Sevreity"),
        rally.query("Defect").fetch("Owner.Emial"),
        rally.query("Artifact").types(["Defect", "Feature"]),
        rally.query("Defect").order("PlanEstimate!"),
        rally.query("Defect").order("-PlanEstimate"),
    ] {
        assert!(query.first().is_err(), "{query:?}");
    }
    let paths = workspace.paths();
    assert_eq!(paths, ["/user", "/schema/v2.0/workspace/10", "/schema/v2.0/workspace/10/5f3a9c"]);
    let error = rally.query("Defect").filter("Sevreity = 1").first().unwrap_err().to_string();
    assert_eq!(
        error,
        "the Defect attribute `Sevreity` is unknown; nearest: Severity; `type_def` lists the names; if it is new, `refresh_schema()` reloads them"
    );
}
