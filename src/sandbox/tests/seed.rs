//! Data sets of a user's own, good and bad.

use super::super::store::Store;
use super::{ANN, Bench};
use serde_json::json;
use std::path::PathBuf;
use std::sync::RwLock;

/// A folder with files, gone when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, &str)]) -> Folder {
        let path = std::env::temp_dir().join(format!("rally-wsapi-seed-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        for (name, text) in files {
            std::fs::write(path.join(name), text).unwrap();
        }
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const BASE: &str = r#"{
  "Clock": "2030-01-01T00:00:00.000Z",
  "Subscription": [{"ObjectID": 1, "Name": "Own"}],
  "Workspace": [{"ObjectID": 2, "Name": "W"}],
  "Project": [{"ObjectID": 3, "Name": "P", "Workspace": "@workspace/2"}],
  "User": [{"ObjectID": 21, "UserName": "me@x.example", "DisplayName": "Me", "SubscriptionAdmin": true}],
  "Attributes": {"Defect": [{"Name": "How Bad?", "Type": "INTEGER"}]},
  "Choices": {"Defect.State": ["New", "Old"]},
  "Defaults": {"Defect.State": "New"}
}"#;

#[test]
fn a_small_set_is_enough() {
    let defects = r#"{"Defect": [{"ObjectID": 4, "Name": "D", "Project": "@project/3", "c_HowBad": 3}],
        "Recipes": [{"Type": "Task", "Count": 5, "FirstObjectID": 10, "Fields": {"Name": "T{n}", "WorkProduct": "@defect/4"}}]}"#;
    let folder = Folder::new("good", &[("a.json", BASE), ("b.json", defects), ("notes.txt", "not read")]);
    let store = RwLock::new(Store::from_folder(&folder.0).unwrap());
    assert_eq!(store.read().unwrap().user_named("ME@x.example"), Some(21));
    assert_eq!(store.read().unwrap().user_named("cy@sandbox.example"), None);
    let bench = Bench { store, caller: ANN, ..Bench::new() };
    let defect = bench.get("/defect/4", &[])["Defect"].take();
    assert_eq!(
        (&defect["State"], &defect["FormattedID"], &defect["Tasks"]["Count"]),
        (&json!("New"), &json!("DE1"), &json!(5))
    );
    assert_eq!(
        (&defect["c_HowBad"], &defect["CreationDate"]),
        (&json!(3), &json!("2029-12-02T00:00:00.000Z"))
    );
    assert!(
        bench.refused("POST", "/defect/4", &json!({"Defect": {"State": "Open"}}))[0].contains("New, Old")
    );
    let made = bench.written("/defect/create", &[], &json!({"Defect": {"Name": "E"}}));
    assert_eq!((&made["Project"]["_refObjectName"], &made["FormattedID"]), (&json!("P"), &json!("DE2")));
    assert_eq!(made["CreationDate"], "2030-01-01T00:00:00.000Z");
}

/// The data of the folder beside the base set.
fn seeded(name: &str, text: &str) -> Bench {
    let folder = Folder::new(name, &[("a.json", BASE), ("b.json", text)]);
    let store = Store::from_folder(&folder.0).unwrap_or_else(|e| panic!("{name}: {e}"));
    Bench { store: RwLock::new(store), ..Bench::new() }
}

#[test]
fn a_level_below_the_features_is_what_stories_belong_to() {
    let text = r#"{"Types": [{"TypePath": "PortfolioItem/Capability", "IDPrefix": "C", "Like": "PortfolioItem/Feature", "Ordinal": 0}],
        "PortfolioItem/Feature": [{"ObjectID": 40, "Name": "F", "Project": "@project/3"}],
        "PortfolioItem/Capability": [{"ObjectID": 41, "Name": "C", "Project": "@project/3", "Parent": "@portfolioitem/feature/40"}],
        "HierarchicalRequirement": [{"ObjectID": 42, "Name": "S", "Project": "@project/3", "PortfolioItem": "@portfolioitem/capability/41"}]}"#;
    let bench = seeded("below", text);
    let story = bench.get("/hierarchicalrequirement/42", &[])["HierarchicalRequirement"].take();
    assert_eq!(story["Capability"]["_refObjectName"], "C");
    assert!(story.get("Feature").is_none());
    let capability = bench.get("/portfolioitem/capability/41", &[])["Capability"].take();
    assert_eq!((&capability["FormattedID"], &capability["UserStories"]["Count"]), (&json!("C1"), &json!(1)));
    assert_eq!(
        (&capability["Parent"]["_refObjectName"], &capability["DirectChildrenCount"]),
        (&json!("F"), &json!(1))
    );
    let feature = bench.get("/portfolioitem/feature/40", &[])["Feature"].take();
    assert_eq!((&feature["Children"]["Count"], &feature["DirectChildrenCount"]), (&json!(1), &json!(1)));
    assert!(feature.get("UserStories").is_none() && capability.get("Children").is_none());
    let levels =
        [("query", "(Parent.Name = \"Portfolio Item\")"), ("order", "Ordinal"), ("fetch", "Ordinal,Name")];
    let levels: Vec<_> = bench
        .rows("/typedefinition", &levels)
        .iter()
        .map(|r| (r["Ordinal"].clone(), r["Name"].clone()))
        .collect();
    let named = ["Capability", "Feature", "Initiative", "Theme"].map(|n| json!(n));
    assert_eq!(levels, (0..4).map(|n| json!(n)).zip(named).collect::<Vec<_>>());
    // Between stories and features it is the only way.
    let wrong = json!({"HierarchicalRequirement": {"PortfolioItem": "/portfolioitem/feature/40"}});
    assert!(
        bench.refused("POST", "/hierarchicalrequirement/42", &wrong)[0].contains("PortfolioItem/Capability")
    );
    let above = json!({"Feature": {"Parent": "/portfolioitem/capability/41"}});
    assert!(
        bench.refused("POST", "/portfolioitem/feature/40", &above)[0].contains("PortfolioItem/Initiative")
    );
    assert_eq!(bench.names("/portfolioitem/capability", "(Parent.FormattedID = F1)"), ["C"]);
}

