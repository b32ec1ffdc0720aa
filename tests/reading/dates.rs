//! Dates and times of the jiff crate: in fields, typed rows, filters and writes, and the days in a workspace's time zone.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use mockito::{Matcher, Server};
use rally_wsapi::sandbox::Sandbox;
use rally_wsapi::{Config, Entity, ErrorKind, FromField, Mutation, Rally, Ref, Result, attr};
use serde::Deserialize;
use serde_json::json;

fn sandbox() -> (Sandbox, Rally) {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    (sandbox, rally)
}

/// The requests since the last call, as `GET /path?fetch`.
fn asked(sandbox: &Sandbox) -> Vec<String> {
    let line = |r: &rally_wsapi::sandbox::Recorded| {
        format!("{} {} {}", r.method, r.path, r.param("fetch").unwrap_or_default())
    };
    let lines = sandbox.requests().iter().map(line).collect();
    sandbox.clear_requests();
    lines
}

fn set_zone(rally: &Rally, sandbox: &Sandbox, configuration: u64, zone: &str) {
    rally.update("WorkspaceConfiguration", configuration, json!({"TimeZone": zone})).unwrap();
    sandbox.clear_requests();
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

#[test]
fn typed_dates_go_out_come_back_and_are_compared_with() {
    let (sandbox, rally) = sandbox();
    let day: Date = date("2026-05-18");
    let time: Timestamp = "2026-05-18T10:30:00.250999Z".parse().unwrap();
    let zoned: ZonedDateTime = "2026-05-19T01:00:00+02:00[Europe/Berlin]".parse().unwrap();
    let sent = |value| rally.preview(Mutation::create("Milestone", json!({ "TargetDate": value }))).unwrap();
    let body = |value| sent(value).body().unwrap()["milestone"]["TargetDate"].clone();
    assert_eq!(body(json!(day)), "2026-05-18");
    assert_eq!(body(json!(time)), "2026-05-18T10:30:00.250Z");
    assert_eq!(body(json!(zoned)), "2026-05-18T23:00:00.000Z");

    let made = rally.create("Milestone", json!({"Name": "Fair", "TargetDate": zoned})).unwrap();
    let target = made.get("TargetDate").unwrap();
    assert_eq!((target.timestamp().unwrap(), target.date().unwrap()), (zoned.timestamp(), day));
    // Through the library's re-export of jiff: the types are the same.
    let same: rally_wsapi::jiff::Timestamp = target.to().unwrap();
    assert_eq!(same, zoned.timestamp());
    let open = rally.find("DE1").unwrap();
    assert_eq!(open.get("ClosedDate").unwrap().to::<Option<Timestamp>>().unwrap(), None);
    let error = made.get("Name").unwrap().to::<Timestamp>().unwrap_err();
    assert!(*error.kind() == ErrorKind::Value && error.to_string().contains("a point in time"), "{error}");

    let filter =
        attr("TargetDate").ge(day).and(attr("LastUpdateDate").gt(time)).and(attr("CreationDate").lt(&zoned));
    let text = r#"(((TargetDate >= "2026-05-18") AND (LastUpdateDate > "2026-05-18T10:30:00.250Z")) AND (CreationDate < "2026-05-18T23:00:00.000Z"))"#;
    assert_eq!(filter.to_string(), text);
    sandbox.clear_requests();
    rally.query("Milestone").filter(filter).count().unwrap();
    assert_eq!(sandbox.requests()[0].param("query"), Some(text));
    let before = "2026-04-20T11:59:59Z".parse::<Timestamp>().unwrap();
    let newer = rally.query("Milestone").fetch("Name").filter(attr("LastUpdateDate").gt(before));
    assert_eq!(newer.all().unwrap(), [made]);
}

#[test]
fn all_forms_of_a_date_are_read() {
    let time = |text: &str| Timestamp::from_json(&json!(text));
    let day = |text: &str| Date::from_json(&json!(text));
    let (point, on) = (Timestamp::from_second(1_775_833_200).unwrap(), date("2026-04-10"));
    for text in [
        "2026-04-10T15:00:00.000Z",
        "2026-04-10T15:00:00Z",
        "2026-04-10T15:00Z",
        "2026-04-10T15:00:00+0000",
        "2026-04-10T15:00:00.000+00:00",
        "2026-04-10T17:00:00.0+02:00",
        "2026-04-10T09:00:00-0600",
    ] {
        assert_eq!((time(text), day(text)), (Some(point), Some(on)), "{text}");
        // As the server writes it, and parsed again.
        assert_eq!(time(&format!("{point:.3}")), Some(point));
    }
    // A day is not a point in time.
    assert_eq!((time("2026-04-10"), day("2026-04-10")), (None, Some(on)));
    // The day as it is written, whatever the offset.
    assert_eq!(day("2026-04-10T23:00:00.000-06:00"), Some(on));
    assert_eq!(day("9999-12-31T23:59:59.000Z"), Some(date("9999-12-31")));
    for text in [
        "",
        "Apr 10",
        "20260410",
        "2026-4-10",
        "2026-02-29",
        "2026-13-01",
        "２０２６-04-10",
        "2026-04-10 15:00",
    ] {
        assert_eq!((time(text), day(text)), (None, None), "{text}");
    }
    for text in
        ["2026-04-10T15:00:00", "2026-04-10T24:00:00Z", "2026-04-10T15:00:00.Z", "2026-04-10T15:00:00+2:00"]
    {
        assert_eq!(time(text), None, "{text}");
    }
    assert_eq!((Date::from_json(&json!(20260410)), Timestamp::from_json(&json!(null))), (None, None));
}

#[test]
fn the_last_days_of_the_calendar_are_written_too() {
    let (_sandbox, rally) = sandbox();
    let sent = |text: &str| {
        let preview = rally.preview(Mutation::create("Milestone", json!({ "TargetDate": text })));
        preview.map(|p| p.body().unwrap()["milestone"]["TargetDate"].as_str().unwrap().to_owned())
    };
    assert_eq!(sent("9999-12-31T23:59:59Z").unwrap(), "9999-12-31T23:59:59.000Z");
    assert_eq!(sent("9999-12-31").unwrap(), "9999-12-31");
    assert_eq!(sent("2026-04-10T17:00:00+0200").unwrap(), "2026-04-10T15:00:00.000Z");
    for text in ["20260410", "2026-04-10Z", "2026-04-10T15:00:00", "2026-04-10T15:00:00+02:00Z", "2026-13-10"]
    {
        assert_eq!(sent(text).unwrap_err().kind(), &ErrorKind::Input, "{text}");
    }
}

#[test]
fn a_sprint_ends_on_the_day_that_people_in_the_workspace_name() {
    let (sandbox, rally) = sandbox();
    set_zone(&rally, &sandbox, 41, "America/Denver");
    let sprint = json!({"Name": "Sprint 8", "State": "Planning", "Project": "/project/101",
        "StartDate": "2025-04-01T06:00:00.000Z", "EndDate": "2025-04-14T05:59:59.000Z"});
    let sprint = rally.create("Iteration", sprint).unwrap();
    sandbox.clear_requests();
    let rally = rally.in_workspace("/workspace/10");
    let zone = rally.time_zone().unwrap();
    assert_eq!(asked(&sandbox), ["GET /workspace/10 WorkspaceConfiguration,TimeZone"]);
    let end = sprint.get("EndDate").unwrap();
    assert_eq!(end.date_in(&zone).unwrap(), date("2025-04-13"));
    assert_eq!(sprint.get("StartDate").unwrap().date_in(&zone).unwrap(), date("2025-04-01"));
    assert_eq!(end.date().unwrap(), date("2025-04-14"), "the day in UTC");

    // Cached per workspace, for all handles.
    assert_eq!(rally.in_project("Shop").time_zone().unwrap(), zone);
    assert_eq!(rally.clone().in_workspace(10).time_zone().unwrap(), zone);
    assert!(asked(&sandbox).is_empty());
    assert_eq!(rally.in_workspace("/workspace/11").time_zone().unwrap().iana_name(), Some("Europe/Berlin"));
    assert_eq!(asked(&sandbox), ["GET /workspace/11 WorkspaceConfiguration,TimeZone"]);
    set_zone(&rally, &sandbox, 41, "America/New_York");
    assert_eq!(rally.time_zone().unwrap(), zone);
    rally.forget();
    assert_eq!(rally.time_zone().unwrap().iana_name(), Some("America/New_York"));
    assert_eq!(asked(&sandbox), ["GET /workspace/10 WorkspaceConfiguration,TimeZone"]);

    let error = sprint.get("Name").unwrap().date_in(&zone).unwrap_err();
    assert!(*error.kind() == ErrorKind::Value && error.to_string().contains("not a date"), "{error}");
    let error = rally.find("DE1").unwrap().get("ClosedDate").unwrap().date_in(&zone).unwrap_err();
    assert!(*error.kind() == ErrorKind::Value && error.to_string().contains("is null"), "{error}");
}

#[test]
fn without_a_workspace_the_users_own_has_the_zone() {
    let (sandbox, rally) = sandbox();
    assert_eq!(rally.time_zone().unwrap().iana_name(), Some("America/New_York"));
    let own = "GET /user UserName,DisplayName,UserProfile,DefaultWorkspace,DefaultProject,Workspace";
    assert_eq!(asked(&sandbox), [own, "GET /workspace/10 WorkspaceConfiguration,TimeZone"]);
}

#[test]
fn an_unknown_zone_is_an_error_that_names_it() {
    let (sandbox, rally) = sandbox();
    let rally = rally.in_workspace("/workspace/10");
    for (zone, words) in [
        ("Mars/Olympus", "the time zone of /workspace/10 is `Mars/Olympus`, which this system does not know"),
        ("../../etc/passwd", "`../../etc/passwd`"),
    ] {
        set_zone(&rally, &sandbox, 41, zone);
        let error = rally.time_zone().unwrap_err();
        assert!(*error.kind() == ErrorKind::Value && error.to_string().contains(words), "{error}");
        assert_eq!(asked(&sandbox).len(), 1);
    }
    // The failure is not cached.
    set_zone(&rally, &sandbox, 41, "America/Denver");
    assert_eq!(rally.time_zone().unwrap().iana_name(), Some("America/Denver"));
}

#[test]
fn a_configuration_that_comes_as_a_reference_is_read_by_itself() {
    for (zone, found) in [(json!("America/Denver"), Some("America/Denver")), (json!(null), None)] {
        let mut server = Server::new();
        let configuration = json!({"_ref": "/workspaceconfiguration/41", "_type": "WorkspaceConfiguration"});
        let workspace =
            json!({"Workspace": {"_ref": "/workspace/10", "WorkspaceConfiguration": configuration}});
        let whole =
            json!({"WorkspaceConfiguration": {"_ref": "/workspaceconfiguration/41", "TimeZone": zone}});
        let mut answer = |path: &str, query: Matcher, body: &serde_json::Value| {
            let path = format!("/slm/webservice/v2.0{path}");
            server
                .mock("GET", path.as_str())
                .match_query(query)
                .with_body(body.to_string())
                .expect(1)
                .create()
        };
        let fetch = Matcher::UrlEncoded("fetch".into(), "WorkspaceConfiguration,TimeZone".into());
        let asked = [
            answer("/workspace/10", fetch, &workspace),
            answer("/workspaceconfiguration/41", Matcher::Any, &whole),
        ];
        let config = Config::builder().server(server.url()).api_key("_k").workspace("10").build().unwrap();
        let zone = Rally::new(config).unwrap().time_zone();
        asked.iter().for_each(|mock| mock.assert());
        match found {
            Some(name) => assert_eq!(zone.unwrap().iana_name(), Some(name)),
            None => {
                let error = zone.unwrap_err();
                let words = "the time zone of /workspace/10 is not shown to these credentials";
                assert!(*error.kind() == ErrorKind::Value && error.to_string().contains(words), "{error}");
            }
        }
    }
}

#[test]
fn days_turn_at_the_workspaces_midnight_in_winter_and_in_summer() {
    let (_sandbox, rally) = sandbox();
    let denver = TimeZone::get("America/Denver").unwrap();
    for (time, day) in [
        // The clock goes forward on 8 March 2026 and back on 1 November.
        ("2026-03-08T06:59:59.999Z", "2026-03-07"),
        ("2026-03-08T07:00:00.000Z", "2026-03-08"),
        ("2026-03-08T09:30:00.000Z", "2026-03-08"),
        ("2026-03-09T05:59:59.999Z", "2026-03-08"),
        ("2026-03-09T06:00:00.000Z", "2026-03-09"),
        ("2026-11-01T05:59:59.999Z", "2026-10-31"),
        ("2026-11-01T06:00:00.000Z", "2026-11-01"),
        ("2026-11-02T06:59:59.999Z", "2026-11-01"),
        ("2026-11-02T07:00:00.000Z", "2026-11-02"),
    ] {
        let made: Result<Entity> = rally.create("Milestone", json!({"Name": time, "TargetDate": time}));
        let made = made.unwrap();
        let target = made.get("TargetDate").unwrap();
        assert_eq!(target.date_in(&denver).unwrap(), date(day), "{time}");
        assert_eq!(format!("{:.3}", target.timestamp().unwrap()), time);
    }
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct Story {
    creation_date: Timestamp,
    in_progress_date: Option<Timestamp>,
    #[serde(deserialize_with = "rally_wsapi::as_field")]
    accepted_date: Option<Date>,
    #[serde(deserialize_with = "rally_wsapi::as_field")]
    last_update_date: Date,
    owner: Option<Ref>,
    #[serde(rename = "_ref")]
    reference: Ref,
}

#[test]
fn typed_rows_hold_times_days_and_references() {
    let (sandbox, rally) = sandbox();
    let stories = rally.query("Story").filter(attr("FormattedID").eq("US1"));
    let row = stories.typed::<Story>().next().unwrap().unwrap();
    let requests = sandbox.requests();
    assert_eq!((requests.len(), requests[0].path.as_str()), (1, "/hierarchicalrequirement"));
    assert_eq!(
        requests[0].param("fetch"),
        Some("CreationDate,InProgressDate,AcceptedDate,LastUpdateDate,Owner")
    );
    let whole = rally.find("US1").unwrap();
    assert_eq!(whole.deserialize::<Story>().unwrap(), row);
    assert_eq!(row.accepted_date, Some(date("2026-04-10")));
    assert_eq!(row.creation_date, whole.get("CreationDate").unwrap().timestamp().unwrap());
    assert_eq!(row.last_update_date, whole.get("LastUpdateDate").unwrap().date().unwrap());
    assert_eq!(
        (row.owner, row.reference.object_id()),
        (Some(Ref::new("User", 21).unwrap()), whole.object_id())
    );
    let error = serde_json::from_value::<Ref>(json!({"_refObjectName": "Ann"})).unwrap_err();
    assert!(error.to_string().contains("_ref"), "{error}");
    for wrong in [json!("Ann"), json!(7), json!({"_ref": "null"})] {
        assert!(serde_json::from_value::<Ref>(wrong.clone()).is_err(), "{wrong}");
    }
    #[derive(Deserialize, Debug)]
    struct Row {
        #[serde(rename = "Name", deserialize_with = "rally_wsapi::as_field")]
        _name: Date,
    }
    let error = whole.deserialize::<Row>().unwrap_err();
    assert!(*error.kind() == ErrorKind::Value && error.to_string().contains("is not a date"), "{error}");
}

#[test]
fn a_field_is_a_value_to_write() {
    let (sandbox, rally) = sandbox();
    let story = rally.find("US1").unwrap();
    sandbox.clear_requests();
    let fields =
        json!({"Owner": story.get("Owner").unwrap(), "TargetDate": story.get("AcceptedDate").unwrap()});
    rally.update("Defect", 701, fields).unwrap();
    let written = sandbox.requests().last().unwrap().json().unwrap();
    assert_eq!(written, json!({"defect": {"Owner": "/user/21", "TargetDate": "2026-04-10T15:00:00.000Z"}}));
}

#[test]
fn a_text_that_is_no_date_is_an_error_of_input() {
    fn parsed() -> Result<Date> {
        Ok("18.5.2026".parse()?)
    }
    assert_eq!(parsed().unwrap_err().kind(), &ErrorKind::Input);
}
