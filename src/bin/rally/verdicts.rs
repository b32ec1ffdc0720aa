//! From tests to verdicts of test cases.

use crate::failure::Failure;
use crate::files;
use crate::junit::{Outcome, Test};
use crate::records::records;
use crate::text::counted;
use rally_wsapi::Id;
use regex::Regex;
use std::collections::HashMap;
use std::path::Path;

/// So much of each failure goes into the notes.
const LONGEST: usize = 1_000;
/// The most failures that are noted; the rest is counted.
const MOST: usize = 20;

/// What one result says.
#[derive(Debug, PartialEq)]
pub(crate) struct Verdict {
    /// The test case's FormattedID.
    pub(crate) case: String,
    pub(crate) outcome: Outcome,
    /// In seconds, all tests together.
    pub(crate) duration: Option<f64>,
    pub(crate) tests: Vec<String>,
    /// Of tests that did not pass: the name, and why.
    failures: Vec<(String, String)>,
}

impl Verdict {
    pub(crate) fn word(&self) -> &'static str {
        match self.outcome {
            Outcome::Skipped => "Inconclusive",
            Outcome::Passed => "Pass",
            Outcome::Failed => "Fail",
            Outcome::Broken => "Error",
        }
    }

    /// The failures as rich text, which the field holds: marks of HTML stand for themselves.
    pub(crate) fn notes(&self) -> String {
        let mut parts: Vec<String> = Vec::new();
        for (name, detail) in self.failures.iter().take(MOST) {
            let detail: String = match detail.char_indices().nth(LONGEST) {
                Some((end, _)) => format!("{}..", detail.get(..end).unwrap_or_default()),
                None => detail.clone(),
            };
            let text = if detail.is_empty() { name.clone() } else { format!("{name}\n{detail}") };
            let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            parts.push(text.replace("\r\n", "\n").replace('\n', "<br/>"));
        }
        if let Some(more @ 1..) = self.failures.len().checked_sub(MOST) {
            parts.push(format!("and {more} more"));
        }
        parts.join("<br/><br/>")
    }
}

/// The test cases of a test: by the mapping, else by its name, else by its class.
pub(crate) fn cases(test: &Test, mapping: &HashMap<String, Vec<String>>) -> Vec<String> {
    let mapped = [test.full_name(), test.name.clone()].into_iter().find_map(|name| mapping.get(&name));
    if let Some(cases) = mapped {
        return cases.clone();
    }
    let named = named_in(&test.name);
    if named.is_empty() { named_in(&test.class) } else { named }
}

/// `TC12` between characters other than letters and digits, as in `test_tc12_pays`; each once.
fn named_in(text: &str) -> Vec<String> {
    let Ok(id) = Regex::new("(?i)TC([0-9]{1,18})") else { return Vec::new() };
    let mut cases: Vec<String> = Vec::new();
    for found in id.captures_iter(text) {
        let (Some(whole), Some(number)) = (found.get(0), found.get(1)) else { continue };
        let (before, after) = (text.get(..whole.start()), text.get(whole.end()..));
        let is_whole = !before.unwrap_or_default().ends_with(char::is_alphanumeric)
            && !after.unwrap_or_default().starts_with(char::is_alphanumeric);
        let case = format!("TC{}", number.as_str());
        if is_whole && !cases.contains(&case) {
            cases.push(case);
        }
    }
    cases
}

/// One result a test case, the worst verdict of its tests; or one a test. Skipped tests count where they are wanted, and
/// then where no other test of the test case was run.
pub(crate) fn merged(tests: &[(Test, Vec<String>)], each: bool, skipped: bool) -> Vec<Verdict> {
    let mut verdicts: Vec<Verdict> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (test, cases) in tests.iter().filter(|(test, _)| skipped || test.outcome != Outcome::Skipped) {
        for case in cases {
            let place = match places.get(case.as_str()).filter(|_| !each) {
                Some(place) => *place,
                None => {
                    places.insert(case, verdicts.len());
                    verdicts.push(Verdict {
                        case: case.clone(),
                        outcome: test.outcome,
                        duration: None,
                        tests: Vec::new(),
                        failures: Vec::new(),
                    });
                    verdicts.len().saturating_sub(1)
                }
            };
            let Some(verdict) = verdicts.get_mut(place) else { continue };
            verdict.outcome = verdict.outcome.max(test.outcome);
            verdict.tests.push(test.full_name());
            if let Some(time) = test.time {
                // To the millisecond: sums of fractions have a long tail.
                let sum = verdict.duration.unwrap_or_default() + time;
                verdict.duration = Some((sum * 1_000.0).round() / 1_000.0);
            }
            if test.outcome != Outcome::Passed {
                verdict.failures.push((test.full_name(), test.detail.clone()));
            }
        }
    }
    verdicts
}

