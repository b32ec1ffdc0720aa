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
            Cell::Text(text) | Cell::Number(text) => text.clone(),
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

/// Rows of cells; the first is the head.
#[derive(Clone, Debug)]
pub(super) struct Table(Vec<Vec<Cell>>);

impl Table {
    pub(super) fn new<T: ToString>(head: impl IntoIterator<Item = T>) -> Table {
        Table(vec![head.into_iter().map(Cell::text).collect()])
    }

    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.0.push(cells.into_iter().collect());
    }

    pub(super) fn rows<C: IntoIterator<Item = Cell>>(mut self, rows: impl IntoIterator<Item = C>) -> Table {
        rows.into_iter().for_each(|cells| self.row(cells));
        self
    }

    /// Quoted and with the line ends of RFC 4180.
    pub(super) fn csv(&self) -> String {
        let line = |row: &Vec<Cell>| row.iter().map(Cell::written).collect::<Vec<_>>().join(",") + "\r\n";
        self.0.iter().map(line).collect()
    }
}

/// Numbers at the right, the rest at the left.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut columns = vec![(0, false); self.0.first().map_or(0, Vec::len)];
        for row in &self.0 {
            for ((width, is_number), cell) in columns.iter_mut().zip(row) {
                *width = cell.shown().chars().count().max(*width);
                *is_number |= matches!(cell, Cell::Number(_) | Cell::Time(_));
            }
        }
        let lines = self.0.iter().map(|row| {
            let cells = row.iter().zip(&columns).map(|(cell, (width, is_number))| {
                let shown = cell.shown();
                let blanks = " ".repeat(width.saturating_sub(shown.chars().count()));
                if *is_number { blanks + &shown } else { shown + &blanks }
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        });
        f.write_str(&lines.collect::<Vec<_>>().join("\n"))
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
