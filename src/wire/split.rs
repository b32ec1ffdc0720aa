//! Splits the answer to a query in one pass: its numbers, and where each row is.

use super::envelope::{MOST_ROWS, Rows};
use crate::record::Scanner;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::ops::Range;

/// Reads the rows of a page as they are found, instead of scanning their texts again later.
pub(crate) trait ReadRows {
    /// Begins a page. Rows read before belong to an abandoned answer.
    fn begin(&mut self);

    /// Reads the row that the text begins with. Returns its length in bytes; `None` to leave the row unread.
    fn read(&mut self, text: &str) -> Option<usize>;
}

/// Leaves all rows unread.
impl ReadRows for () {
    fn begin(&mut self) {}

    fn read(&mut self, _: &str) -> Option<usize> {
        None
    }
}

/// Where a row is in the text of a page, and where its marks are.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) text: Range<usize>,
    /// The end of its marks; they begin where those of the row before end.
    pub(super) marks: usize,
}

/// The useful members of an answer, as written. Every member may be missing.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default, bound(deserialize = "'de: 't"))]
pub(super) struct Parts<'t> {
    pub(super) errors: Option<&'t RawValue>,
    pub(super) warnings: Option<&'t RawValue>,
    pub(super) total_result_count: Option<&'t RawValue>,
    pub(super) compressed_result_count: Option<&'t RawValue>,
    pub(super) start_index: Option<&'t RawValue>,
    pub(super) page_size: Option<&'t RawValue>,
    pub(super) has_more: Option<&'t RawValue>,
    #[serde(rename = "ETLDate")]
    pub(super) etl_date: Option<&'t RawValue>,
    pub(super) sums: Option<&'t RawValue>,
    /// The rows, unless [`split`] has found their places.
    pub(super) results: Option<Rows<'t>>,
}

/// The rows of a page, not parsed.
#[derive(Debug, Default)]
pub(super) struct Places {
    rows: Vec<Place>,
    marks: String,
    /// The number of rows skipped at the beginning.
    skipped: usize,
}

impl Places {
    /// Adds the row at the scanner's position.
    fn add(&mut self, scan: &mut Scanner<'_>, body: &str, reader: &mut dyn ReadRows) -> Option<()> {
        let start = scan.at();
        match reader.read(body.get(start..)?) {
            Some(bytes) => scan.skip(bytes),
            None => scan.row(&mut self.marks)?,
        }
        self.rows.push(Place { text: start..scan.at(), marks: self.marks.len() });
        Some(())
    }

    /// Adds a row that has to be parsed as a whole.
    pub(super) fn add_unmarked(&mut self, text: Range<usize>) {
        self.rows.push(Place { text, marks: self.marks.len() });
    }

    /// The places of rows that `serde_json` found in a body.
    pub(super) fn of(rows: &Rows<'_>, body: &str) -> Places {
        let mut places = Places::default();
        for row in &rows.0 {
            // A raw value is a slice of the body: its distance from the start is its position.
            let from = (row.get().as_ptr() as usize).saturating_sub(body.as_ptr() as usize);
            places.add_unmarked(from..from.saturating_add(row.get().len()));
        }
        places
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len().saturating_sub(self.skipped)
    }

    pub(super) fn skip_first(&mut self) {
        self.skipped = self.skipped.saturating_add(1);
    }

    /// Returns where the text of a row is.
    pub(super) fn text(&self, index: usize) -> Option<Range<usize>> {
        Some(self.rows.get(index.checked_add(self.skipped)?)?.text.clone())
    }

    pub(super) fn marks(&self, index: usize) -> &str {
        let index = index.saturating_add(self.skipped);
        let start = index.checked_sub(1).and_then(|before| self.rows.get(before)).map_or(0, |row| row.marks);
        let end = self.rows.get(index).map_or(start, |row| row.marks);
        self.marks.get(start..end).unwrap_or_default()
    }
}

/// `None` if the answer has an unusual form: a slower parser then reads it and reports errors.
pub(super) fn split<'t>(body: &'t str, reader: &mut dyn ReadRows) -> Option<(Parts<'t>, Places)> {
    let (mut scan, mut found) = (Scanner::new(body), None);
    scan.items(b'{', b'}', |scan| match named(scan, body)? {
        "QueryResult" if found.is_none() => {
            found = Some(result(scan, body, reader)?);
            Some(())
        }
        "QueryResult" => None,
        _ => scan.value(DEEPEST),
    })?;
    found.filter(|_| scan.is_at_end())
}

const DEEPEST: usize = 100;

fn named<'t>(scan: &mut Scanner<'_>, body: &'t str) -> Option<&'t str> {
    let start = scan.at();
    scan.name()?;
    let name = body.get(start..scan.at())?.strip_prefix('"')?.split_once('"')?.0;
    (!name.contains('\\')).then_some(name)
}

fn result<'t>(
    scan: &mut Scanner<'_>,
    body: &'t str,
    reader: &mut dyn ReadRows,
) -> Option<(Parts<'t>, Places)> {
    let (mut parts, mut places) = (Parts::default(), None);
    scan.items(b'{', b'}', |scan| {
        let part = match named(scan, body)? {
            "Errors" => &mut parts.errors,
            "Warnings" => &mut parts.warnings,
            "TotalResultCount" => &mut parts.total_result_count,
            "StartIndex" => &mut parts.start_index,
            "PageSize" => &mut parts.page_size,
            "Sums" => &mut parts.sums,
            "Results" if places.is_none() => {
                places = Some(rows(scan, body, reader)?);
                return Some(());
            }
            "Results" => return None,
            _ => return scan.value(DEEPEST),
        };
        scan.next_byte()?;
        let start = scan.at();
        scan.value(DEEPEST)?;
        // A repeated member is an error.
        part.replace(serde_json::from_str(body.get(start..scan.at())?).ok()?).is_none().then_some(())
    })?;
    Some((parts, places.unwrap_or_default()))
}

fn rows(scan: &mut Scanner<'_>, body: &str, reader: &mut dyn ReadRows) -> Option<Places> {
    let mut places = Places::default();
    scan.items(b'[', b']', |scan| {
        places.add(scan, body, reader).filter(|()| places.rows.len() <= MOST_ROWS)
    })?;
    Some(places)
}