#[test]
fn levels_go_on_top_between_or_away() {
    let text = r#"{"Types": [{"TypePath": "PortfolioItem/Theme", "Absent": true},
            {"TypePath": "PortfolioItem/Strategy", "Like": "PortfolioItem/Initiative"},
            {"TypePath": "PortfolioItem/Epic", "IDPrefix": "E", "Like": "PortfolioItem/Theme", "Ordinal": 1}],
        "PortfolioItem/Strategy": [{"ObjectID": 40, "Name": "S"}],
        "PortfolioItem/Initiative": [{"ObjectID": 41, "Name": "I", "Parent": "@portfolioitem/strategy/40"}],
        "PortfolioItem/Epic": [{"ObjectID": 42, "Name": "E", "Parent": "@portfolioitem/initiative/41"}],
        "PortfolioItem/Feature": [{"ObjectID": 43, "Name": "F", "Parent": "@portfolioitem/epic/42"}]}"#;
    let bench = seeded("levels", text);
    let order = [("query", "(Parent.Name = \"Portfolio Item\")"), ("order", "Ordinal")];
    let order: Vec<_> =
        bench.rows("/typedefinition", &order).iter().map(|r| r["_refObjectName"].clone()).collect();
    assert_eq!(order, ["Feature", "Epic", "Initiative", "Strategy"]);
    for (path, child) in [("strategy/40", "I"), ("initiative/41", "E"), ("epic/42", "F")] {
        assert_eq!(bench.names(&format!("/portfolioitem/{path}/Children"), ""), [child], "{path}");
    }
    // A level without a prefix gets one that no other type has.
    assert_eq!(bench.rows("/portfolioitem/strategy", &[("fetch", "FormattedID")])[0]["FormattedID"], "STR1");
    assert_eq!(bench.error("/portfolioitem/theme", &[]), "Cannot find object to read");
}

#[test]
fn prefixes_are_the_data_sets_own() {
    let text = r#"{"Prefixes": {"HierarchicalRequirement": "S", "risk": "RSK"},
        "HierarchicalRequirement": [{"ObjectID": 40, "Name": "S", "FormattedID": "S12"}], "Risk": [{"ObjectID": 41, "Name": "R"}]}"#;
    let bench = seeded("prefixes", text);
    let made = bench.written(
        "/hierarchicalrequirement/create",
        &[],
        &json!({"HierarchicalRequirement": {"Name": "T"}}),
    );
    assert_eq!(made["FormattedID"], "S13");
    assert_eq!(bench.rows("/risk", &[("fetch", "FormattedID")])[0]["FormattedID"], "RSK1");
    assert_eq!(
        bench.rows("/typedefinition", &[("query", "(TypePath = Risk)"), ("fetch", "IDPrefix")])[0]["IDPrefix"],
        "RSK"
    );
}

#[test]
fn the_built_in_files_may_be_copied_and_edited() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let store = RwLock::new(Store::from_folder(&folder).unwrap());
    let (own, built_in) = (Bench { store, caller: ANN, ..Bench::new() }, Bench::new());
    let params = [("fetch", "FormattedID,Name,Owner,RevisionHistory"), ("pagesize", "2000")];
    assert_eq!(own.get("/artifact", &params), built_in.get("/artifact", &params));
}

