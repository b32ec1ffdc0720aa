//! The picture of the README: a terminal drawn from what the program prints, and drawn again by this test.
#![cfg(unix)]

use crate::run::Desk;
use crate::transcript::run;
use std::path::Path;

const PATH: &str = "tests/transcripts/rally.svg";

const COMMANDS: [&str; 4] = [
    "rally query Defect 'State = Open' --fetch FormattedID,Name,Priority,Owner.EmailAddress",
    "rally query Defect 'Serverity = Cosmetic'",
    "rally update DE1-DE2 Priority=Low",
    "rally history DE1 --field Priority",
];

/// Columns; a longer line goes on in the next.
const WIDTH: usize = 96;

/// Pixels of a letter, and of a line.
const LETTER: f64 = 7.8;
const LINE: usize = 19;

/// The lines of a terminal: what was typed, and what came.
fn lines(desk: &Desk) -> Vec<(bool, String)> {
    let mut lines = Vec::new();
    for (command, output) in COMMANDS.iter().zip(run(desk, COMMANDS)) {
        lines.push((true, format!("$ {command}")));
        for line in output.trim_end().lines() {
            let letters: Vec<char> = line.chars().collect();
            let parts = letters.chunks(WIDTH).map(|part| part.iter().collect::<String>());
            lines.extend(parts.map(|part| (false, part)));
        }
        lines.push((false, String::new()));
    }
    lines.pop();
    lines
}

fn draw(lines: &[(bool, String)]) -> String {
    let (width, height) = (WIDTH as f64 * LETTER + 32.0, lines.len() * LINE + 54);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" role=\"img\" \
         aria-label=\"A terminal with four commands of rally and what they print\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#1d2330\"/>\n\
         <g fill=\"#596273\"><circle cx=\"18\" cy=\"17\" r=\"5\"/><circle cx=\"36\" cy=\"17\" r=\"5\"/>\
         <circle cx=\"54\" cy=\"17\" r=\"5\"/></g>\n\
         <g font-family=\"ui-monospace, Menlo, Consolas, monospace\" font-size=\"13\" fill=\"#d6dbe6\">\n"
    );
    for (index, (typed, line)) in lines.iter().enumerate().filter(|(_, (_, line))| !line.is_empty()) {
        let text = line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        // Some viewers take several blanks for one.
        let text = text.replace(' ', "\u{a0}");
        let colour = if *typed { " fill=\"#8fd18f\"" } else { "" };
        // Whatever the reader's font: columns stand below each other.
        let length = line.chars().count() as f64 * LETTER;
        let y = 48 + index * LINE;
        svg.push_str(&format!("<text x=\"16\" y=\"{y}\" textLength=\"{length:.1}\"{colour}>{text}</text>\n"));
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

#[test]
fn the_picture_shows_what_the_program_prints() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PATH);
    let now = draw(&lines(&Desk::new()));
    if std::env::var_os("WRITE_TRANSCRIPTS").is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    let then = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = then.lines().zip(now.lines()).find(|(then, now)| then != now);
    assert_eq!(differs, None, "set WRITE_TRANSCRIPTS to draw it anew, and look at it");
    assert_eq!(then.lines().count(), now.lines().count());
}
