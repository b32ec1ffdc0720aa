//! Dates and times of the jiff crate as values, in fields and in filters.
#![cfg(feature = "jiff")]

use jiff::{Timestamp, Zoned, civil::Date};
use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{ErrorKind, Mutation, attr};
use serde_json::json;

#[test]
fn typed_dates_go_out_come_back_and_are_compared_with() {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    let day: Date = "2026-05-18".parse().unwrap();
    let time: Timestamp = "2026-05-18T10:30:00.25Z".parse().unwrap();
    let zoned: Zoned = "2026-05-19T01:00:00+02:00[+02:00]".parse().unwrap();
    let sent = |value| rally.preview(Mutation::create("Milestone", json!({ "TargetDate": value }))).unwrap();
    let body = |value| sent(value).body().unwrap()["milestone"]["TargetDate"].clone();
    assert_eq!(body(json!(day)), "2026-05-18");
    assert_eq!(body(json!(time)), "2026-05-18T10:30:00.250Z");
    assert_eq!(body(json!(zoned)), "2026-05-18T23:00:00.000Z");

    let made = rally.create("Milestone", json!({"Name": "Fair", "TargetDate": zoned})).unwrap();
    let back: Timestamp = made.get("TargetDate").unwrap().to().unwrap();
    let on: Date = made.get("TargetDate").unwrap().to().unwrap();
    assert_eq!(back.to_string().get(..10), Some(on.to_string().as_str()));
    let open = rally.find("DE1").unwrap();
    assert_eq!(open.get("ClosedDate").unwrap().to::<Option<Timestamp>>().unwrap(), None);
    let error = made.get("Name").unwrap().to::<Timestamp>().unwrap_err();
    assert!(*error.kind() == ErrorKind::Value && error.to_string().contains("a point in time"), "{error}");

    let filter =
        attr("TargetDate").ge(day).and(attr("CreationDate").lt(time)).and(attr("CreationDate").lt(&zoned));
    assert_eq!(
        filter.to_string(),
        r#"(((TargetDate >= "2026-05-18") AND (CreationDate < "2026-05-18T10:30:00.25Z")) AND (CreationDate < "2026-05-18T23:00:00Z"))"#
    );
    assert!(rally.query("Milestone").filter(filter).count().unwrap() > 0);
}
