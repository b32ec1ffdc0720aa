//! Deleting, copying, ranking, attaching, and many writes at once.

use super::Bench;
use base64::Engine;
use serde_json::{Value, json};

#[test]
fn what_is_deleted_lies_in_the_recycle_bin_until_purged() {
    let bench = Bench::new();
    let (name, result) = bench.write("DELETE", "/hierarchicalrequirement/601", &[], &Value::Null);
    assert_eq!(
        (name.as_str(), &result["Errors"], result.get("Object")),
        ("OperationResult", &json!([]), None)
    );
    assert_eq!(bench.error("/hierarchicalrequirement/601", &[]), "Cannot find object to read");
    assert_eq!(bench.names("/task", "(FormattedID = TA1)").len(), 0, "its tasks go with it");
    assert_eq!(bench.get("/defect/701", &[])["Defect"]["Requirement"], Value::Null);
    assert_eq!(bench.rows("/portfolioitem/feature/501/UserStories", &[]).len(), 1);
    let bin = bench.rows("/recyclebinentry", &[("fetch", "true"), ("query", "(Name = \"Store a card\")")]);
    assert_eq!((bin.len(), &bin[0]["ID"], &bin[0]["ItemOID"]), (1, &json!("US1"), &json!(601)));
    assert_eq!(
        (&bin[0]["DeletedBy"]["_refObjectName"], &bin[0]["Type"]["_refObjectName"]),
        (&json!("Ann Keeper"), &json!("Hierarchical Requirement"))
    );
    let entry = format!("/recyclebinentry/{}", bin[0]["ObjectID"]);
    assert_eq!(
        bench.refused("POST", &entry, &json!({"RecycleBinEntry": {}})),
        ["Not authorized to update RecycleBinEntry"]
    );
    bench.write("DELETE", &entry, &[], &Value::Null);
    assert!(bench.rows("/recyclebinentry", &[]).is_empty());
    assert_eq!(bench.refused("DELETE", "/defect/1", &Value::Null), ["Object to delete cannot be null"]);
    assert_eq!(
        bench.refused("DELETE", "/defect/abc", &Value::Null),
        ["Could not read object: Object not found for Object ID: abc"]
    );
    assert_eq!(bench.refused("DELETE", "/project/101", &Value::Null), ["Not authorized to delete Project"]);
    assert_eq!(
        bench.refused("DELETE", "/typedefinition/-1", &Value::Null),
        ["Object to delete cannot be null"]
    );
    bench.write("DELETE", "/tag/401", &[], &Value::Null);
    assert!(bench.rows("/recyclebinentry", &[]).is_empty(), "tags have no bin");
}

#[test]
fn a_deleted_object_may_linger() {
    let bench = Bench { delete_lag: 2, ..Bench::new() };
    bench.write("DELETE", "/defect/704", &[], &Value::Null);
    assert_eq!(bench.names("/defect", "(ObjectID = 704)").len(), 0, "queries see it no longer");
    assert_eq!(bench.get("/defect/704", &[("fetch", "Name")])["Defect"]["Name"], "Old and done");
    assert_eq!(bench.error("/defect/704", &[]), "Cannot find object to read");
}

#[test]
fn copies_are_objects_of_their_own() {
    let bench = Bench::new();
    let (name, copy) = bench.write("POST", "/defect/701/copy", &[], &Value::Null);
    assert_eq!(
        (name.as_str(), &copy["Name"], &copy["FormattedID"]),
        ("Defect", &json!("(Copy of) Total is off by one cent"), &json!("DE7"))
    );
    assert_eq!(
        (&copy["Tags"]["Count"], &copy["Tasks"]["Count"], &copy["Discussion"]["Count"]),
        (&json!(1), &json!(0), &json!(0))
    );
    assert_eq!(
        (&copy["State"], &copy["VersionId"], &copy["c_ÉtéCode"]),
        (&json!("Open"), &json!("1"), &json!("É-1"))
    );
    assert_eq!(bench.rows("/defect/701/Tasks", &[]).len(), 1);
    assert_eq!(
        bench.refused("POST", "/iteration/301/copy", &Value::Null),
        ["Not authorized to copy Iteration"]
    );
}

#[test]
fn ranks_move_above_below_and_to_the_ends() {
    let bench = Bench::new();
    let order = || {
        let rows = bench.rows("/defect", &[("order", "Rank"), ("fetch", "FormattedID,DragAndDropRank")]);
        let texts: Vec<String> =
            rows.iter().map(|r| r["DragAndDropRank"].as_str().unwrap().to_owned()).collect();
        assert!(texts.is_sorted() && texts.iter().all(|t| t.len() == 64), "{texts:?}");
        rows.iter().map(|r| r["FormattedID"].as_str().unwrap()[2..].to_owned()).collect::<Vec<_>>().join("")
    };
    assert_eq!(order(), "123456");
    let body = |id: u32| json!({"Defect": {"_ref": format!("/defect/{id}")}});
    bench.written("/defect/706", &[("rankAbove", "/defect/702")], &body(706));
    assert_eq!(order(), "162345");
    bench.written("/defect/701", &[("rankBelow", "/defect/704")], &body(701));
    assert_eq!(order(), "623415");
    bench.written("/defect/705", &[("rankTo", "TOP")], &body(705));
    bench.written("/defect/702", &[("rankTo", "BOTTOM")], &body(702));
    assert_eq!(order(), "563412");
    let made = bench.written(
        "/defect/create",
        &[("rankAbove", "/defect/703")],
        &json!({"Defect": {"Name": "Seven"}}),
    );
    assert_eq!((order().as_str(), &made["VersionId"]), ("5673412", &json!("1")));
    // Room between neighbours is made when it runs out.
    for _ in 0..300 {
        bench.written("/defect/706", &[("rankAbove", "/defect/703")], &body(706));
        bench.written("/defect/704", &[("rankAbove", "/defect/703")], &body(704));
    }
    assert_eq!(order(), "5764312");
    let (_, bad) = bench.write("POST", "/defect/701", &[("rankTo", "UP")], &body(701));
    assert!(bad["Errors"][0].as_str().unwrap().contains("UP"));
    let (_, bad) = bench.write("POST", "/tag/401", &[("rankTo", "TOP")], &json!({"Tag": {}}));
    assert_eq!(bad["Errors"], json!(["Tag cannot be ranked"]));
}

