//! Tables for people: on a terminal they fit its width; elsewhere a row stays a line, and whole.

use crate::paint;
use crate::text::one_line;
use std::io::{IsTerminal, stdout};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Between two columns.
const GAP: usize = 2;
/// No column is cut to less.
const NARROWEST: usize = 8;

/// Rows that wait to be shown, and the columns as the first of them made them.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
    columns: Vec<Column>,
    /// That of the terminal; `None` where rows stay whole.
    width: Option<usize>,
    is_painted: bool,
}

#[derive(Debug)]
struct Column {
    name: String,
    is_numbers: bool,
    width: usize,
}

impl Table {
    /// As standard output takes it. `whole` leaves long texts whole on a terminal, too.
    pub(crate) fn of_stdout(whole: bool) -> Table {
        let width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        let width = width.filter(|_| !whole && stdout().is_terminal());
        Table { width, is_painted: paint::on_stdout(), ..Table::default() }
    }

    pub(crate) fn push(&mut self, row: Vec<String>) {
        self.rows.push(row);
    }

    /// The rows since the last time. The first ones come below the names and make the widths; later ones keep to them
    /// unless they are longer.
    pub(crate) fn shown(&mut self, names: &[String]) -> String {
        let rows = std::mem::take(&mut self.rows);
        if rows.is_empty() {
            return String::new();
        }
        let is_first = self.columns.is_empty();
        if is_first {
            let column = |(at, name): (usize, &String)| {
                let name = one_line(name);
                Column { is_numbers: is_numbers(&rows, at), width: name.width(), name }
            };
            self.columns = names.iter().enumerate().map(column).collect();
        }
        let longest = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.width()).max();
        let wanted: Vec<usize> =
            self.columns.iter().enumerate().map(|(at, c)| c.width.max(longest(at).unwrap_or(0))).collect();
        let widths = fitted(wanted, self.width);
        let mut text = String::new();
        if is_first {
            let bold =
                |_: &str, name: &str| if self.is_painted { paint::bold(name) } else { name.to_owned() };
            let names: Vec<String> = self.columns.iter().map(|column| column.name.clone()).collect();
            self.line(&mut text, &names, &widths, bold);
            let rule = widths.iter().map(|width| width.saturating_add(GAP)).sum::<usize>().saturating_sub(1);
            text.push_str(&"-".repeat(rule.min(self.width.unwrap_or(rule))));
            text.push('\n');
        }
        let state = |column: &str, cell: &str| {
            if self.is_painted { paint::state(column, cell) } else { cell.to_owned() }
        };
        rows.iter().for_each(|row| self.line(&mut text, row, &widths, state));
        if is_first {
            self.columns.iter_mut().zip(widths).for_each(|(column, width)| column.width = width);
        }
        text
    }

    fn line(
        &self,
        text: &mut String,
        cells: &[String],
        widths: &[usize],
        paint: impl Fn(&str, &str) -> String,
    ) {
        let last = cells.iter().rposition(|cell| !cell.trim().is_empty());
        for (at, ((cell, column), width)) in cells.iter().zip(&self.columns).zip(widths).enumerate() {
            if last.is_none_or(|last| at > last) {
                break;
            }
            let cell = cut(cell.trim_end(), *width);
            let blanks = " ".repeat(width.saturating_sub(cell.width()));
            let painted = paint(&column.name, &cell);
            match (column.is_numbers, last == Some(at)) {
                (true, _) => text.extend([blanks.as_str(), &painted]),
                (false, true) => text.push_str(&painted),
                (false, false) => text.extend([painted.as_str(), &blanks]),
            }
            if last != Some(at) {
                text.push_str(&" ".repeat(GAP));
            }
        }
        text.push('\n');
    }
}

/// The widths, the widest cut until all fit into the whole.
fn fitted(wanted: Vec<usize>, whole: Option<usize>) -> Vec<usize> {
    let Some(whole) = whole else { return wanted };
    let mut room = whole.saturating_sub(GAP.saturating_mul(wanted.len().saturating_sub(1)));
    if wanted.iter().sum::<usize>() <= room {
        return wanted;
    }
    // From the narrowest: what is narrower than its share leaves the rest of it to the others.
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by_key(|at| wanted.get(*at));
    let mut widths = wanted;
    let mut left = order.len();
    for at in order {
        let share = room.checked_div(left).unwrap_or(0).max(NARROWEST);
        if let Some(width) = widths.get_mut(at) {
            *width = share.min(*width);
            room = room.saturating_sub(*width);
        }
        left = left.saturating_sub(1);
    }
    widths
}

