//! The pictures of the README: terminals drawn from the program's output, and checked against it by this test.
#![cfg(unix)]

use crate::run::Desk;
use crate::transcript::run;
use std::path::Path;
use unicode_width::UnicodeWidthChar;

/// Each picture with its alternative text and its commands.
const PICTURES: [(&str, &str, &[&str]); 2] = [
    (
        "tests/transcripts/rally.svg",
        "A terminal with five commands of rally and what they print",
        &[
            "rally query Defect 'State = Open' --fetch FormattedID,Name,Priority,Owner.EmailAddress",
            "rally query Defect 'Serverity = Cosmetic'",
            "rally update DE1-DE2 Priority=Low",
            "rally history DE1 --field Priority",
            "rally query Defect --count-by State",
        ],
    ),
    (
        "tests/transcripts/sprint.svg",
        "A terminal with the items of a sprint by state, and a portfolio item as a tree",
        &["rally sprint", "rally tree F1"],
    ),
];

/// Columns; a longer line continues on the next.
const WIDTH: usize = 96;

/// Width of a letter and height of a line, in pixels.
const LETTER: f64 = 7.8;
const LINE: usize = 19;

/// How a letter is drawn, as attributes of SVG.
type Style = &'static str;

const TYPED: Style = " fill=\"#8fd18f\"";

/// The lines of a terminal: commands and output, letter by letter.
fn lines(desk: &Desk, commands: &[&str]) -> Vec<Vec<(Style, char)>> {
    let mut lines = Vec::new();
    let outputs = run(desk, ["export CLICOLOR_FORCE=1"].iter().chain(commands).copied());
    for (command, output) in commands.iter().zip(outputs.iter().skip(1)) {
        lines.push(format!("$ {command}").chars().map(|letter| (TYPED, letter)).collect());
        for line in output.trim_end().lines() {
            let letters = styled(line);
            let parts = letters.chunks(WIDTH).map(<[_]>::to_vec);
            lines.extend(parts.chain(letters.is_empty().then(Vec::new)));
        }
        lines.push(Vec::new());
    }
    lines.pop();
    lines
}

/// The letters of a line, each with the colour that the escape sequence before it sets.
fn styled(line: &str) -> Vec<(Style, char)> {
    let mut parts = line.split("\u{1b}[");
    let plain = parts.next().unwrap_or_default().chars().map(|letter| ("", letter));
    let mut letters: Vec<_> = plain.collect();
    for part in parts {
        let (code, text) = part.split_once('m').unwrap();
        let style = match code {
            "0" => "",
            "1" => " font-weight=\"bold\"",
            "31" => " fill=\"#f08a8a\"",
            "32" => " fill=\"#8fd18f\"",
            "33" => " fill=\"#e6c06a\"",
            other => panic!("a colour that is not drawn yet: {other}"),
        };
        letters.extend(text.chars().map(|letter| (style, letter)));
    }
    letters
}

fn draw(label: &str, lines: &[Vec<(Style, char)>]) -> String {
    let (width, height) = (WIDTH as f64 * LETTER + 32.0, lines.len() * LINE + 54);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" role=\"img\" \
         aria-label=\"{label}\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#1d2330\"/>\n\
         <g fill=\"#596273\"><circle cx=\"18\" cy=\"17\" r=\"5\"/><circle cx=\"36\" cy=\"17\" r=\"5\"/>\
         <circle cx=\"54\" cy=\"17\" r=\"5\"/></g>\n\
         <g font-family=\"ui-monospace, Menlo, Consolas, monospace\" font-size=\"13\" fill=\"#d6dbe6\">\n"
    );
    for (index, line) in lines.iter().enumerate() {
        let mut from = 0;
        for part in line.chunk_by(|(one, _), (other, _)| one == other) {
            let text: String = part.iter().map(|(_, letter)| letter).collect();
            let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            // Some viewers collapse several blanks.
            let text = text.replace(' ', "\u{a0}");
            // Columns stay aligned with any font.
            // A pictograph is two columns wide in a terminal.
            let places: usize = part.iter().filter_map(|(_, letter)| letter.width()).sum();
            let (x, length) = (16.0 + from as f64 * LETTER, places as f64 * LETTER);
            let y = 48 + index * LINE;
            let style = part[0].0;
            svg.push_str(&format!(
                "<text x=\"{x:.1}\" y=\"{y}\" textLength=\"{length:.1}\"{style}>{text}</text>\n"
            ));
            from += places;
        }
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

#[test]
fn the_pictures_show_what_the_program_prints() {
    for (path, label, commands) in PICTURES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        let now = draw(label, &lines(&Desk::new(), commands));
        if std::env::var_os("WRITE_TRANSCRIPTS").is_some() {
            std::fs::write(&path, &now).unwrap();
        }
        let then = std::fs::read_to_string(&path).unwrap_or_default();
        let differs = then.lines().zip(now.lines()).find(|(then, now)| then != now);
        assert_eq!(differs, None, "set WRITE_TRANSCRIPTS to draw it again, and look at it");
        assert_eq!(then.lines().count(), now.lines().count());
    }
}
