//! Records of comma-separated values, each with the line of its file where it begins.

/// The records of a text without a byte order mark; blank lines are none.
///
/// # Errors
/// What is wrong, with its line.
pub(crate) fn records(text: &str) -> Result<Vec<(u64, Vec<String>)>, String> {
    let mut reader =
        ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut all = Vec::new();
    let mut starts = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| e.to_string())?;
        let start = record.position().map_or(0, ::csv::Position::byte);
        starts.push(usize::try_from(start).unwrap_or(usize::MAX));
        all.push(record.iter().map(str::to_owned).collect::<Vec<String>>());
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let mut numbered = Vec::new();
    let mut line: u64 = 1;
    // The reader's own count is behind where lines end by CR LF, or are blank.
    for ((cells, start), end) in all.into_iter().zip(&starts).zip(ends) {
        let whole = text.get(*start..end).unwrap_or_default();
        let body = whole.trim_start_matches(['\r', '\n']);
        line += breaks(
            text.get(*start..end.saturating_sub(body.len())).unwrap_or_default(),
            starts_after_cr(text, *start),
        );
        if body.matches('"').count() % 2 == 1 {
            return Err(format!("line {line}: a quotation mark is not closed, or not doubled"));
        }
        check_cells(body, line)?;
        numbered.push((line, cells));
        line += breaks(body, false);
    }
    Ok(numbered)
}

/// A text behind a closing quotation mark would be lost, or joined to the one before; no field takes a NUL.
fn check_cells(record: &str, start: u64) -> Result<(), String> {
    /// Where in a cell a character is.
    #[derive(PartialEq)]
    enum At {
        Start,
        Plain,
        Quoted,
        /// Behind a quotation mark in a quoted cell.
        Behind,
    }
    let (mut at, mut column, mut line, mut last) = (At::Start, 1_u64, start, ' ');
    for c in record.chars() {
        let is_break = c == '\r' || c == '\n';
        if c == '\0' {
            return Err(format!(
                "line {line}, column {column}: a NUL character, which no field takes; save the file as \"CSV UTF-8\""
            ));
        }
        at = match (at, c) {
            (At::Quoted, '"') => At::Behind,
            (At::Quoted, _) => At::Quoted,
            (At::Behind, '"') => At::Quoted,
            (_, ',') => {
                column += 1;
                At::Start
            }
            (At::Start, '"') => At::Quoted,
            (At::Behind, _) if !is_break => {
                return Err(format!(
                    "line {line}, column {column}: text behind a closing quotation mark; within a cell in quotation marks write each of them twice"
                ));
            }
            (At::Behind, _) => At::Behind,
            _ => At::Plain,
        };
        if is_break && !(c == '\n' && last == '\r') {
            line += 1;
        }
        last = c;
    }
    Ok(())
}

fn starts_after_cr(text: &str, start: usize) -> bool {
    text.get(..start).is_some_and(|before| before.ends_with('\r'))
}

/// How many lines end in a text: by LF, CR LF or CR. A LF after a CR before the text has been counted.
fn breaks(text: &str, after_cr: bool) -> u64 {
    let (mut count, mut last) = (0, if after_cr { '\r' } else { ' ' });
    for c in text.chars() {
        if c == '\r' || c == '\n' && last != '\r' {
            count += 1;
        }
        last = c;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_the_file_however_they_end() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["a,b", "1,\"x", "y\"", "", "2,z", ""].join(end);
            let lines: Vec<(u64, String)> =
                records(&text).unwrap().into_iter().map(|(line, cells)| (line, cells[0].clone())).collect();
            assert_eq!(lines, [(1, "a".into()), (2, "1".into()), (5, "2".into())], "{end:?}");
        }
        assert_eq!(records("\n\na").unwrap(), [(3, vec!["a".to_owned()])]);
        assert!(records("").unwrap().is_empty());
        assert_eq!(
            records("a\n\"b,c\nd").unwrap_err(),
            "line 2: a quotation mark is not closed, or not doubled"
        );
        for text in [
            "a,b\r\n\"1\r\n\",\"a\"x\r\n",
            "a,b\n\"\n\",\"a\" \n",
            "\n\n1,\"a\"\"b\"c\"\"",
            "\n\n1,\"a\"x\"\"",
        ] {
            let said = records(text).unwrap_err();
            assert!(
                said.starts_with("line 3, column 2: text behind a closing quotation mark"),
                "{text:?} {said}"
            );
        }
        assert!(records("a\nb,c\0d").unwrap_err().starts_with("line 2, column 2: a NUL character"));
        assert!(records("\"a\n\0\"").unwrap_err().starts_with("line 2, column 1: a NUL character"));
        assert_eq!(records("a \"b\" c,\"\",\"\"\"\"\n").unwrap()[0].1, ["a \"b\" c", "", "\""]);
        assert_eq!(records("\"a \"\"b\"\"\"").unwrap(), [(1, vec!["a \"b\"".to_owned()])]);
    }
}