/// Which test is of which test cases. Its first line may name the columns.
pub(crate) fn mapping(path: &Path) -> Result<HashMap<String, Vec<String>>, Failure> {
    let place = path.display();
    let text = files::text(path)?;
    pairs(&text).map_err(|text| Failure::usage(format!("{place}, {text}")))
}

fn pairs(text: &str) -> Result<HashMap<String, Vec<String>>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut mapping: HashMap<String, Vec<String>> = HashMap::new();
    for (at, (line, cells)) in records(text)?.into_iter().enumerate() {
        let cells: Vec<&str> = cells.iter().map(|cell| cell.trim()).collect();
        let [test, case] = cells.as_slice() else {
            return Err(format!(
                "line {line}: {}; a line is `test,TC12`",
                counted(cells.len() as u64, "cell")
            ));
        };
        match case.parse() {
            Ok(Id::FormattedId(case)) if !test.is_empty() => {
                mapping.entry((*test).to_owned()).or_default().push(case);
            }
            _ if at == 0 => {}
            _ => return Err(format!("line {line}: `{case}` is not the FormattedID of a test case, as TC12")),
        }
    }
    Ok(mapping)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(name: &str, outcome: Outcome, time: Option<f64>) -> Test {
        Test {
            class: "c".to_owned(),
            name: name.to_owned(),
            outcome,
            time,
            odd_time: None,
            detail: format!("why {name} <x>"),
        }
    }

    #[test]
    fn test_cases_are_words_in_names() {
        for (text, wanted) in [
            ("TC12 pays", &["TC12"][..]),
            ("test_tc12_pays[TC7]", &["TC12", "TC7"]),
            ("(TC1,TC2,TC1)", &["TC1", "TC2"]),
            ("TC1TC2", &[]),
            ("aTC12 TC12b TC TC-3 ATC9 ÄTC9", &[]),
            ("pays::TC012", &["TC012"]),
            ("TC99999999999999999999999", &[]),
        ] {
            assert_eq!(named_in(text), wanted, "{text}");
        }
        let mapping = pairs("test,test case\nc.one,TC5\n\"one, two\",TC6\none,TC7\nc.one,TC8\n").unwrap();
        let of = |name: &str| cases(&test(name, Outcome::Passed, None), &mapping);
        assert_eq!(
            (of("one"), of("one, two"), of("TC1")),
            (vec!["TC5".into(), "TC8".into()], vec!["TC6".into()], vec!["TC1".into()])
        );
        let by_class = Test { class: "suite.TC3".to_owned(), ..test("x", Outcome::Passed, None) };
        assert_eq!(cases(&by_class, &mapping), ["TC3"]);
        assert_eq!(
            pairs("a,TC1\nb,x\n").unwrap_err(),
            "line 2: `x` is not the FormattedID of a test case, as TC12"
        );
        assert!(pairs("a,TC1\nb\n").unwrap_err().starts_with("line 2: 1 cell;"));
    }

    #[test]
    fn tests_of_a_test_case_are_merged_to_the_worst() {
        let of = |case: &str| vec![case.to_owned()];
        let tests = vec![
            (test("a", Outcome::Passed, Some(0.1)), of("TC1")),
            (test("b", Outcome::Failed, Some(0.2)), of("TC1")),
            (test("c", Outcome::Skipped, None), of("TC1")),
            (test("d", Outcome::Skipped, Some(0.0)), of("TC2")),
            (test("e", Outcome::Broken, None), vec!["TC3".to_owned(), "TC1".to_owned()]),
            (test("f", Outcome::Passed, None), Vec::new()),
        ];
        let told = |each: bool, skipped: bool| -> Vec<String> {
            let all = merged(&tests, each, skipped);
            all.iter()
                .map(|one| format!("{} {} {:?} {}", one.case, one.word(), one.duration, one.tests.len()))
                .collect()
        };
        assert_eq!(told(false, false), ["TC1 Error Some(0.3) 3", "TC3 Error None 1"]);
        assert_eq!(
            told(false, true),
            ["TC1 Error Some(0.3) 4", "TC2 Inconclusive Some(0.0) 1", "TC3 Error None 1"]
        );
        assert_eq!(told(true, false).len(), 4);
        let merged = merged(&tests, false, false);
        assert_eq!(merged[0].notes(), "c.b<br/>why b &lt;x&gt;<br/><br/>c.e<br/>why e &lt;x&gt;");
        let long = Verdict {
            failures: vec![("é".repeat(9), "é\n".repeat(2_000)); 30],
            ..merged.into_iter().next().unwrap()
        };
        assert!(long.notes().ends_with("<br/><br/>and 10 more"));
    }
}
