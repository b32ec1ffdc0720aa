//! Results as tables for people and as comma-separated values.

use crate::text::shorten;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::fmt;

/// A cell. Texts are of the server: a terminal gets them without control characters.
#[derive(Clone, Debug)]
pub(super) enum Cell {
    Text(String),
    Number(String),
    Time(SignedDuration),
    None,
}

impl Cell {
    pub(super) fn count(count: usize) -> Cell {
        Cell::Number(count.to_string())
    }

    pub(super) fn points(points: Option<f64>) -> Cell {
        points.map_or(Cell::None, |points| Cell::Number(points.to_string()))
    }

    pub(super) fn time(time: Option<SignedDuration>) -> Cell {
        time.map_or(Cell::None, Cell::Time)
    }

    pub(super) fn at(at: Option<Timestamp>) -> Cell {
        at.map_or(Cell::None, |at| Cell::Text(format!("{at:.3}")))
    }

    /// For people, to the minute, with the name of the zone.
    pub(super) fn local(at: Option<Timestamp>, zone: &TimeZone) -> Cell {
        let shown =
            |at: Timestamp| at.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string();
        at.map_or(Cell::None, |at| Cell::Text(shown(at)))
    }

    pub(super) fn text(text: impl ToString) -> Cell {
        Cell::Text(text.to_string())
    }

    fn shown(&self) -> String {
        match self {
            Cell::Text(text) => shorten(text, 40),
            Cell::Number(number) => number.clone(),
            Cell::Time(time) => spoken(*time),
            Cell::None => "-".to_owned(),
        }
    }

    fn written(&self) -> String {
        match self {
            Cell::Text(text) if text.contains([',', '"', '\r', '\n']) => {
                format!("\"{}\"", text.replace('"', "\"\""))
            }
            Cell::Text(text) => text.clone(),
            Cell::Number(number) => number.clone(),
            Cell::Time(time) => hours(*time),
            Cell::None => String::new(),
        }
    }
}

/// `52h 10m`, `4m 3s`, `0.250s`.
fn spoken(time: SignedDuration) -> String {
    let sign = if time.is_negative() { "-" } else { "" };
    let all = time.unsigned_abs();
    let (seconds, minutes, hours) = (all.as_secs() % 60, all.as_secs() / 60 % 60, all.as_secs() / 3600);
    match (hours, minutes) {
        (0, 0) if all.subsec_millis() == 0 => format!("{sign}{seconds}s"),
        (0, 0) => format!("{sign}{seconds}.{:03}s", all.subsec_millis()),
        (0, _) => format!("{sign}{minutes}m {seconds}s"),
        _ => format!("{sign}{hours}h {minutes}m"),
    }
}

/// Hours with as many of seven decimals as it takes: a millisecond is not lost.
fn hours(time: SignedDuration) -> String {
    const TEN_MILLIONTHS: u128 = 10_000_000;
    let sign = if time.is_negative() { "-" } else { "" };
    let scaled = time.unsigned_abs().as_millis().saturating_mul(TEN_MILLIONTHS).saturating_add(1_800_000);
    let scaled = scaled / 3_600_000;
    let (whole, part) = (scaled / TEN_MILLIONTHS, scaled % TEN_MILLIONTHS);
    let part = format!("{part:07}");
    let part = part.trim_end_matches('0');
    if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}

#[derive(Clone, Debug)]
pub(super) struct Table {
    head: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    pub(super) fn new<T: ToString>(head: impl IntoIterator<Item = T>) -> Table {
        Table { head: head.into_iter().map(|name| name.to_string()).collect(), rows: Vec::new() }
    }

    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Quoted and with the line ends of RFC 4180.
    pub(super) fn csv(&self) -> String {
        let head: Vec<Cell> = self.head.iter().map(Cell::text).collect();
        let mut text = String::new();
        for row in std::iter::once(&head).chain(&self.rows) {
            for (index, cell) in row.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(&cell.written());
            }
            text.push_str("\r\n");
        }
        text
    }
}

/// Numbers at the right, the rest at the left.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head: Vec<String> = self.head.iter().map(|name| shorten(name, 40)).collect();
        let rows: Vec<Vec<String>> =
            self.rows.iter().map(|row| row.iter().map(Cell::shown).collect()).collect();
        let mut widths = vec![0; head.len()];
        let mut is_number = vec![false; head.len()];
        for row in std::iter::once(&head).chain(&rows) {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.chars().count().max(*width);
            }
        }
        for row in &self.rows {
            for (is_number, cell) in is_number.iter_mut().zip(row) {
                *is_number |= matches!(cell, Cell::Number(_) | Cell::Time(_));
            }
        }
        for (line, row) in std::iter::once(&head).chain(&rows).enumerate() {
            let cells = row.iter().zip(&widths).zip(&is_number).map(|((cell, width), is_number)| {
                let blanks = " ".repeat(width.saturating_sub(cell.chars().count()));
                if *is_number { blanks + cell } else { cell.clone() + &blanks }
            });
            let text = cells.collect::<Vec<_>>().join("  ");
            if line > 0 {
                f.write_str("\n")?;
            }
            f.write_str(text.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_and_made_harmless() {
        let mut table = Table::new(["state", "items", "time"]);
        let time = SignedDuration::from_millis;
        table.row([Cell::text("a,\"b\"\r\n\u{1b}[31m"), Cell::count(3), Cell::Time(time(5_400_000))]);
        table.row([Cell::text("=1+1"), Cell::points(Some(0.5)), Cell::None]);
        let csv = "state,items,time\r\n\"a,\"\"b\"\"\r\n\u{1b}[31m\",3,1.5\r\n=1+1,0.5,\r\n";
        assert_eq!(table.csv(), csv);
        let shown = table.to_string();
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[0], "state         items    time");
        assert_eq!(lines[1], "a,\"b\"   [31m      3  1h 30m");
        assert_eq!(lines[2], "=1+1            0.5       -");
    }

    #[test]
    fn hours_keep_the_millisecond() {
        for (ms, written, shown) in [
            (0, "0", "0s"),
            (1, "0.0000003", "0.001s"),
            (3_600_000, "1", "1h 0m"),
            (-5_400_000, "-1.5", "-1h 30m"),
            (187_800_001, "52.1666669", "52h 10m"),
            (243_000, "0.0675", "4m 3s"),
        ] {
            let time = SignedDuration::from_millis(ms);
            assert_eq!((hours(time).as_str(), spoken(time).as_str()), (written, shown));
            let read = (hours(time).parse::<f64>().unwrap() * 3_600_000.0).round();
            assert_eq!(read as i64, ms);
        }
    }
}
