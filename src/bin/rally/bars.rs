//! Numbers as bars.

/// The longest bar, in characters.
const LONGEST: f64 = 40.0;
/// What is left of a character, in eighths.
const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

/// A line for each row: its label, its number, what is said of it (or nothing), and a bar. The largest number has the
/// longest bar; what is not above zero has none.
pub(crate) fn lines(rows: &[(String, f64, String)]) -> Vec<String> {
    let numbers: Vec<String> = rows.iter().map(|(_, number, _)| number.to_string()).collect();
    let widest = |widths: &mut dyn Iterator<Item = usize>| widths.max().unwrap_or(0);
    let label_width = widest(&mut rows.iter().map(|(label, ..)| label.chars().count()));
    let number_width = widest(&mut numbers.iter().map(String::len));
    let extra_width = widest(&mut rows.iter().map(|(.., extra)| extra.chars().count()));
    let largest = rows.iter().map(|(_, number, _)| *number).filter(|n| n.is_finite()).fold(0.0, f64::max);
    let line = |((label, number, extra), shown): (&(String, f64, String), &String)| {
        let share = if largest > 0.0 { number / largest } else { 0.0 };
        let after_label = blanks(label_width, label.chars().count());
        let before_number = blanks(number_width, shown.len());
        let gap = if extra_width == 0 { "" } else { "  " };
        let before_extra = blanks(extra_width, extra.chars().count());
        let line =
            format!("{label}{after_label}  {before_number}{shown}{gap}{before_extra}{extra}  {}", bar(share));
        line.trim_end().to_owned()
    };
    rows.iter().zip(&numbers).map(line).collect()
}

fn blanks(width: usize, taken: usize) -> String {
    " ".repeat(width.saturating_sub(taken))
}

/// At least a sliver for what is there at all.
fn bar(share: f64) -> String {
    if share.is_nan() || share <= 0.0 {
        return String::new();
    }
    let eighths = ((share.min(1.0) * LONGEST * 8.0).round() as usize).max(1);
    let mut bar = "█".repeat(eighths / 8);
    bar.extend((eighths % 8).checked_sub(1).and_then(|rest| EIGHTHS.get(rest)));
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rows: &[(&str, f64, &str)]) -> Vec<String> {
        let rows =
            rows.iter().map(|(label, number, extra)| ((*label).to_owned(), *number, (*extra).to_owned()));
        lines(&rows.collect::<Vec<_>>())
    }

    #[test]
    fn the_largest_is_the_longest_and_columns_line_up() {
        let (full, half) = ("█".repeat(40), "█".repeat(20));
        let shown =
            of(&[("Defined", 12.0, ""), ("Été", 6.0, ""), ("In-Progress", 0.0, ""), ("Done", 0.01, "")]);
        let all = [
            format!("Defined        12  {full}"),
            format!("Été             6  {half}"),
            "In-Progress     0".to_owned(),
            "Done         0.01  ▏".to_owned(),
        ];
        assert_eq!(shown, all);
        let shown = of(&[("a", 2.0, ""), ("b", 1.0, "13 points")]);
        assert_eq!(shown, [format!("a  2             {full}"), format!("b  1  13 points  {half}")]);
    }

    #[test]
    fn odd_numbers_make_no_bar_and_no_panic() {
        assert_eq!(of(&[]), [""; 0]);
        assert_eq!(of(&[("a", 0.0, "")]), ["a  0"]);
        for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, f64::MAX, f64::MIN_POSITIVE] {
            let lines = of(&[("a", odd, ""), ("b", 1.0, "")]);
            assert_eq!(lines.len(), 2);
            assert!(lines.iter().all(|line| line.chars().filter(|c| *c == '█').count() <= 40), "{odd}");
        }
    }

    #[test]
    fn parts_of_a_character_are_shown() {
        assert_eq!((bar(1.0 / 80.0), bar(1.0 / 40.0)), ("▌".to_owned(), "█".to_owned()));
    }
}
