//! Reports of tests as JUnit XML: what each test came to.

use crate::failure::Failure;
use crate::files;
use crate::text::one_line;
use roxmltree::{Document, Node};
use std::path::Path;

/// More seconds than any test takes.
const TOO_LONG: f64 = 1e12;

/// What a test came to, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    Skipped,
    Passed,
    Failed,
    /// It broke before it could tell.
    Broken,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Test {
    pub(crate) class: String,
    pub(crate) name: String,
    pub(crate) outcome: Outcome,
    /// In seconds.
    pub(crate) time: Option<f64>,
    /// What stands in place of a time.
    pub(crate) odd_time: Option<String>,
    /// The failure's message and text.
    pub(crate) detail: String,
}

impl Test {
    /// As messages and mapping files name it.
    pub(crate) fn full_name(&self) -> String {
        if self.class.is_empty() { self.name.clone() } else { format!("{}.{}", self.class, self.name) }
    }
}

/// The tests of a report, in its order.
pub(crate) fn read(path: &Path) -> Result<Vec<Test>, Failure> {
    let place = path.display();
    let bytes = files::read(path)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::usage(format!("{place} is not UTF-8, the one encoding that is read")))?;
    parse(&text).map_err(|e| Failure::usage(format!("{place} is not a JUnit report: {}", one_line(&e))))
}

fn parse(text: &str) -> Result<Vec<Test>, String> {
    // A document type, which could define entities without end, is refused.
    let document =
        Document::parse(text.strip_prefix('\u{feff}').unwrap_or(text)).map_err(|e| e.to_string())?;
    let root = document.root_element().tag_name().name();
    if !["testsuites", "testsuite"].contains(&root) {
        return Err(format!("its root is <{root}>, not <testsuites> or <testsuite>"));
    }
    let is_test = |node: &Node<'_, '_>| node.is_element() && node.tag_name().name() == "testcase";
    Ok(document.descendants().filter(is_test).map(test).collect())
}

fn test(node: Node<'_, '_>) -> Test {
    let attribute = |name: &str| node.attribute(name).unwrap_or_default().trim().to_owned();
    let mut found = (Outcome::Passed, String::new());
    for child in node.children().filter(Node::is_element) {
        let outcome = match child.tag_name().name() {
            "failure" => Outcome::Failed,
            "error" => Outcome::Broken,
            "skipped" => Outcome::Skipped,
            _ => continue,
        };
        if found.0 == Outcome::Passed || outcome > found.0 {
            found = (outcome, detail(child));
        }
    }
    let is_off = |status: &str| ["skipped", "disabled", "notrun"].contains(&status.to_lowercase().as_str());
    if found.0 == Outcome::Passed && node.attribute("status").is_some_and(is_off) {
        found.0 = Outcome::Skipped;
    }
    // Some tools separate thousands.
    let written = attribute("time");
    let time = written.replace(',', "").parse::<f64>().ok().filter(|time| (0.0..TOO_LONG).contains(time));
    Test {
        class: attribute("classname"),
        name: attribute("name"),
        outcome: found.0,
        time,
        odd_time: (time.is_none() && !written.is_empty()).then_some(written),
        detail: found.1,
    }
}

/// The message, and the text below it unless that begins with the message.
fn detail(node: Node<'_, '_>) -> String {
    let text: String = node.descendants().filter(Node::is_text).filter_map(|n| n.text()).collect();
    let (message, text) = (node.attribute("message").unwrap_or_default().trim(), text.trim());
    match (message.is_empty(), text.is_empty()) {
        (true, _) => text.to_owned(),
        (_, true) => message.to_owned(),
        _ if text.contains(message) => text.to_owned(),
        _ => format!("{message}\n{text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dialect_of_a_report_is_read() {
        let report = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites><testsuite name="a"><properties/><testsuite name="deeper">
  <testcase classname="pay.Card" name="TC1 pays" time="1,234.5"><system-out>ok</system-out></testcase>
  <testcase classname="pay.Card" name="fails" time="x"><failure message="1 != 2" type="E">1 != 2
    at line 7 &amp; so</failure></testcase>
</testsuite></testsuite><testsuite>
  <testcase name="breaks"><failure message="soft"/><error message="boom"><![CDATA[<trace>]]></error></testcase>
  <testcase name="off" time="0"><skipped message="not today"/></testcase>
  <testcase name="idle" status="notrun"/>
</testsuite></testsuites>"#;
        let tests = parse(report).unwrap();
        let told: Vec<(String, Outcome, Option<f64>, &str)> =
            tests.iter().map(|t| (t.full_name(), t.outcome, t.time, t.detail.as_str())).collect();
        let wanted = [
            ("pay.Card.TC1 pays", Outcome::Passed, Some(1234.5), ""),
            ("pay.Card.fails", Outcome::Failed, None, "1 != 2\n    at line 7 & so"),
            ("breaks", Outcome::Broken, None, "boom\n<trace>"),
            ("off", Outcome::Skipped, Some(0.0), "not today"),
            ("idle", Outcome::Skipped, None, ""),
        ];
        assert_eq!(
            told,
            wanted.map(|(name, outcome, time, detail)| (name.to_owned(), outcome, time, detail))
        );
        assert_eq!(
            parse("<testsuite xmlns='http://x.example'><testcase name='a'/></testsuite>").unwrap().len(),
            1
        );
        assert!(parse("<testsuites/>").unwrap().is_empty());
    }

    #[test]
    fn what_is_no_report_is_refused() {
        let bomb = "<!DOCTYPE t [<!ENTITY a \"x\"><!ENTITY b \"&a;&a;\">]><testsuite><testcase name='&b;'/></testsuite>";
        for (text, said) in [
            (bomb, "DTD"),
            ("<html><testcase/></html>", "its root is <html>"),
            ("<testsuite><testcase name='a'>", "root node was opened but never closed"),
            ("", "root"),
            ("{}", ""),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
        let deep = format!("<testsuite>{}{}</testsuite>", "<a>".repeat(20_000), "</a>".repeat(20_000));
        let _ = parse(&deep);
    }
}
