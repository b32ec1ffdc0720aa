//! Bars of text: how much of each.

/// The longest bar, in characters.
const LONGEST: f64 = 30.0;
/// What is left of a character, in eighths.
const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

/// A line a row: the label, the number and its bar. The largest number has the longest bar; what is not above zero
/// has none.
pub(crate) fn bars(rows: &[(String, f64)]) -> Vec<String> {
    let numbers: Vec<String> = rows.iter().map(|(_, number)| short(*number)).collect();
    let label_width = rows.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
    let number_width = numbers.iter().map(String::len).max().unwrap_or(0);
    let largest = rows.iter().map(|(_, number)| *number).filter(|n| n.is_finite()).fold(0.0, f64::max);
    let line = |((label, number), shown): (&(String, f64), String)| {
        let share = if largest > 0.0 { number / largest } else { 0.0 };
        let after_label = blanks(label_width, label.chars().count());
        let before_number = blanks(number_width, shown.len());
        format!("{label}{after_label}  {before_number}{shown}  {}", bar(share)).trim_end().to_owned()
    };
    rows.iter().zip(numbers).map(line).collect()
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

/// `3`, `2.5`: at most two digits behind the point.
pub(crate) fn short(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rows: &[(&str, f64)]) -> Vec<String> {
        bars(&rows.iter().map(|(label, number)| ((*label).to_owned(), *number)).collect::<Vec<_>>())
    }

    #[test]
    fn the_largest_is_the_longest_and_columns_line_up() {
        let full = "█".repeat(30);
        let lines = of(&[("Defined", 12.0), ("Été", 6.0), ("In-Progress", 0.0), ("Done", 0.01)]);
        let half = "█".repeat(15);
        assert_eq!(
            lines,
            [
                format!("Defined        12  {full}"),
                format!("Été             6  {half}"),
                "In-Progress     0".to_owned(),
                "Done         0.01  ▏".to_owned(),
            ]
        );
    }

    #[test]
    fn odd_numbers_make_no_bar_and_no_panic() {
        assert_eq!(of(&[]), [""; 0]);
        assert_eq!(of(&[("a", 0.0)]), ["a  0"]);
        for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, f64::MAX, f64::MIN_POSITIVE] {
            let lines = of(&[("a", odd), ("b", 1.0)]);
            assert_eq!(lines.len(), 2);
            assert!(lines.iter().all(|line| line.chars().filter(|c| *c == '█').count() <= 30), "{odd}");
        }
    }

    #[test]
    fn parts_of_a_character_are_shown() {
        assert_eq!(bar(1.0 / 60.0), "▌");
        assert_eq!(bar(1.0 / 30.0), "█");
        assert_eq!(
            (short(2.50), short(3.0), short(100.0), short(0.126)),
            ("2.5".into(), "3".into(), "100".into(), "0.13".into())
        );
    }
}
