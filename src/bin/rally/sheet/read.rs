//! A file of comma-separated values as spreadsheets write it, and what is wrong in it.

use crate::failure::Failure;
use crate::files;
use crate::input::{self, PIPE};
use crate::records::records;
use crate::text::{counted, one_line};
use std::collections::HashSet;
use std::path::Path;

/// The number of mistakes that are listed one by one.
const TOLD: usize = 20;
/// Of a result file: what became of a row of the sheet.
pub(super) const OF_RESULTS: &str = "rally:";

#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Row>,
}

#[derive(Debug)]
pub(super) struct Row {
    /// Where it begins in the file; the names are in line 1.
    pub(super) line: u64,
    /// As many as there are columns.
    pub(super) cells: Vec<String>,
}

/// The mistakes, reported together before anything is written.
#[derive(Debug, Default)]
pub(super) struct Mistakes(Vec<(u64, String)>);

impl Mistakes {
    pub(super) fn add(&mut self, line: u64, column: Option<&str>, text: &str) {
        let column = column.map(|name| format!(", column `{name}`")).unwrap_or_default();
        self.0.push((line, format!("line {line}{column}: {text}")));
    }

    /// More would not be told.
    pub(super) fn are_enough(&self) -> bool {
        self.0.len() > TOLD
    }

    /// # Errors
    /// A usage error with all of them, in the order of the lines.
    pub(super) fn finish(mut self, place: &str) -> Result<(), Failure> {
        if self.0.is_empty() {
            return Ok(());
        }
        self.0.sort_by_key(|(line, _)| *line);
        let what =
            if self.0.len() == 1 { "a mistake".to_owned() } else { format!("{} mistakes", self.0.len()) };
        let mut text = format!("{place} has {what}; nothing was written");
        for (_, one) in self.0.iter().take(TOLD) {
            text.push_str(&format!("\n  {}", one_line(&crate::remedy::at_the_prompt(one))));
        }
        if self.0.len() > TOLD {
            text.push_str(&format!("\n  and {} more", self.0.len() - TOLD));
        }
        Err(Failure::usage(text))
    }
}

/// What messages call the file.
pub(super) fn place_of(path: &Path) -> String {
    if path == Path::new(PIPE) { "standard input".to_owned() } else { path.display().to_string() }
}

/// The sheet of a file, or of standard input.
pub(super) fn read(path: &Path) -> Result<Sheet, Failure> {
    let place = place_of(path);
    let bytes = if path == Path::new(PIPE) { input::bytes_of_input()? } else { files::read(path)? };
    let sheet = parse(&bytes, &place)?;
    match sheet.columns.iter().any(|name| name.starts_with(OF_RESULTS)) {
        true => Err(Failure::usage(format!(
            "{place} is a result file; name the sheet itself, whose results are found beside it"
        ))),
        false => Ok(sheet),
    }
}

pub(super) fn parse(bytes: &[u8], place: &str) -> Result<Sheet, Failure> {
    let refuse = |text: String| Err(Failure::usage(format!("{place}{text}")));
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(e) => {
            let before = bytes.get(..e.valid_up_to()).unwrap_or_default();
            let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
            return refuse(format!(", line {line}: not UTF-8; save it as \"CSV UTF-8\""));
        }
    };
    let mut mistakes = Mistakes::default();
    let mut columns: Option<Vec<String>> = None;
    let mut rows = Vec::new();
    for (line, cells) in records(text).map_err(|text| Failure::usage(format!("{place}, {text}")))? {
        let cells: Vec<String> = cells.into_iter().map(|cell| cell.replace("\r\n", "\n")).collect();
        let Some(names) = &columns else {
            columns = Some(names(cells, place, line)?);
            continue;
        };
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if cells.len() != names.len() {
            let [here, wanted] = [(cells.len(), "cell"), (names.len(), "column")]
                .map(|(count, what)| counted(count as u64, what));
            let verb = if names.len() == 1 { "is" } else { "are" };
            let text = format!("{here}, and there {verb} {wanted}");
            mistakes.add(line, None, &text);
            continue;
        }
        rows.push(Row { line, cells });
    }
    mistakes.finish(place)?;
    match columns {
        Some(columns) => Ok(Sheet { columns, rows }),
        None => refuse(" is empty; its first line names the columns".to_owned()),
    }
}

/// The first line, checked.
fn names(cells: Vec<String>, place: &str, line: u64) -> Result<Vec<String>, Failure> {
    let names: Vec<String> = cells.iter().map(|name| name.trim().to_owned()).collect();
    let refuse = |text: String| Err(Failure::usage(format!("{place}, line {line}: {text}")));
    if let [only] = names.as_slice() {
        if let Some(other) = [';', '\t'].into_iter().find(|other| only.contains(*other)) {
            let other = if other == '\t' { "tabs".to_owned() } else { format!("`{other}`") };
            return refuse(format!("the cells are separated by {other}; save it with commas"));
        }
    }
    let mut seen = HashSet::new();
    for (at, name) in (1..).zip(&names) {
        if name.is_empty() {
            return refuse(format!("column {at} has no name"));
        }
        if !seen.insert(name.to_lowercase()) {
            return refuse(format!("the column `{name}` is there twice"));
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(bytes: &[u8]) -> String {
        match parse(bytes, "d.csv") {
            Err(Failure::Usage(said)) => said,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_spreadsheets_write_is_read() {
        let text =
            "\u{feff}FormattedID, Name \r\nDE1,\"two\r\nlines, \"\"quoted\"\"\"\r\n,\r\n\r\nDE2, led\r\n";
        let sheet = parse(text.as_bytes(), "d.csv").unwrap();
        assert_eq!(sheet.columns, ["FormattedID", "Name"]);
        let rows: Vec<(u64, &str, &str)> =
            sheet.rows.iter().map(|row| (row.line, row.cells[0].as_str(), row.cells[1].as_str())).collect();
        assert_eq!(rows, [(2, "DE1", "two\nlines, \"quoted\""), (6, "DE2", " led")]);
        assert!(parse(b"FormattedID\n", "d.csv").unwrap().rows.is_empty());
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told_with_its_line() {
        assert_eq!(said(b""), "d.csv is empty; its first line names the columns");
        assert!(said(b"Name\nfine\nf\xfcr\n").contains("d.csv, line 3: not UTF-8"));
        assert!(said(b"FormattedID;Name\nDE1;x\n").contains("separated by `;`"));
        assert!(said(b"FormattedID\tName\nDE1\tx\n").contains("separated by tabs"));
        assert!(said(b"Name,name\n").contains("the column `name` is there twice"));
        assert!(said(b"Name,,Owner\n").contains("column 2 has no name"));
        let ragged = said(b"A,B\n1,2\n1\n1,2,3\n");
        assert!(
            ragged.starts_with(
                "d.csv has 2 mistakes; nothing was written\n  line 3: 1 cell, and there are 2 columns"
            ),
            "{ragged}"
        );
        assert!(ragged.contains("line 4: 3 cells, and there are 2 columns"));
    }

    #[test]
    fn of_many_mistakes_the_first_are_told() {
        let mut mistakes = Mistakes::default();
        (0..30).rev().for_each(|at| mistakes.add(at, Some("A"), "off"));
        let Err(Failure::Usage(said)) = mistakes.finish("d.csv") else { panic!() };
        assert!(said.starts_with("d.csv has 30 mistakes") && said.contains("\n  line 0, column `A`: off"));
        assert!(said.ends_with("\n  and 10 more") && !said.contains("line 20"));
    }
}