#[test]
fn attachments_carry_their_bytes_and_their_size() {
    let bench = Bench::new();
    let bytes = b"\x00\xff attached \n";
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    let content =
        bench.written("/attachmentcontent/create", &[], &json!({"AttachmentContent": {"Content": text}}));
    let attachment = |size: usize| json!({"Attachment": {"Name": "a b/ü.bin", "Content": content["_ref"], "ContentType": "application/x-thing", "Size": size, "Artifact": "/defect/702"}});
    assert_eq!(
        bench.refused("POST", "/attachment/create", &attachment(3)),
        ["Validation error: Attachment.Size is 3 but the content has 13 bytes"]
    );
    let made = bench.written("/attachment/create", &[], &attachment(bytes.len()));
    assert_eq!(made["User"]["_refObjectName"], "Ann Keeper");
    assert_eq!(bench.rows("/defect/702/Attachments", &[]).len(), 1);
    let file = bench.ask("GET", &format!("/attachment/{}/a b/ü.bin", made["ObjectID"]), &[], b"");
    assert_eq!(
        (file.status, file.content_type, file.body.as_slice()),
        (200, "application/octet-stream", bytes.as_slice())
    );
    let named = bench.ask("GET", "/attachment/993/total.txt", &[], b"");
    assert_eq!(
        (named.content_type, named.body.as_slice()),
        ("text/plain", b"cents = round(euros * 100)\n".as_slice())
    );
    assert_eq!(bench.ask("GET", "/attachment/993/other.txt", &[], b"").status, 404);
    let broken = json!({"AttachmentContent": {"Content": "YWJj\nZGVm"}});
    assert!(bench.refused("POST", "/attachmentcontent/create", &broken)[0].contains("base64"));
    assert_eq!(
        bench.refused("POST", "/attachmentcontent/991", &broken),
        ["Not authorized to update AttachmentContent"]
    );
    // Deleted with its content; the content alone may go first.
    let path = content["_ref"].as_str().unwrap().split("v2.0").nth(1).unwrap().to_owned();
    bench.write("DELETE", &format!("/attachment/{}", made["ObjectID"]), &[], &Value::Null);
    assert_eq!(bench.error(&path, &[]), "Cannot find object to read");
    bench.write("DELETE", "/attachmentcontent/991", &[], &Value::Null);
    assert_eq!(bench.rows("/defect/701/Attachments", &[])[0]["Content"], Value::Null);
}

#[test]
fn a_batch_answers_entry_by_entry() {
    let bench = Bench::new();
    let body = json!({"Batch": [
        {"Entry": {"Path": "/defect/create", "Method": "PUT", "Body": {"defect": {"Name": "One"}}}},
        {"Entry": {"Path": "/defect/create", "Method": "POST", "Body": {"Defect": {"Severity": "Huge"}}}},
        {"Entry": {"Path": "/Defect/701?fetch=State", "Method": "post", "Body": {"Defect": {"State": "Closed", "Odd": 1}}}},
        {"Entry": {"Path": "/defect/702", "Method": "DELETE"}},
        {"Entry": {"Path": "/defect/703", "Method": "GET"}},
        {"Entry": {"Path": "/nonsense/create", "Method": "POST", "Body": {}}},
        {}
    ]});
    let (name, result) = bench.write("POST", "/batch", &[("fetch", "Name,State")], &body);
    assert_eq!(
        (name.as_str(), &result["Errors"], result.get("_rallyAPIMajor")),
        ("BatchResult", &json!([]), None)
    );
    let results = result["Results"].as_array().unwrap();
    assert_eq!(results.len(), 7);
    assert_eq!((&results[0]["Object"]["Name"], &results[0]["_rallyAPIMajor"]), (&json!("One"), &json!("2")));
    assert_eq!(results[1]["Errors"].as_array().map(Vec::len), Some(2));
    assert!(results[1].get("Object").is_none());
    assert_eq!(
        (&results[2]["Object"]["State"], results[2]["Warnings"].as_array().map(Vec::len)),
        (&json!("Closed"), Some(1))
    );
    assert_eq!((&results[3]["Errors"], results[3].get("Object")), (&json!([]), None));
    assert_eq!(results[4]["Object"]["Name"], "Typo in the footer");
    assert_eq!(results[5]["Errors"], json!(["Requested type name \"nonsense/create\" is unknown."]));
    assert!(results[6]["Errors"][0].as_str().unwrap().contains("Entry"));
    assert_eq!(bench.rows("/defect", &[]).len(), 6);
}