#[test]
fn faults_are_told_with_file_and_place() {
    for (name, text, parts) in [
        ("syntax", "{\n\"Defect\": [\n}", vec!["b.json", "line 3"]),
        ("type", "{\"Bug\": []}", vec!["b.json", "unknown type Bug"]),
        ("list", "{\"Defect\": {}}", vec!["b.json", "Defect is not a list"]),
        ("object", "{\"Defect\": [7]}", vec!["b.json", "Defect number 1 is not an object"]),
        ("id", "{\"Defect\": [{\"Name\": \"x\"}]}", vec!["b.json", "Defect number 1 has no ObjectID"]),
        ("zero", "{\"Defect\": [{\"ObjectID\": 0}]}", vec!["has no ObjectID"]),
        (
            "twice",
            "{\"Defect\": [\n{\"ObjectID\": 41},\n{\"ObjectID\": 4},\n{\"ObjectID\": 4}]}",
            vec!["b.json line 3", "number 3 (ObjectID 4)", "taken"],
        ),
        (
            "attribute",
            "{\"Defect\": [\n\n{\"ObjectID\": 4, \"name\": \"x\"}]}",
            vec!["b.json line 3", "no attribute name"],
        ),
        (
            "computed",
            "{\"Task\": [{\"ObjectID\": 4, \"Project\": \"@project/3\"}]}",
            vec!["Project is computed"],
        ),
        (
            "reference",
            "{\"Defect\": [{\"ObjectID\": 4, \"Owner\": \"@user/9\"}]}",
            vec!["Owner: `@user/9` is not in the data"],
        ),
        (
            "bare",
            "{\"Defect\": [{\"ObjectID\": 4, \"Owner\": \"Ann\"}]}",
            vec!["Owner: `Ann` is not a reference"],
        ),
        ("target", "{\"Defect\": [{\"ObjectID\": 4, \"Owner\": \"@project/3\"}]}", vec!["wrong type"]),
        (
            "kind",
            "{\"Defect\": [{\"ObjectID\": 4, \"c_HowBad\": \"very\"}]}",
            vec!["c_HowBad: \"very\" is not of type INTEGER"],
        ),
        (
            "choice",
            "{\"Defect\": [{\"ObjectID\": 4, \"State\": \"Open\"}]}",
            vec!["State: `Open` is not among its choices"],
        ),
        ("date", "{\"Defect\": [{\"ObjectID\": 4, \"TargetDate\": \"soon\"}]}", vec!["TargetDate"]),
        ("clock", "{\"Clock\": \"noon\"}", vec!["b.json", "Clock is not a date"]),
        ("abstract", "{\"Artifact\": []}", vec!["Artifact cannot be given"]),
        ("defined", "{\"TypeDefinition\": []}", vec!["TypeDefinition cannot be given"]),
        (
            "field",
            "{\"Attributes\": {\"Defect\": [{\"Name\": \"x\", \"Type\": \"COLOUR\"}]}}",
            vec!["b.json", "attribute x of Defect", "`COLOUR`"],
        ),
        (
            "again",
            "{\"Attributes\": {\"Defect\": [{\"Name\": \"How Bad\", \"Type\": \"DATE\"}]}}",
            vec!["c_HowBad already"],
        ),
        ("nobody", "{\"Choices\": {\"Defect.Colour\": []}}", vec!["unknown attribute defect.colour"]),
        ("like", "{\"Types\": [{\"TypePath\": \"X/Y\", \"Like\": \"Z\"}]}", vec!["unknown type Z"]),
        ("prefix", "{\"Prefixes\": {\"Bug\": \"B\"}}", vec!["unknown type bug"]),
        (
            "letters",
            "{\"Prefixes\": {\"Defect\": \"D1\"}}",
            vec!["b.json", "prefix of Defect is not letters"],
        ),
        (
            "absent",
            "{\"Types\": [{\"TypePath\": \"Defect\", \"Absent\": true}]}",
            vec!["defect cannot be absent", "portfolioitem/theme"],
        ),
        ("recipe", "{\"Recipes\": [{\"Type\": \"Task\"}]}", vec!["b.json", "recipe 1", "Count"]),
        (
            "default",
            "{\"Defaults\": {\"Defect.State\": \"Open\"}, \"Defect\": [{\"ObjectID\": 4}]}",
            vec!["State: `Open`"],
        ),
        ("array", "[]", vec!["b.json"]),
    ] {
        let folder = Folder::new(name, &[("a.json", BASE), ("b.json", text)]);
        let error = Store::from_folder(&folder.0).unwrap_err().to_string();
        for part in parts {
            assert!(error.contains(part), "{name}: {part}: {error}");
        }
    }
    let empty = Folder::new("empty", &[("readme.txt", "x")]);
    assert!(Store::from_folder(&empty.0).unwrap_err().to_string().contains("no .json file"));
    let missing = Store::from_folder(&empty.0.join("missing")).unwrap_err().to_string();
    assert!(missing.contains("missing"), "{missing}");
}

#[test]
fn every_type_and_attribute_of_the_built_in_set_has_its_own_id() {
    let store = Store::built_in().unwrap();
    let mut ids: Vec<i64> = Vec::new();
    for kind in &store.model().types {
        ids.push(kind.definition);
        ids.extend(kind.attributes.iter().map(|a| a.definition));
    }
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
    assert!(ids.iter().all(|id| *id < 0));
}
