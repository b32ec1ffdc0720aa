//! Writes JSON straight into a buffer: pages are too large to be built as values first.

use std::io::Write;

/// A text with its quotes.
pub(super) fn text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut from = 0;
    for (i, byte) in text.bytes().enumerate() {
        let escape: &[u8] = match byte {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            b'\t' => b"\\t",
            0..0x20 => b"",
            _ => continue,
        };
        out.extend_from_slice(text.as_bytes().get(from..i).unwrap_or_default());
        from = i + 1;
        match escape {
            b"" => {
                let _ = write!(out, "\\u{byte:04x}");
            }
            escape => out.extend_from_slice(escape),
        }
    }
    out.extend_from_slice(text.as_bytes().get(from..).unwrap_or_default());
    out.push(b'"');
}

pub(super) fn text_of(plain: &str) -> String {
    let mut out = Vec::with_capacity(plain.len() + 2);
    text(&mut out, plain);
    String::from_utf8(out).unwrap_or_default()
}

pub(super) fn int(out: &mut Vec<u8>, number: i64) {
    let mut digits = [0; 20];
    let (mut at, mut rest) = (digits.len(), number.unsigned_abs());
    loop {
        at -= 1;
        if let Some(place) = digits.get_mut(at) {
            *place = b'0' + (rest % 10) as u8;
        }
        rest /= 10;
        if rest == 0 || at == 0 {
            break;
        }
    }
    if number < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(digits.get(at..).unwrap_or_default());
}

/// With a decimal point, as the server writes it. NaN and infinities are null.
pub(super) fn float(out: &mut Vec<u8>, number: f64) {
    if number.is_finite() {
        let _ = write!(out, "{number:?}");
    } else {
        out.extend_from_slice(b"null");
    }
}

/// `["a","b"]`.
pub(super) fn texts<T: AsRef<str>>(out: &mut Vec<u8>, all: &[T]) {
    out.push(b'[');
    for (i, one) in all.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        text(out, one.as_ref());
    }
    out.push(b']');
}
