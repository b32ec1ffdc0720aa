//! Standard output and standard error: whatever the program says goes through here.
//!
//! `print!` and its kind panic where their reader is gone; a lint keeps them out.

use crate::pager::Pager;
use crate::text::{escaped, plain_lines};
use crate::{paint, progress};
use std::cell::Cell;
use std::io::{self, BufWriter, IsTerminal, Write, stderr, stdout};

thread_local! {
    /// Whether what is written now is of the program's own making, colours included.
    static PAINTED: Cell<bool> = const { Cell::new(false) };
}

/// Writes a text whose only control characters are the program's own: all that is a stranger's in it is harmless.
pub(crate) fn painted<T>(write: impl FnOnce() -> T) -> T {
    PAINTED.set(true);
    let done = write();
    PAINTED.set(false);
    done
}

/// Standard output: every byte to a pipe or a file, harmless characters alone to a terminal.
#[derive(Debug)]
pub(crate) struct Output<W: Write = BufWriter<Box<dyn Write>>> {
    out: W,
    is_terminal: bool,
}

impl Output {
    /// What is printed goes to a pager, if there is one: it shows it on the terminal.
    pub(crate) fn new(pager: Option<&mut Pager>) -> Output {
        let pager = pager.and_then(|pager| Some(Box::new(pager.input()?) as Box<dyn Write>));
        let out = pager.unwrap_or_else(|| Box::new(stdout().lock()));
        Output { out: BufWriter::with_capacity(64 << 10, out), is_terminal: stdout().is_terminal() }
    }
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.is_terminal || PAINTED.get() {
            return self.out.write(bytes);
        }
        // Whole characters come: texts are written as texts. A file name may hold others.
        self.out.write_all(escaped(&String::from_utf8_lossy(bytes)).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Writes a line to standard error. A closed standard error is ignored.
pub(crate) fn say(text: &str) {
    put("rally:", &format!(" {text}\n"));
}

/// The same for what went wrong.
pub(crate) fn complain(text: &str) {
    let name = if paint::on_stderr() { paint::red("rally:") } else { "rally:".to_owned() };
    put(&name, &format!(" {text}\n"));
}

/// A text as it stands, without an end of its own.
pub(crate) fn ask(text: &str) {
    put("", text);
}

fn put(name: &str, text: &str) {
    progress::aside(|| {
        let _ = stderr().write_all(format!("{name}{}", plain_lines(text)).as_bytes());
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(is_terminal: bool, text: &str) -> String {
        let mut output = Output { out: Vec::new(), is_terminal };
        write!(output, "{text}").unwrap();
        String::from_utf8(output.out).unwrap()
    }

    #[test]
    fn a_terminal_gets_no_character_that_does_something() {
        let odd =
            ['\u{1b}', '\u{7}', '\r', '\u{7f}', '\u{9b}', '\u{61c}', '\u{200e}', '\u{200f}', '\u{2028}']
                .into_iter()
                .chain('\u{202a}'..='\u{202e}')
                .chain('\u{2066}'..='\u{2069}');
        for c in odd {
            let text = format!("a{c}b\tc\n");
            assert_eq!(written(true, &text), format!("a\\u{:04x}b\tc\n", u32::from(c)));
            assert_eq!(written(false, &text), text);
        }
        // What JSON says stays what it says.
        let json = serde_json::json!({"Name": "a\u{202e}b\u{9b}\u{1b}"});
        let shown = written(true, &json.to_string());
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), json);
        assert!(!shown.contains(crate::text::is_unsafe));
        assert_eq!(written(true, "Été 日本語 🐞"), "Été 日本語 🐞");
    }
}
