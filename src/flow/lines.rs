//! Snapshots from a file, one JSON object a line.

use super::builder::{FlowBuilder, Reader};
use super::fields::bad;
use super::history::Flow;
use crate::error::{Error, ErrorKind, Result};
use crate::lookback::Snapshot;
use crate::text::shorten;
use jiff::Timestamp;
use std::io::BufRead;

/// Reads snapshots, one JSON object a line, as `rally` and many scripts write them. Empty lines are left out.
///
/// # Errors
/// `Value` for a line that is not a snapshot; `Input` if the file cannot be read, which ends the iterator. The message names
/// the line.
///
/// ```
/// use rally_wsapi::flow::read_json_lines;
///
/// let file = "{\"ObjectID\": 1, \"_ValidFrom\": \"2026-03-02T09:00:00Z\", \"_ValidTo\": \"9999-01-01T00:00:00Z\"}\n{}\n";
/// let snapshots: Vec<_> = read_json_lines(file.as_bytes()).collect();
/// assert_eq!(snapshots[0].as_ref().unwrap().object_id(), 1);
/// assert!(snapshots[1].as_ref().unwrap_err().to_string().starts_with("line 2: a snapshot lacks `ObjectID`"));
/// ```
pub fn read_json_lines<R: BufRead>(file: R) -> JsonLines<R> {
    JsonLines { file, line: Vec::new(), number: 0, is_over: false }
}

impl FlowBuilder {
    /// Reads the history in a file of snapshots, one JSON object a line. It ends at `now`, or, if that is left out, where
    /// the file says that its data end: at the latest `_ETLDate` of its lines. `rally flow snapshots` writes one. A history
    /// without any estimate has no points.
    ///
    /// ```
    /// use rally_wsapi::flow::Flow;
    ///
    /// # fn main() -> rally_wsapi::Result<()> {
    /// let file = r#"{"ObjectID": 1, "_ValidFrom": "2026-03-02T09:00:00Z", "_ValidTo": "9999-01-01T00:00:00Z",
    ///     "ScheduleState": "Defined", "_ETLDate": "2026-03-09T09:00:00Z"}"#.replace('\n', "");
    /// let flow = Flow::of("ScheduleState").read_file(file.as_bytes(), None)?;
    /// assert_eq!((flow.len(), flow.now().to_string().as_str()), (1, "2026-03-09T09:00:00Z"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`read_json_lines`] and [`FlowBuilder::read`]; `Input` if it is not known where the history ends.
    pub fn read_file(mut self, file: impl BufRead, now: Option<Timestamp>) -> Result<Flow> {
        let (mut reader, mut until) = (Reader::default(), None);
        for snapshot in read_json_lines(file) {
            let snapshot = snapshot?;
            reader.add(&self, &snapshot)?;
            until = until.max(complete_until(&snapshot)?);
        }
        reader.check(&self)?;
        reader.check_file(&self)?;
        let [_, has_estimates, ..] = reader.is_seen;
        self.estimate = self.estimate.filter(|_| has_estimates);
        let now = now.or(until).ok_or_else(|| {
            Error::input("the file does not say up to when it is complete (no line has `_ETLDate`)")
                .remedy("give the time at which its snapshots were read")
        })?;
        self.assembled(reader, now)
    }
}

fn complete_until(snapshot: &Snapshot) -> Result<Option<Timestamp>> {
    let Some(text) = snapshot.as_map().get("_ETLDate") else { return Ok(None) };
    let read = text.as_str().and_then(|text| text.parse().ok());
    read.map(Some).ok_or_else(|| {
        let shown = shorten(&text.to_string(), 60);
        bad(snapshot, "_ETLDate", format_args!("is {shown}, not a time"))
    })
}

/// The snapshots of a file, made by [`read_json_lines`].
#[derive(Debug)]
pub struct JsonLines<R> {
    file: R,
    line: Vec<u8>,
    number: usize,
    is_over: bool,
}

impl<R: BufRead> Iterator for JsonLines<R> {
    type Item = Result<Snapshot>;

    fn next(&mut self) -> Option<Result<Snapshot>> {
        while !self.is_over {
            self.line.clear();
            self.number = self.number.saturating_add(1);
            let read = self.file.read_until(b'\n', &mut self.line);
            self.is_over = !matches!(read, Ok(1..));
            let line = self.line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.line).trim_ascii();
            let row = match read {
                Ok(_) if line.is_empty() => continue,
                Ok(_) => serde_json::from_slice(line)
                    .map_err(|cause| Error::new(ErrorKind::Value, format!("invalid JSON: {cause}")))
                    .and_then(Snapshot::from_json),
                Err(cause) => Err(Error::input("the file cannot be read").because(cause)),
            };
            return Some(row.map_err(|error| error.prefixed(format!("line {}", self.number))));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{self, BufReader, Read};

    struct Broken;

    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("disk"))
        }
    }

    #[test]
    fn errors_name_the_line() {
        let good =
            r#"{"ObjectID": 1, "_ValidFrom": "2026-03-02T09:00:00Z", "_ValidTo": "9999-01-01T00:00:00Z"}"#;
        let file = format!("\u{feff}{good}\r\n\n[1]\n{{\"ObjectID\": 2\n{good}");
        let read: Vec<_> = read_json_lines(file.as_bytes())
            .map(|row| row.map(|s| s.object_id()).map_err(|e| e.to_string()))
            .collect();
        assert_eq!(read[0], Ok(1));
        assert_eq!(read[1], Err("line 3: a snapshot must be a JSON object".to_owned()));
        assert!(read[2].as_ref().unwrap_err().starts_with("line 4: invalid JSON: EOF"), "{read:?}");
        assert_eq!((&read[3], read.len()), (&Ok(1), 4));
    }

    #[test]
    fn a_file_says_where_its_history_ends() {
        let line = |id: i64, more: &str| {
            format!(
                r#"{{"ObjectID": {id}, "_ValidFrom": "2026-03-02T09:00:00Z", "_ValidTo": "9999-01-01T00:00:00Z", "State": "Open"{more}}}"#
            ) + "\n"
        };
        let at = |time: &str| format!(", \"_ETLDate\": \"{time}\"");
        let read = |file: &str, now: Option<&str>| {
            let now = now.map(|now| now.parse().unwrap());
            Flow::of("State").read_file(file.as_bytes(), now).map(|flow| flow.now().to_string())
        };
        let older = line(1, &at("2026-03-08T09:00:00.000Z"));
        let whole = line(1, &at("2026-03-09T09:00:00Z")) + &line(2, "") + &older;
        assert_eq!(read(&whole, None).unwrap(), "2026-03-09T09:00:00Z");
        assert_eq!(read(&whole, Some("2026-03-05T00:00:00Z")).unwrap(), "2026-03-05T00:00:00Z");
        assert_eq!(read(&line(1, ""), Some("2026-03-05T00:00:00Z")).unwrap(), "2026-03-05T00:00:00Z");
        let error = read(&line(1, ""), None).unwrap_err().to_string();
        assert!(error.starts_with("the file does not say up to when it is complete"), "{error}");
        let error = read(&line(1, &at("then")), None).unwrap_err().to_string();
        assert!(error.contains("`_ETLDate` is \"then\", not a time"), "{error}");
    }

    #[test]
    fn a_file_that_breaks_off_is_an_error_once() {
        let file = BufReader::new(b"\n\n".chain(Broken));
        let read: Vec<_> = read_json_lines(file).map(|row| row.unwrap_err().to_string()).collect();
        assert_eq!(read, ["line 3: the file cannot be read"]);
    }
}
