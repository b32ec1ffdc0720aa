//! Fuzz targets: every function that parses text or bytes from outside. Each must accept any input without a panic,
//! and what it accepts must keep the stated property.
//!
//! Compiled only under `cfg(fuzzing)`, which cargo-fuzz sets, and in the unit tests.

use crate::catalog::path::Segments;
use crate::config;
use crate::entity::FromField;
use crate::filter::{Filter, IntoFilter};
use crate::http::Response;
use crate::record::parse;
use crate::record::{Record, reference_of};
use crate::reference::IdRange;
use crate::reference::{IntoId, Ref};
use crate::schema::Schema;
use crate::wire;
use jiff::{Timestamp, civil::Date};
use serde_json::Value;

/// An accepted filter prints as a text that parses to the same filter.
pub fn filter(text: &str) {
    let Ok(filter) = text.parse::<Filter>() else { return };
    let printed = filter.to_string();
    match printed.as_str().into_filter() {
        Ok(again) => assert_eq!(again.to_string(), printed, "{text:?}"),
        Err(error) => unreachable!("{text:?} prints as {printed:?}: {error}"),
    }
}

/// The segments of a path are parts of it, in order.
pub fn path(text: &str) {
    let mut last = None;
    for segment in Segments::new(text).flatten() {
        assert!(text.get(segment.offset..).is_some_and(|rest| rest.starts_with(segment.name)), "{text:?}");
        assert!(last < Some(segment.offset), "{text:?}");
        last = Some(segment.offset);
    }
}

/// An accepted reference is a plain path, and parses again.
pub fn reference(text: &str) {
    // An id may also have other forms; none may panic.
    let _ = text.into_id();
    let Ok(reference) = Ref::parse(text) else { return };
    let path = reference.path();
    assert!(path.starts_with('/') && !path.contains("//") && !path.contains(".."), "{text:?}: {path}");
    assert!(path.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'?' | b'#' | b'\\' | b'@')), "{path}");
    match Ref::parse(path) {
        Ok(again) => assert_eq!(again.path(), path),
        Err(error) => unreachable!("{text:?} is {path}: {error}"),
    }
}

/// The content of a settings file, which may be a secret, never appears in a warning.
pub fn settings(text: &str) {
    for warning in config::warnings_of_file(text) {
        let rest = warning.strip_prefix("x.cfg line ").unwrap_or_default();
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let fixed = [" is ignored: it has no `=`", " is ignored: unknown setting"];
        assert!(fixed.iter().any(|words| rest.starts_with(words)) && rest.len() < 120, "{warning}");
    }
}

/// An answer with any status, header and body. The first two bytes choose the status and the header.
pub fn answer(data: &[u8]) {
    const STATUSES: [u16; 10] = [200, 200, 200, 201, 302, 401, 404, 429, 500, 503];
    const HEADERS: [&str; 4] = ["content-type", "location", "retry-after", "date"];
    let (Some(status), Some(header)) = (data.first(), data.get(1)) else { return };
    let body = data.get(2..).unwrap_or_default();
    let pick = |list_len: usize, byte: u8| usize::from(byte).checked_rem(list_len).unwrap_or_default();
    let response = || Response {
        status: STATUSES.get(pick(STATUSES.len(), *status)).copied().unwrap_or(200),
        headers: vec![(
            HEADERS.get(pick(HEADERS.len(), *header)).copied().unwrap_or_default().to_owned(),
            String::from_utf8_lossy(body.get(..64).unwrap_or(body)).into_owned(),
        )],
        body: body.to_vec(),
    };
    if let Ok(page) = wire::query_page(response()) {
        let _ = page.keyed();
        for index in 0..page.len().saturating_add(1) {
            let _ = (page.object_id(index), page.row(index));
        }
    }
    let _ = wire::item(&response());
    let _ = wire::security_token(&response());
    let _ = wire::json(&response(), true);
    let _ = wire::content(&response());
    for whole in [true, false] {
        let _ = wire::written(&response(), whole);
        if let Ok(verdicts) = wire::batch(&response(), 3, whole) {
            assert_eq!(verdicts.len(), 3, "a verdict for each item");
        }
    }
    let _ = wire::schema_answer(response());
    let _ = Schema::parse(body);
}

