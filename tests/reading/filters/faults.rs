//! The position of the caret, and the advice of the message.

use rally_wsapi::{ErrorKind, Filter};

/// The position of the mistake, and the message.
fn fault(text: &str) -> (usize, String) {
    match text.parse::<Filter>() {
        Ok(filter) => panic!("{text} became {filter}"),
        Err(error) => match error.kind() {
            ErrorKind::Filter(fault) => (fault.offset, error.to_string()),
            other => panic!("{text}: {other:?}"),
        },
    }
}

#[test]
fn the_message_shows_the_place_and_the_right_form() {
    for (text, place, remedy) in [
        ("State = Open && Owner = null", "&&", "write AND"),
        ("State = Open || Owner = null", "||", "write OR"),
        ("State = Open | Owner = null", "| Owner", "write OR"),
        ("State == Open", "==", "write `=`"),
        ("State <> Open", "<>", "write `!=`"),
        ("State=~Open", "=~", "write `contains`"),
        ("State ≠ Open", "≠", "write `!=`"),
        ("Rank => 3", "=>", "write `>=`"),
        ("!(State = Open)", "!", "turn the operator around"),
        ("NOT (State = Open)", "NOT", "turn the operator around"),
        ("a = 1 AND NOT State = Open", "NOT", "turn the operator around"),
        ("Owner IS NULL", "IS", "write `= null`"),
        ("Owner is not null", "is", "write `!= null`"),
        ("Name LIKE '%card%'", "LIKE", "write `contains`"),
        ("Name NOT LIKE '%card%'", "NOT", "write `!contains`"),
        ("Name not contains card", "not", "write `!contains`"),
        ("Name ! contains card", "!", "write `!contains`"),
        ("Name does not contain card", "does", "write `!contains`"),
        ("State NOT IN (Open, Fixed)", "NOT", "write `!in"),
        ("Rank NOT BETWEEN 1 AND 5", "NOT", "write `!between"),
        ("State -eq Open", "-eq", "write `=`"),
        ("State in \"Open,Fixed\"", "\"Open", r#"write `in "Open", "Fixed"`"#),
        ("State in ('Open,Fixed')", "'Open", r#"write `in "Open", "Fixed"`"#),
        ("State in [Open, Fixed]", "[", "a list is (Open, Fixed)"),
        ("State = Open, Fixed", ", Fixed", "State in Open, Fixed"),
        ("State = Open;", ";", "leave it out"),
        ("State = “Open”", "“", "write \" around"),
        ("Name = O’Brien", "’", "write \" around"),
        ("State ＝ Open", "＝", "write `=`"),
        ("State = Open＆＆Ready", "＆", "write AND"),
        ("Name contains %card%", "%", "not a wildcard"),
        ("Name = card*", "*", "not a wildcard"),
        ("Name = 'O''Brien'", "''B", "put a value that holds quotes"),
        (r"Name = 'O\'Brien'", "'Brien", "put a value that holds quotes"),
        ("State = 'Open", "'Open", "closing `'` is missing"),
        ("State = 'Open'AND Owner = 'x'", "'AND", "is expected after the closing quote"),
        ("State = 'Open'and'x'", "'and", "is expected after the closing quote"),
        ("State = Open ORDER BY Name", "BY", "put the value in quotes"),
        ("State = Open limit 10", "10", "put the value in quotes"),
        ("State = Open XOR Ready", "XOR", "put the value in quotes"),
        ("Rank >= 0 und State equals NULL", "State equals", "`State equals` looks like part of a condition"),
        ("State = In Progress e Owner.Name is x", "Owner.Name", "write AND before"),
        ("State != NULL&State eq NULL", "NULL&", "`State eq` looks like"),
        ("Rank >= 0/State:Open", "0/", "`State :` looks like"),
        ("Rank >= 0 und State:NULL", "State:", "`State :` looks like"),
        ("State in Open, Fixed,State:Closed", "State:", "`State :` looks like"),
        ("Rank >= 0/State eq NULL", "0/", "`State eq` looks like"),
        ("State in Open, Fixed, Name has cat", "Name has", "put the value in quotes"),
        ("State = NOT Closed", "NOT", "turn the operator around"),
        ("Owner = not null", "not", "turn the operator around"),
        ("Name contains '%card%'", "'%", "write `contains \"card\"`"),
        ("Name contains '*card*'", "'*", "write `contains \"card\"`"),
        ("State in 'Open;Fixed'", "'Open", r#"write `in "Open", "Fixed"`"#),
        ("State in \"Open or Fixed\"", "\"Open", r#"write `in "Open", "Fixed"`"#),
        ("CreationDate > today - 7", "- 7", "without quotes"),
        ("PlanEstimate > 2+3", "2+3", "a sum"),
        ("State = $STATE", "$", "without quotes"),
        ("State = ?", "?", "quotes"),
        ("State = {state}", "{", "quotes"),
        ("'State' = Open", "'State", "a name cannot begin"),
        ("[State] = Open", "[State", "a name cannot begin"),
        ("5 < PlanEstimate", "5 ", "the attribute comes before"),
        ("State:Open", ":", "write `=`"),
        ("Owner->Name = Ann", "->", "paths with dots"),
        ("SELECT * FROM Defect", "SELECT", "write the condition alone"),
        ("WHERE State = Open", "WHERE", "write the condition alone"),
        ("State = Open\u{200B}", "\u{200B}", "U+200B"),
        ("State = Open -- mine", "--", "without quotes"),
        ("State = Open # mine", "# mine", "without quotes"),
    ] {
        let (offset, message) = fault(text);
        let end = text.len();
        assert_eq!(offset, text.find(place).unwrap_or(end), "{text}: {message}");
        assert!(message.contains(remedy), "{text}: {message}");
    }
}

#[test]
fn a_long_text_is_cut_around_the_mistake() {
    let text = format!("{} && b = 2 OR {}", "(a = 1 OR ".repeat(10), "c = 3 ".repeat(20_000));
    let long = format!("Name = \"{}\" && {}", "x".repeat(100_000), "é = 1 AND ".repeat(10_000));
    for text in [text, long] {
        let (offset, message) = fault(&text);
        assert!(message.chars().count() < 500, "{message}");
        let lines: Vec<&str> = message.lines().collect();
        let column = lines[2].chars().position(|c| c == '^').unwrap();
        let below: String = lines[1].chars().skip(column).take(2).collect();
        assert_eq!(below, text[offset..].chars().take(2).collect::<String>(), "{message}");
    }
}

#[test]
fn texts_of_256_kib_are_read_or_refused_soon() {
    const SIZE: usize = 256 * 1024;
    let repeated = |text: &str| text.repeat(SIZE / text.len());
    let texts = [
        repeated("x"),
        format!("Name = {}", repeated("word ")),
        format!("Name = {}", repeated("y")),
        format!("Name = {}", repeated("\u{A0}y")),
        format!("Name = '{}", repeated("O'Brien ")),
        format!("Name = '{}", repeated("x'a")),
        format!("Name = \"{}", repeated("\\\"")),
        format!("State in {}Open", repeated("Open,")),
        format!("{}a = 1", repeated("a = 1 AND ")),
        format!("{}a = 1", repeated("a = 1 or b = 2 and ")),
        repeated("("),
        format!("{}a = 1", repeated("((a = 1) or b = 2) and ")),
        repeated("!"),
        repeated("not "),
        format!("Name {}", repeated("is ")),
        format!("State in \"{}\"", repeated("a,")),
        repeated(" "),
    ];
    // A linear parser takes less than a second; a quadratic one would take most of an hour.
    for text in &texts {
        let _ = text.parse::<Filter>().map(|filter| filter.to_string());
    }
}
