//! Numbers as bars.

use crate::table::cut;
use crate::text::one_line;
use unicode_width::UnicodeWidthStr;

/// Eighths of a block, one to seven.
const PARTS: [&str; 7] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"];
/// The longest bar, in columns.
const LONGEST: u32 = 40;
/// The longest label.
const LABEL: usize = 40;

/// A line for each row: its label, its number, what is said of it (or nothing), and a bar.
pub(crate) fn lines(rows: &[(String, f64, String)]) -> Vec<String> {
    let labels: Vec<String> = rows.iter().map(|(label, ..)| cut(&one_line(label), LABEL)).collect();
    let numbers: Vec<String> = rows.iter().map(|(_, number, _)| number.to_string()).collect();
    let extras: Vec<String> = rows.iter().map(|(.., extra)| one_line(extra)).collect();
    let widest = |texts: &[String]| texts.iter().map(|text| text.width()).max().unwrap_or(0);
    let (label_width, number_width, extra_width) = (widest(&labels), widest(&numbers), widest(&extras));
    let most = rows.iter().map(|(_, number, _)| *number).fold(0.0, f64::max);
    let blanks = |text: &str, width: usize| " ".repeat(width.saturating_sub(text.width()));
    let mut lines = Vec::new();
    for (((label, number), extra), row) in labels.iter().zip(&numbers).zip(&extras).zip(rows) {
        let (after, before) = (blanks(label, label_width), blanks(number, number_width));
        let gap = if extra_width == 0 { "" } else { "  " };
        let ahead = blanks(extra, extra_width);
        let line = format!("{label}{after}  {before}{number}{gap}{ahead}{extra}  {}", bar(row.1, most));
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// As long as the number is of the most.
fn bar(number: f64, most: f64) -> String {
    let share = if most > 0.0 { (number / most).clamp(0.0, 1.0) } else { 0.0 };
    let eighths = (share * f64::from(LONGEST * 8)).round();
    // A number that is there is seen.
    let eighths = if number > 0.0 { eighths.max(1.0) } else { eighths };
    let full = (eighths / 8.0).floor();
    let part = (1_u8..).zip(PARTS).find(|(n, _)| f64::from(*n) == eighths - full * 8.0);
    let blocks = (1..=LONGEST).take_while(|block| f64::from(*block) <= full).count();
    "█".repeat(blocks) + part.map_or("", |(_, part)| part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(label: &str, number: f64, extra: &str) -> (String, f64, String) {
        (label.to_owned(), number, extra.to_owned())
    }

    #[test]
    fn bars_are_in_proportion() {
        let rows =
            [row("Open", 12.0, "75%"), row("日本", 3.0, "19%"), row("x\ty", 0.0, "0%"), row("", 0.1, "")];
        let shown = lines(&rows);
        assert_eq!(
            shown,
            [
                format!("Open   12  75%  {}", "█".repeat(40)),
                format!("日本    3  19%  {}", "█".repeat(10)),
                "x y     0   0%".to_owned(),
                "      0.1       ▍".to_owned(),
            ]
        );
        assert_eq!(lines(&[row("a", 1.0, "")]), [format!("a  1  {}", "█".repeat(40))]);
    }

    #[test]
    fn nothing_and_odd_numbers_are_no_mistake() {
        assert_eq!(lines(&[]), [""; 0]);
        assert_eq!(lines(&[row("a", 0.0, ""), row("b", -2.0, "")]), ["a   0", "b  -2"]);
        assert_eq!(bar(f64::NAN, 1.0), "");
        assert_eq!(bar(1.0, 1e9), "▏");
    }
}