/// A row read member by member equals what `serde_json` reads, and is refused where `serde_json` refuses it.
pub fn row(text: &str) {
    fn shown(value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(shown),
            Value::Object(fields) => {
                fields.retain(|name, _| !name.starts_with("_rallyAPI"));
                fields.values_mut().for_each(shown);
            }
            _ => {}
        }
    }
    // The private name holds a number in any form; skipped members are not validated.
    let read = match text.contains("serde_json::private") || text.contains("_rallyAPI") {
        true => parse::object(text, &[]).map(Value::Object),
        false => serde_json::from_str::<Value>(text),
    };
    let whole = read.ok().filter(Value::is_object).map(|mut value| {
        shown(&mut value);
        value
    });
    let record = Record::read(text, false).ok();
    assert_eq!(record.is_some(), whole.is_some(), "{text:?}");
    // Inside a page the row is found and is the same.
    let body = format!(r#"{{"QueryResult": {{"Errors": [], "Results": [{{}}, {text} ,{{"a": 1}}]}}}}"#);
    let page = wire::query_page(Response { status: 200, headers: Vec::new(), body: body.into_bytes() });
    let (Some(record), Some(Value::Object(whole))) = (record, whole) else { return };
    let row = page.and_then(|page| {
        assert_eq!((page.len(), page.text(1), page.text(2)), (3, text.trim(), r#"{"a": 1}"#));
        page.record(1, None, false)
    });
    assert_eq!(row.ok().as_ref().map(Record::fields), Some(&whole), "{text:?}");
    for name in whole.keys() {
        // First each member of a fresh record, then one after the other.
        for record in [&record.clone(), &record] {
            assert_eq!(record.member(name), whole.get(name).map(|value| (name.as_str(), value)), "{text:?}");
            assert_eq!(record.text(name), whole.get(name).and_then(Value::as_str), "{text:?}");
        }
    }
    assert!(record.get("nowhere else").is_none() || whole.contains_key("nowhere else"));
    assert_eq!((record.reference().cloned(), record.fields()), (reference_of(&whole), &whole), "{text:?}");
}

/// Dates, id ranges and waits: what is accepted prints as it was parsed.
pub fn texts(text: &str) {
    let json = Value::from(text);
    if let Some(date) = Date::from_json(&json) {
        assert_eq!(Date::from_json(&date.to_string().into()), Some(date), "{text:?}");
    }
    if let Some(time) = Timestamp::from_json(&json) {
        assert_eq!(Timestamp::from_json(&time.to_string().into()), Some(time), "{text:?}");
    }
    if let Ok(range) = IdRange::parse(text) {
        assert!(range.iter().count() == range.len(), "{text:?}");
    }
    let wait = crate::http::retry_after(text, 784_111_777);
    assert!(wait.is_none_or(|wait| wait.as_secs() <= 86_400), "{text:?}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Pieces of what servers send, in any order and cut anywhere.
    const JSON: &str = r#"(\{|\}|\[|\]|,|:|"|\\|null|true|-?[0-9]{1,3}|1e999|"_ref": "/defect/1"|"QueryResult": \{|"Results": \[|"Errors": \["x"\]|"TotalResultCount": 3|"CreateResult": \{|"Object": \{|"Content": "aGk="|"BatchResult": \{| |é|\x00){0,30}"#;

    /// Members as servers write them, and invalid ones.
    const ROW: &str = r#"("(a|b|Name|_ref|_rallyAPIMajor|\\u0061|\\u0024a|\$serde_json::private::Number|é|)" ?: ?("(x|é|\\n|\\"|\\\\|\\/|\\u00[eE]9|\\ud83d\\ude00|\\ud800|\\uDC00|\\uD7FF|/defect/1[0-9]?|aaaaaaaaaa){0,4}"|-?(0|[1-9][0-9]{0,22})(\.[0-9]{1,20})?([eE][-+]?[0-9]{1,4})?|null|true|false|\{("_rallyAPIMinor": 1|"b": "c")?\}|\[(1|"a"|\{\}|\[\])?\])[ \n]?,){0,6}"#;

    #[test]
    fn rows_that_are_deep_or_hold_very_many_values() {
        for levels in [90, 99, 100, 101, 102, 120, 125, 126, 127, 128, 200] {
            row(&format!("{{\"a\": {}1{}}}", "[".repeat(levels), "]".repeat(levels)));
            row(&format!("{}1{}", "{\"a\": ".repeat(levels), "}".repeat(levels)));
        }
        row(&format!("{{\"a\": [{}1]}}", "1,".repeat(200_000)));
        let many = format!("{{\"a\": [{}1]}}", "1,".repeat(300_000));
        assert!(
            Record::read(&many, false).unwrap_err().to_string().starts_with(crate::record::parse::TOO_MANY)
        );
        for text in [
            r#"{"a":01}"#,
            r#"{"a":-}"#,
            r#"{"a":1.}"#,
            r#"{"a":1e}"#,
            "{\"a\":\"\t\"}",
            r#"{"a":1,}"#,
            r#"{,}"#,
            r#"{"a"}"#,
            r#"{"a":"\x"}"#,
            r#"{"a":"\u12"}"#,
            r#"{"a":tru}"#,
            r#"{"a":1} x"#,
        ] {
            assert!(Record::read(text, false).is_err(), "{text}");
            row(text);
        }
        row("{\"a\": 1e400, \"b\": 123456789012345678901234567890, \"c\": -0, \"d\": 1e-400}");
    }

    #[test]
    fn what_was_found_stays_away() {
        for text in [
            "/webservice/v2.3d/webservice/0",
            "/portfolioitem/webservice/1",
            "/webservice/v2.3d/webserVice/0",
        ] {
            reference(text);
        }
    }

    /// Grows texts by pieces, copies and noise, up to 256 KiB. The same seed gives the same texts.
    struct Noise(u64);

    impl Noise {
        fn below(&mut self, most: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 % most.max(1) as u64) as usize
        }

        fn text(&mut self, pieces: &[&str]) -> Vec<u8> {
            let mut text = Vec::new();
            let longest = 1usize << self.below(19);
            while text.len() < longest {
                let piece = pieces[self.below(pieces.len())].as_bytes();
                match self.below(8) {
                    0 => text.extend(piece.repeat(self.below(1 + longest / piece.len().max(1)))),
                    1 => text.push(self.below(256) as u8),
                    2 => text.truncate(self.below(text.len() + 1)),
                    3 => text.extend_from_within(self.below(text.len() + 1)..),
                    _ => text.extend(piece),
                }
                text.truncate(256 << 10);
                if self.below(200) == 0 {
                    break;
                }
            }
            text
        }
    }

    /// `WSAPI_FUZZ=60 cargo test --release --all-features --lib fuzzing -- --ignored --nocapture`: this many
    /// seconds per target.
    #[test]
    #[ignore = "as long as WSAPI_FUZZ says, 60 seconds a target"]
    #[expect(clippy::disallowed_methods, reason = "runs for a time, and measures")]
    fn inputs_of_256_kib() {
        let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
        let seconds = std::time::Duration::from_secs(number("WSAPI_FUZZ").unwrap_or(60));
        let text = |check: fn(&str)| move |data: &[u8]| check(&String::from_utf8_lossy(data));
        type Check = Box<dyn Fn(&[u8])>;
        let targets: [(&str, Check, &[&str]); 7] = [
            (
                "filter",
                Box::new(text(filter)),
                &["(", ")", "((", "a = 1", " AND ", " OR ", "State in ", "x,", "\"", " "],
            ),
            ("path", Box::new(text(path)), &[".", "Owner", "[7]", "[", "]", " ", "é"]),
            (
                "reference",
                Box::new(text(reference)),
                &["/", "defect", "12", "https://h/slm/webservice/v2.0", "..", "%2e"],
            ),
            ("settings", Box::new(text(settings)), &["SERVER", "=", "\n", "APIKEY = x", "#", " ", "é"]),
            (
                "answer",
                Box::new(answer),
                &[
                    "{",
                    "}",
                    "[",
                    "]",
                    "[[[[",
                    "{},",
                    ",",
                    "{\"QueryResult\": ",
                    "{\"CreateResult\": ",
                    "\"Results\": [",
                    "\"Errors\": [\"x\"],",
                    "\"Object\": {",
                    "\"a\": ",
                    "\"",
                    "\\u00e9",
                    "null",
                    "1e9",
                    " ",
                ],
            ),
            (
                "row",
                Box::new(text(row)),
                &[
                    "{",
                    "}",
                    "[",
                    "]",
                    ",",
                    ":",
                    "\"a\"",
                    "\"_ref\": \"/defect/1\"",
                    "\\u0041",
                    "\\ud83d",
                    "\"",
                    "1e400",
                    "-0.5",
                    "null",
                    " ",
                ],
            ),
            ("texts", Box::new(text(texts)), &["2026", "-", "T", ":", "DE1", "-DE9", ",", "Sun, ", "99"]),
        ];
        for (name, check, pieces) in targets {
            let (started, mut noise) =
                (std::time::Instant::now(), Noise(number("WSAPI_FUZZ_SEED").unwrap_or(88_172)));
            let (mut runs, mut longest, mut slowest) = (0u64, 0, std::time::Duration::ZERO);
            while started.elapsed() < seconds {
                let mut data = noise.text(pieces);
                if name == "answer" {
                    data.splice(0..0, [noise.below(256) as u8, noise.below(256) as u8]);
                }
                let before = std::time::Instant::now();
                check(&data);
                slowest = slowest.max(before.elapsed());
                (runs, longest) = (runs + 1, longest.max(data.len()));
            }
            println!(
                "{name}: {runs} runs, up to {longest} bytes, the slowest took {} ms",
                slowest.as_millis()
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn filters(text in r#"(\(|\)| |AND|or|Name|State.x|=|!=|<|contains|!in|between|"|\\|a|,|[0-9]|today|-|null|é){0,30}"#) {
            filter(&text);
        }

        #[test]
        fn paths(text in r"(\.|\[|\]|[0-9]|Owner| |é|c_X|\n){0,30}") {
            path(&text);
        }

        #[test]
        fn references(text in r"(https?://|h|/|slm|webservice/|v2.0|defect|portfolioitem|12|-|\.js|\?|#|@|\\|%2e|\.\.|u|p|é){0,20}") {
            reference(&text);
        }

        #[test]
        fn settings_files(text in r"(SERVER|APIKEY|#|é| |=|\n|\r|x|secretsecretsecret){0,40}") {
            settings(&text);
        }

        #[test]
        fn answers(status in any::<u8>(), header in any::<u8>(), body in JSON) {
            answer(&[&[status, header], body.as_bytes()].concat());
        }

        #[test]
        fn answers_of_bytes(data in proptest::collection::vec(any::<u8>(), 0..200)) {
            answer(&data);
        }

        #[test]
        fn rows(members in ROW, end in r"\}|\} |\}\}|") {
            row(&format!("{{{members}\"z\": null{end}"));
        }

        #[test]
        fn nested_rows(members in ROW, inner in ROW, cut in any::<prop::sample::Index>()) {
            let text = format!("{{{members}\"in\": [{{{inner}\"z\": [1]}}, 2]}}");
            row(&text);
            let cut: String = text.chars().take(cut.index(text.len() + 1)).collect();
            row(&cut);
        }

        #[test]
        fn other_texts(text in r"(20[0-9]{2}|-|T|:|Z|\+|0[0-9]|[0-9]{1,3}|\.|DE|US|,| |Sun, |Nov|GMT|to){0,16}") {
            texts(&text);
        }
    }
}
