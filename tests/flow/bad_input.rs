use rally_wsapi::flow::{Calendar, Flow, Period};
use rally_wsapi::lookback::Snapshot;
use rally_wsapi::{ErrorKind, Timestamp};
use serde_json::{Value, json};

fn snapshot(fields: Value) -> Snapshot {
    let mut whole =
        json!({"ObjectID": 1, "_ValidFrom": "2026-03-02T09:00:00Z", "_ValidTo": "9999-01-01T00:00:00Z"});
    whole.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    Snapshot::from_json(whole).unwrap()
}

fn now() -> Timestamp {
    "2026-03-09T09:00:00Z".parse().unwrap()
}

#[test]
fn snapshots_that_cannot_be_counted_are_errors() {
    let whole = || Flow::of("ScheduleState").estimate("PlanEstimate").blocked("Blocked").timebox("Iteration");
    for (fields, part) in [
        (
            json!({"ScheduleState": 23021656838i64}),
            "is the number 23021656838, not a state; hydrate `ScheduleState`",
        ),
        (json!({"ScheduleState": ["Defined"]}), "is a list, not a state"),
        (json!({"ScheduleState": {"ObjectID": 7}}), "is an object without a `Name`"),
        (
            json!({"ScheduleState": "Groomed"}),
            "the state `Groomed` is unknown; give the order of all states; the snapshots have Groomed",
        ),
        (json!({"ScheduleState": "Complete"}), "nearest: Completed"),
        (json!({"SchedulState": "Defined"}), "the field `ScheduleState` is unknown; nearest: SchedulState"),
        (json!({"ScheduleState": "Defined", "PlanEstimate": "3"}), "is `\"3\"`, not a number"),
        (json!({"ScheduleState": "Defined", "Blocked": "true"}), "not true or false"),
        (json!({"ScheduleState": "Defined", "Iteration": "Sprint 7"}), "not an `ObjectID`"),
        (
            json!({"ScheduleState": "Defined", "PlanEstimat": 3}),
            "the field `PlanEstimate` is unknown; nearest",
        ),
    ] {
        let error = whole().read([snapshot(fields.clone())], now()).unwrap_err().to_string();
        assert!(error.contains(part), "{fields}: {error}");
    }
    let twice = Flow::of("State").states(["Open", "Open"]).read([snapshot(json!({"State": "Open"}))], now());
    assert!(twice.unwrap_err().to_string().contains("`Open` twice"));
}

#[test]
fn arguments_that_make_no_sense_are_errors() {
    let utc = Calendar::always("UTC").unwrap();
    let flow =
        Flow::of("ScheduleState").read([snapshot(json!({"ScheduleState": "Defined"}))], now()).unwrap();
    let unknown = flow.cycle_time("In Progress".."Accepted", &utc).unwrap_err();
    let ErrorKind::UnknownName(name) = unknown.kind() else { panic!("{unknown}") };
    assert_eq!(name.nearest, ["In-Progress"]);
    for (error, part) in [
        (
            flow.cycle_time("Accepted".."Defined", &utc).unwrap_err(),
            "`Defined` does not come after `Accepted`",
        ),
        (flow.aging("Defined".."Defined", &utc).unwrap_err(), "does not come after"),
        (flow.blocked_time(&utc).unwrap_err(), "does not say what was blocked"),
        (flow.in_timebox(77).unwrap_err(), "has no timeboxes"),
        (flow.cumulative("2026-03-05".."2026-03-02", Period::Day, &utc).unwrap_err(), "run backwards"),
        (flow.cumulative("2026-03-10".."2026-03-12", Period::Day, &utc).unwrap_err(), "the history ends at"),
        (flow.throughput("Done", .., Period::Day, &utc).unwrap_err(), "the state `Done` is unknown"),
        (
            flow.burn("Accepted", "2026-03-02".."9999-03-02", Period::Day, &utc).unwrap_err(),
            "more than 100000 days",
        ),
    ] {
        assert!(error.to_string().contains(part), "{error}");
    }
    let column = Flow::of("c_Column").read([snapshot(json!({"c_Column": "Doing"}))], now()).unwrap();
    let error = column.lead_time("Doing", &utc).unwrap_err().to_string();
    assert!(error.contains("the order of the states is not known; the snapshots have Doing"), "{error}");
    let boxed = Flow::of("ScheduleState").timebox("Iteration");
    let inside = json!({"ScheduleState": "Defined", "Iteration": {"ObjectID": 77, "Name": "Sprint 7"}});
    let error = boxed.read([snapshot(inside)], now()).unwrap().in_timebox("Sprnt 7").unwrap_err().to_string();
    assert!(error.contains("the timebox `Sprnt 7` is unknown; nearest: Sprint 7"), "{error}");
}

#[test]
fn the_first_error_of_the_snapshots_ends_the_reading() {
    let lines = "{\"ObjectID\": 1}\n";
    let error = Flow::of("ScheduleState").read(rally_wsapi::flow::read_json_lines(lines.as_bytes()), now());
    assert!(error.unwrap_err().to_string().starts_with("line 1: a snapshot lacks the time `_ValidFrom`"));
}
