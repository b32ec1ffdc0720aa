//! References in an answer that cannot be used.

use super::*;

fn defect(id: u64, tasks: &str, owner: &str) -> Value {
    json!({"_ref": format!("/defect/{id}"), "_type": "Defect", "Name": "x",
        "Tasks": {"Count": 1, "_ref": tasks, "_type": "Task"}, "Owner": {"_ref": owner, "_refObjectName": "Ann", "_type": "User"}})
}

#[test]
fn a_collection_or_object_with_an_unusable_reference_is_an_error_not_null() {
    for (tasks, owner) in [("/Defect/../Tasks", "/user/.."), ("", ""), ("/defect/701", "a")] {
        let stage = Stage::new(move |_, seen| {
            let row = defect(701, tasks, owner);
            ok(&match seen.line.contains("/defect/701") {
                true => json!({ "Defect": row }),
                false => json!({"QueryResult": {"TotalResultCount": 2, "PageSize": 200, "Results": [row, defect(702, tasks, owner)]}}),
            }
            .to_string())
        });
        let whole = stage.rally.get("Defect", 701).unwrap();
        let page = stage.rally.query("Defect").fetch("Name,Tasks,Owner,EmailAddress").all().unwrap();
        stage.asked();
        for entity in page.iter().chain([&whole]) {
            for path in ["Tasks.Name", "Tasks[0].Name", "Tasks[0]", "Tasks.Owner.Name", "Owner.EmailAddress"]
            {
                let error = entity.get(path).unwrap_err();
                assert_eq!(error.kind(), &ErrorKind::Input, "{path}: {error}");
                assert!(error.to_string().contains(&format!("cannot read `{path}` of /defect/")), "{error}");
            }
            for error in [
                entity.get("Owner").unwrap().entity().unwrap_err(),
                entity.collection("Tasks").unwrap_err(),
                entity.get("Tasks").unwrap().items().unwrap_err(),
            ] {
                assert_eq!(error.kind(), &ErrorKind::Input, "{error}");
                assert!(error.to_string().contains("cannot read `"), "{error}");
            }
            assert_eq!(entity.get("Tasks.Count").unwrap(), 1);
            assert_eq!(entity.get("Owner.Name").unwrap(), "Ann");
        }
        assert_eq!(stage.asked(), [""; 0]);
    }
    let null =
        Stage::new(|_, _| ok(&json!({ "Defect": defect(701, "/defect/701/Tasks", "null") }).to_string()));
    assert!(null.rally.get("Defect", 701).unwrap().get("Owner.EmailAddress").unwrap().is_null());
}
