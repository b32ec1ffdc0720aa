//! A field that was fetched and is not in the row has no value: no request is sent to find out.

use super::{client, shown};
use rally_wsapi::ErrorKind;
use rally_wsapi::sandbox::{Fault, Sandbox};

#[test]
fn what_a_type_does_not_have_is_absent_where_the_query_asked_for_it() {
    let sandbox = Sandbox::start().unwrap();
    let rally = client(&sandbox);
    let query = rally.query("Artifact").types(["Defect", "Story"]).fetch("FormattedID,Severity");
    let (mut absent, mut given) = (0, 0);
    for row in query.order("FormattedID").page_size(1_000).limit(1_000) {
        let row = row.unwrap();
        let severity = row.get("Severity").unwrap();
        match row.type_name() {
            "Defect" => given += usize::from(!severity.is_absent()),
            _ => {
                assert!(severity.is_null() && severity.is_absent() && severity.to_string().is_empty());
                absent += 1;
            }
        }
    }
    assert!(absent > 100 && given > 5, "{absent} {given}");
    assert_eq!(sandbox.requests().len(), 1, "{:#?}", shown(&sandbox.requests()));
}

#[test]
fn an_object_in_the_row_is_asked_for_the_same_names() {
    let sandbox = Sandbox::start().unwrap();
    // A project in which the field is not visible.
    sandbox.fail(Fault::at("/defect").edit(|body| body.replace("\"CostCenter\"", "\"_refNothing\"")));
    let rally = client(&sandbox);
    for row in rally.query("Defect").fetch("Owner.CostCenter").limit(20) {
        let row = row.unwrap();
        let owner = row.get("Owner").unwrap();
        if !owner.is_null() {
            assert!(row.get("Owner.CostCenter").unwrap().is_absent());
            assert!(owner.entity().unwrap().get("CostCenter").unwrap().is_absent());
        }
    }
    assert_eq!(sandbox.requests().len(), 1, "{:#?}", shown(&sandbox.requests()));
}

#[test]
fn what_was_not_asked_for_is_loaded() {
    let sandbox = Sandbox::start().unwrap();
    let rally = client(&sandbox);
    let row = rally.query("Defect").fetch("Name").filter("FormattedID = DE1").one().unwrap();
    assert_eq!(
        row.get("Severity").unwrap(),
        rally.find("DE1").unwrap().get("Severity").unwrap().as_str().unwrap()
    );
    let error = row.get("Sevirity").unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Path(path) if path.nearest == ["Severity"]), "{error}");
}

#[test]
fn what_a_replay_of_the_page_does_not_bring_is_absent_without_a_request_for_each_row() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.fail(Fault::at("/defect").edit(|body| body.replace("\"Resolution\"", "\"_refNothing\"")));
    let rally = client(&sandbox);
    let rows = rally.query("Defect").fetch("Name").limit(30).all().unwrap();
    let absent = rows.iter().filter(|row| row.get("Resolution").unwrap().is_absent()).count();
    assert_eq!(absent, rows.len() - 1, "the first is loaded by itself");
    assert_eq!(sandbox.requests().len(), 3, "{:#?}", shown(&sandbox.requests()));
}

#[test]
fn a_name_that_only_the_server_could_have_made_up_is_unknown_without_a_request() {
    let sandbox = Sandbox::start().unwrap();
    let rally = client(&sandbox);
    let row = rally.query("Defect").fetch("Name").filter("FormattedID = DE1").one().unwrap();
    for (path, near) in [("_anyTypo", None), ("_refObjectNam", Some("_refObjectName")), ("Owner._typ", None)]
    {
        sandbox.clear_requests();
        let error = row.get(path).unwrap_err();
        let ErrorKind::Path(path) = error.kind() else { panic!("{error}") };
        assert_eq!(path.nearest.first().map(String::as_str).filter(|_| near.is_some()), near, "{error}");
        assert!(sandbox.requests().len() <= path.index, "{:#?}", shown(&sandbox.requests()));
    }
    assert!(row.get("_objectVersion").is_ok());
}

#[test]
fn a_reference_that_leads_nowhere_is_an_error() {
    for reference in ["..", "/user/..", "/user/1\\u0007", "https://other.example/x", "/user/1/../2"] {
        let sandbox = Sandbox::start().unwrap();
        let written = format!("\"Owner\":{{\"_ref\":\"{reference}\"");
        sandbox.fail(Fault::at("/defect").edit(move |body| {
            let mut parts = body.split("\"Owner\":{");
            let first = parts.next().unwrap().to_owned();
            parts.fold(first, |out, part| {
                let rest =
                    part.split_once("\"_ref\":\"").and_then(|(_, rest)| rest.split_once('"')).unwrap().1;
                format!("{out}{written}{rest}")
            })
        }));
        let rally = client(&sandbox);
        let row = rally.query("Defect").fetch("Owner").filter("FormattedID = DE1").one().unwrap();
        sandbox.clear_requests();
        let error = row.get("Owner.EmailAddress").unwrap_err();
        assert!(error.to_string().contains("`Owner.EmailAddress`"), "{reference}: {error}");
        assert_eq!(sandbox.requests().len(), 0);
    }
}
