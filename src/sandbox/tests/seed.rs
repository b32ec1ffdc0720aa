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
    let bench = Bench { store, caller: ANN, delete_lag: 0 };
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

#[test]
fn the_built_in_files_may_be_copied_and_edited() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let store = RwLock::new(Store::from_folder(&folder).unwrap());
    let (own, built_in) = (Bench { store, caller: ANN, delete_lag: 0 }, Bench::new());
    let params = [("fetch", "FormattedID,Name,Owner,RevisionHistory"), ("pagesize", "2000")];
    assert_eq!(own.get("/artifact", &params), built_in.get("/artifact", &params));
}

#[test]
fn faults_are_told_with_file_and_place() {
    for (name, text, parts) in [
        ("syntax", "{\n\"Defect\": [\n}", vec!["b.json", "line 3"]),
        ("type", "{\"Bug\": []}", vec!["b.json", "no type Bug"]),
        ("list", "{\"Defect\": {}}", vec!["b.json", "Defect is no list"]),
        ("object", "{\"Defect\": [7]}", vec!["b.json", "Defect number 1 is no object"]),
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
            vec!["Owner: `Ann` is no reference"],
        ),
        ("target", "{\"Defect\": [{\"ObjectID\": 4, \"Owner\": \"@project/3\"}]}", vec!["wrong type"]),
        (
            "kind",
            "{\"Defect\": [{\"ObjectID\": 4, \"c_HowBad\": \"very\"}]}",
            vec!["c_HowBad: \"very\" is no INTEGER"],
        ),
        (
            "choice",
            "{\"Defect\": [{\"ObjectID\": 4, \"State\": \"Open\"}]}",
            vec!["State: `Open` is not among its choices"],
        ),
        ("date", "{\"Defect\": [{\"ObjectID\": 4, \"TargetDate\": \"soon\"}]}", vec!["TargetDate"]),
        ("clock", "{\"Clock\": \"noon\"}", vec!["b.json", "Clock is no date"]),
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
        ("nobody", "{\"Choices\": {\"Defect.Colour\": []}}", vec!["no attribute defect.colour"]),
        ("like", "{\"Types\": [{\"TypePath\": \"X/Y\", \"Like\": \"Z\"}]}", vec!["no type Z"]),
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
