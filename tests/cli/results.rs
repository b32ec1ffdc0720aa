//! `rally results`: results of test cases from the reports of a build tool.

use crate::run::Desk;
use rally_wsapi::sandbox::Fault;
use serde_json::{Value, json};

const REPORT: &str = r#"<?xml version="1.0"?>
<testsuites>
  <testsuite name="pay" tests="5">
    <testcase classname="pay" name="TC1 pays one euro" time="0.5"/>
    <testcase classname="pay" name="TC1 pays twice" time="0.25"><failure message="no beep">at &lt;pay&gt;:7</failure></testcase>
    <testcase classname="pay" name="test_tc2_below_zero"><error message="boom"/></testcase>
    <testcase classname="pay" name="TC3 never run"><skipped/></testcase>
    <testcase classname="pay" name="helper" time="1"/>
  </testsuite>
</testsuites>"#;

const DATE: [&str; 2] = ["--date", "2026-04-21T09:30:00Z"];

/// The results sent since the last call, and the number of requests.
fn sent(desk: &Desk) -> (usize, Vec<Value>) {
    let writes: Vec<Value> =
        desk.requests().iter().filter(|r| r.method == "POST").filter_map(|r| r.json()).collect();
    let items = |body: &Value| match body["Batch"].as_array() {
        Some(items) => items.iter().map(|item| item["Entry"]["Body"]["testcaseresult"].clone()).collect(),
        None => vec![body["testcaseresult"].clone()],
    };
    (writes.len(), writes.iter().flat_map(items).collect())
}

#[test]
fn a_report_becomes_a_result_a_test_case() {
    let desk = Desk::new();
    desk.folder.file("junit.xml", REPORT);
    let run = desk.rally(
        &[&["results", "junit.xml", "--build", "1.4.2", "--test-set", "TS1", "--tester", "@me"][..], &DATE]
            .concat(),
    );
    assert_eq!(
        (run.code, run.out.as_str()),
        (0, "recorded TC1 Fail of 2 tests\nrecorded TC2 Error of 1 test\n")
    );
    assert_eq!(run.err, "rally: 1 test names no test case: pay.helper\n");
    let asked = desk.sandbox.requests().iter().filter(|r| r.path == "/testcase").count();
    let (requests, results) = sent(&desk);
    assert_eq!((asked, requests), (1, 1));
    let first = json!({"TestCase": "/testcase/911", "Build": "1.4.2", "Verdict": "Fail", "Duration": 0.75,
        "Date": "2026-04-21T09:30:00.000Z", "TestSet": "/testset/941", "Tester": "/user/21",
        "Notes": "pay.TC1 pays twice<br/>no beep<br/>at &lt;pay&gt;:7"});
    assert_eq!(results[0], first);
    assert_eq!(
        (&results[1]["Verdict"], &results[1]["Notes"]),
        (&json!("Error"), &json!("pay.test_tc2_below_zero<br/>boom"))
    );
    let verdict = desk.rally(&["get", "TC2", "--fetch", "LastVerdict", "--format", "csv"]);
    assert_eq!(verdict.good(), "LastVerdict\nError\n");
}

#[test]
fn each_test_and_skipped_ones_on_demand() {
    let desk = Desk::new();
    desk.folder.file("junit.xml", REPORT);
    desk.folder.file("map.csv", "test,test case\npay.helper,TC3\n");
    let command = ["results", "junit.xml", "--build", "7", "--each", "--skipped", "--map", "map.csv"];
    let run = desk.rally(&[&command[..], &DATE, &["--format", "csv"]].concat());
    let rows = "TestCase,Verdict,Tests,Duration,Build,Result\nTC1,Pass,1,0.5,7,recorded\nTC1,Fail,1,0.25,7,recorded\n\
                TC2,Error,1,,7,recorded\nTC3,Inconclusive,1,,7,recorded\nTC3,Pass,1,1.0,7,recorded\n";
    assert_eq!(run.good(), rows);
    assert_eq!(sent(&desk).1.len(), 5);

    let run = desk.rally(&["results", "junit.xml", "--build", "7", "--dry-run"]);
    assert_eq!(run.out, "to record TC1 Fail of 2 tests\nto record TC2 Error of 1 test\n");
    assert_eq!(sent(&desk).0, 0);

    desk.folder.file("map.csv", "pay.helper,TC3\nrenamed,TC1\ngone,TC2\n");
    let run = desk.rally(&["results", "junit.xml", "--build", "7", "--dry-run", "--map", "map.csv"]);
    assert!(run.err.contains("no report has a test that --map names: gone, renamed\n"), "{}", run.err);
}