/// The text within a width, with `…` where some is left out: whole words, unless the word at the end is longer than
/// all there is.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let (mut end, mut used) = (0_usize, 1_usize);
    for (at, c) in text.char_indices() {
        used = used.saturating_add(c.width().unwrap_or(0));
        if used > width {
            break;
        }
        end = at.saturating_add(c.len_utf8());
    }
    let (head, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    let last = head.rfind(char::is_whitespace);
    let word = last.and_then(|last| text.get(last..)).unwrap_or(text).trim_start();
    let word = word.split(char::is_whitespace).next().unwrap_or(word);
    let whole = match last {
        Some(last) if !rest.starts_with(char::is_whitespace) && word.width() <= width => text.get(..last),
        _ => Some(head),
    };
    format!("{}…", whole.unwrap_or(head).trim_end())
}

/// Whether a column holds numbers and nothing else: it is aligned to the right.
fn is_numbers(rows: &[Vec<String>], at: usize) -> bool {
    let mut cells = rows.iter().filter_map(|row| row.get(at)).filter(|cell| !cell.is_empty()).peekable();
    cells.peek().is_some() && cells.all(|cell| cell.parse::<f64>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(table: &mut Table, rows: &[[&str; 2]]) -> String {
        rows.iter().for_each(|row| table.push(row.map(str::to_owned).into()));
        table.shown(&["Id".to_owned(), "Name".to_owned()])
    }

    #[test]
    fn later_rows_keep_to_the_widths_of_the_first_ones() {
        let mut table = Table::default();
        assert_eq!(shown(&mut table, &[]), "");
        let first = shown(&mut table, &[["7", "日本語"], ["12", "b"]]);
        assert_eq!(first, "Id  Name\n-----------\n 7  日本語\n12  b\n");
        assert_eq!(shown(&mut table, &[]), "");
        let later = shown(&mut table, &[["3", "a name"], ["1234", "not so long"], ["", "日本語の"]]);
        assert_eq!(later, "   3  a name\n1234  not so long\n      日本語の\n");
    }

    #[test]
    fn on_a_terminal_the_widest_columns_are_cut() {
        let mut table = Table { width: Some(20), ..Table::default() };
        let text = shown(&mut table, &[["DE1", "Total is off by one cent"], ["DE12345678", "b"]]);
        // The id fits into its share.
        assert_eq!(
            text,
            "Id        Name\n--------------------\nDE1       Total is…\nDE123456…  b\n"
                .replace("Id  ", "Id   ")
                .replace("DE1  ", "DE1   ")
        );
        assert!(text.lines().all(|line| line.width() <= 20), "{text}");
        let mut table = Table { width: Some(20), ..Table::default() };
        let text = shown(&mut table, &[["DE1", "Total is off by one cent"]]);
        assert_eq!(text, "Id   Name\n--------------------\nDE1  Total is off…\n");
        // A longer id of a later page is whole, the name makes room.
        assert_eq!(shown(&mut table, &[["DE1000", "Total is off by"]]), "DE1000  Total is…\n");
    }

    #[test]
    fn words_are_cut_only_where_one_is_longer_than_all_there_is() {
        for (text, width, cut_to) in [
            ("one two three", 13, "one two three"),
            ("one two three", 12, "one two…"),
            ("one two three", 8, "one two…"),
            ("one two three", 7, "one…"),
            ("one two", 3, "on…"),
            ("a verylongword", 8, "a veryl…"),
            ("日本語の不具合", 6, "日本…"),
            ("", 0, ""),
            ("abc", 0, "…"),
        ] {
            assert_eq!(cut(text, width), cut_to, "{text} {width}");
        }
    }

    #[test]
    fn a_painted_table_has_the_widths_of_a_plain_one() {
        let rows =
            || vec![vec!["DE1".to_owned(), "Open".to_owned()], vec!["DE10".to_owned(), "x".to_owned()]];
        let names = ["Id".to_owned(), "State".to_owned()];
        let mut table = Table { rows: rows(), is_painted: true, ..Table::default() };
        let painted = table.shown(&names);
        let plain = Table { rows: rows(), ..Table::default() }.shown(&names);
        assert!(painted.starts_with("\u{1b}[1mId\u{1b}[0m    \u{1b}[1mState\u{1b}[0m\n"), "{painted:?}");
        let bare =
            ["1", "33", "0"].iter().fold(painted, |text, code| text.replace(&format!("\u{1b}[{code}m"), ""));
        assert_eq!(bare, plain);
    }
}
