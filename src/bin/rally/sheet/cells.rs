//! Cells as values to write, and whether a cell says what is there already.

use super::columns::Holds;
use rally_wsapi::Ref;
use rally_wsapi::jiff::Timestamp;
use rally_wsapi::jiff::civil::Date;
use serde_json::{Number, Value};

/// The value that a cell with a text writes.
pub(super) fn value(holds: Holds, text: &str) -> Result<Value, String> {
    let trimmed = text.trim();
    match holds {
        Holds::Text => Ok(text.into()),
        Holds::Object | Holds::Date => Ok(trimmed.into()),
        Holds::Members => {
            let names = trimmed.split(',').map(str::trim).filter(|name| !name.is_empty());
            Ok(names.map(Value::from).collect())
        }
        Holds::Number => match serde_json::from_str::<Number>(trimmed) {
            Ok(number) => Ok(Value::Number(number)),
            Err(_) => Err(format!("`{trimmed}` is not a number; write it as 1234.5")),
        },
        Holds::Boolean => match trimmed.to_lowercase().as_str() {
            "true" => Ok(true.into()),
            "false" => Ok(false.into()),
            _ => Err(format!("`{trimmed}` is neither true nor false")),
        },
    }
}

/// The value that empties a field.
pub(super) fn nothing(holds: Holds) -> Value {
    match holds {
        Holds::Text => "".into(),
        Holds::Members => Value::Array(Vec::new()),
        _ => Value::Null,
    }
}

/// Whether a cell says the same as the text that a query prints: spreadsheets write 3.0 as 3 and true as TRUE.
pub(super) fn same(holds: Option<Holds>, before: &str, after: &str) -> bool {
    if before.replace("\r\n", "\n") == after {
        return true;
    }
    let (before, after) = (before.trim(), after.trim());
    let number = |text: &str| text.parse::<f64>().ok();
    match holds {
        Some(Holds::Number) => number(before).is_some() && number(before) == number(after),
        Some(Holds::Boolean) => before.eq_ignore_ascii_case(after),
        Some(Holds::Date) => {
            let time = |text: &str| text.parse::<Timestamp>().ok();
            let day = |text: &str| text.parse::<Date>().ok().filter(|_| !text.contains('T'));
            match (time(before), time(after)) {
                (Some(one), Some(other)) => one == other,
                _ => day(before).is_some() && day(before) == day(after),
            }
        }
        Some(Holds::Members) => {
            let names = |text: &str| {
                let mut names: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
                names.sort();
                names
            };
            names(before) == names(after)
        }
        Some(Holds::Object) => before == after,
        Some(Holds::Text) => false,
        // What cannot be set may be in any form.
        None => {
            let reference = |text: &str| Ref::parse(text).ok();
            before == after
                || before.eq_ignore_ascii_case(after) && ["true", "false"].contains(&before)
                || number(before).is_some() && number(before) == number(after)
                || reference(before).is_some() && reference(before) == reference(after)
                || same(Some(Holds::Date), before, after)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cells_become_values_of_their_kind() {
        for (holds, text, wanted) in [
            (Holds::Text, " 3 ", json!(" 3 ")),
            (Holds::Number, " 2.50 ", json!(2.5)),
            (Holds::Number, "9007199254740993", json!(9_007_199_254_740_993_i64)),
            (Holds::Boolean, "TRUE", json!(true)),
            (Holds::Object, " ann@x.example ", json!("ann@x.example")),
            (Holds::Members, "quick win, slow , ", json!(["quick win", "slow"])),
        ] {
            assert_eq!(value(holds, text), Ok(wanted), "{text}");
        }
        for (holds, text) in [
            (Holds::Number, "three"),
            (Holds::Number, "1,5"),
            (Holds::Number, "NaN"),
            (Holds::Number, "0x10"),
            (Holds::Boolean, "yes"),
            (Holds::Boolean, "1"),
        ] {
            assert!(value(holds, text).unwrap_err().contains(&format!("`{text}`")));
        }
        assert_eq!(
            [Holds::Text, Holds::Members, Holds::Date].map(nothing),
            [json!(""), json!([]), json!(null)]
        );
    }

    #[test]
    fn what_spreadsheets_rewrite_is_no_change() {
        let t = "2026-04-02T09:00:00.000Z";
        for (holds, before, after, wanted) in [
            (Some(Holds::Number), "3.0", "3", true),
            (Some(Holds::Number), "3.0", "4", false),
            (Some(Holds::Number), "", "0", false),
            (Some(Holds::Boolean), "false", "FALSE", true),
            (Some(Holds::Boolean), "false", "TRUE", false),
            (Some(Holds::Text), "a\r\nb", "a\nb", true),
            (Some(Holds::Text), "3.0", "3", false),
            (Some(Holds::Text), "a", "A", false),
            (Some(Holds::Date), t, "2026-04-02T11:00:00+02:00", true),
            (Some(Holds::Date), t, "2026-04-02", false),
            (Some(Holds::Date), "2026-04-02", "2026-04-02", true),
            (Some(Holds::Members), "Salt, Lemon", "Lemon,Salt", true),
            (Some(Holds::Members), "Salt", "Lemon", false),
            (
                None,
                "http://a:1/slm/webservice/v2.0/defect/701",
                "https://b/slm/webservice/v2.0/defect/701",
                true,
            ),
            (None, "http://a:1/slm/webservice/v2.0/defect/701", "/defect/702", false),
            (None, "123456789012", "1.23E+11", false),
            (None, "701", "701.0", true),
            (None, t, "2026-04-02T09:00:00Z", true),
            (None, "Open", "open", false),
        ] {
            assert_eq!(same(holds, before, after), wanted, "{holds:?} {before} {after}");
        }
    }
}