#[test]
fn a_test_case_that_is_not_there_keeps_no_other_result_back() {
    let desk = Desk::new();
    desk.folder.file(
        "a.xml",
        "<testsuite><testcase name='TC99 a'/><testcase name='TC1 b'/><testcase name='TC99 c'/></testsuite>",
    );
    let run = desk.rally(&[&["results", "a.xml", "--build", "7"][..], &DATE].concat());
    assert_eq!((run.code, run.out.as_str()), (4, "recorded TC1 Pass of 1 test\n"));
    assert_eq!(run.err, "rally: no test case TC99 is there; it is named by TC99 a, TC99 c\n");
    desk.sandbox.fail(Fault::at("/testcaseresult/create").errors(["Not authorized"]));
    let run = desk.rally(&[&["results", "a.xml", "--build", "7"][..], &DATE].concat());
    assert_eq!(run.code, 3, "{}", run.err);
    assert!(run.err.contains("rally: TC1: POST /testcaseresult/create: the server says"), "{}", run.err);
}

#[test]
fn nothing_is_sent_of_what_is_not_right() {
    let desk = Desk::new();
    desk.folder.file("good.xml", REPORT);
    desk.folder.file("cut.xml", "<testsuite><testcase name='TC1'>");
    desk.folder.file("bomb.xml", "<!DOCTYPE t [<!ENTITY a 'x'>]><testsuite/>");
    desk.folder.file("page.xml", "<html/>");
    desk.folder.file("bad.csv", "a,TC1\nb,nothing\n");
    for (files, said) in [
        (&["good.xml", "cut.xml"][..], "cut.xml is not a JUnit report: "),
        (&["bomb.xml"], "bomb.xml is not a JUnit report: "),
        (&["page.xml"], "its root is <html>"),
        (&["gone.xml"], "gone.xml cannot be read"),
        (&["good.xml", "--map", "bad.csv"], "bad.csv, line 2: `nothing` is not the FormattedID"),
        (&["good.xml", "--date", "yesterday"], "takes a date"),
    ] {
        let run = desk.rally(&[&["results", "--build", "7"], files].concat());
        assert!(run.code == 2 && run.err.contains(said), "{files:?} {run:?}");
    }
    for (more, code) in [(["--test-set", "TS99"], 3), (["--tester", "nobody"], 3)] {
        let run = desk.rally(&[&["results", "good.xml", "--build", "7"], &more[..]].concat());
        assert!(run.code == code && run.err.contains(more[1]), "{run:?}");
    }
    desk.rally(&["results", "good.xml"]).bad(2);
    desk.folder.file("none.xml", "<testsuites/>");
    let run = desk.rally(&["results", "none.xml", "--build", "7"]);
    assert_eq!((run.code, run.out.as_str()), (0, ""));
    assert!(run.err.contains("no test was run"), "{}", run.err);
    for (name, code, said) in [("pays", 3, "no test names a test case"), ("TC1 pays", 0, "no test was run")] {
        let report = format!("<testsuite><testcase name=\"{name}\"><skipped/></testcase></testsuite>");
        desk.folder.file("skipped.xml", report);
        let run = desk.rally(&["results", "skipped.xml", "--build", "7"]);
        assert!(run.code == code && run.err.contains(said), "{run:?}");
    }
    assert_eq!(sent(&desk).0, 0);
}

#[test]
fn a_build_without_a_name_is_a_mistake() {
    let desk = Desk::new();
    desk.folder.file("ok.xml", REPORT);
    for build in ["", "  "] {
        let run = desk.rally(&["results", "ok.xml", "--build", build]);
        assert!(run.bad(2).contains("--build is blank; name the build"), "{}", run.err);
    }
    assert_eq!(sent(&desk).0, 0);
}

#[test]
fn a_time_that_is_no_time_is_told_and_left_out() {
    let desk = Desk::new();
    for time in ["abc", "-4", "NaN", "1e400", "inf"] {
        let report = format!(
            "<testsuite><testcase name='TC1 a' time='{time}'/><testcase name='TC2 b' time='2'/></testsuite>"
        );
        desk.folder.file("odd.xml", report);
        let run = desk.rally(&[&["results", "odd.xml", "--build", "7"][..], &DATE].concat());
        assert_eq!(run.code, 0, "{}", run.err);
        assert_eq!(
            run.err,
            format!("rally: 1 time is not taken, not being a number of seconds: TC1 a (`{time}`)\n")
        );
        let results = sent(&desk).1;
        assert_eq!((&results[0]["Duration"], &results[1]["Duration"]), (&Value::Null, &json!(2.0)));
    }
}
