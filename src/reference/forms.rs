//! The forms of ids and URLs.

pub(super) fn without_scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once(':')?;
    let rest = rest.strip_prefix("//")?;
    (scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")).then_some(rest)
}

/// Returns the path below the service, from a full URL or from the part after the host or the version. `None` for a
/// URL of something else.
pub(crate) fn below_service(address: &str) -> Option<&str> {
    let (path, is_below) = path_in(address)?;
    let is_ours = if without_scheme(address).is_some() { is_below } else { !address.contains("://") };
    is_ours.then_some(path)
}

/// Returns the path in a URL, and `true` if it is the one below the service. The part before the service belongs to
/// the server.
pub(super) fn path_in(address: &str) -> Option<(&str, bool)> {
    let path = match without_scheme(address) {
        // The host ends at the first slash; without one there is only a host.
        Some(rest) => rest.split_once('/')?.1,
        None => address.strip_prefix('/').unwrap_or(address),
    };
    let (path, is_below) = match after_service(path) {
        Some(rest) => (rest.split_once('/').filter(|(version, _)| is_version(version))?.1, true),
        None => (path, false),
    };
    Some((without_js(path.strip_suffix('/').unwrap_or(path)), is_below))
}

/// Returns what follows `webservice/`; it starts with the version.
fn after_service(path: &str) -> Option<&str> {
    const SERVICE: &str = "webservice/";
    // Every row has a reference, and this is faster than the standard library's text search.
    let at = path.as_bytes().windows(SERVICE.len()).position(|part| part == SERVICE.as_bytes())?;
    let (before, after) = (path.get(..at)?, path.get(at..)?.strip_prefix(SERVICE)?);
    let whole = before.is_empty() || before.ends_with('/');
    // A prefix with an empty first segment is a disguised host.
    if !whole || path.starts_with('/') {
        return None;
    }
    Some(after)
}

fn is_version(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_alphanumeric())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.')
}

fn without_js(path: &str) -> &str {
    match path.len().checked_sub(3).and_then(|at| path.split_at_checked(at)) {
        Some((rest, suffix)) if suffix.eq_ignore_ascii_case(".js") => rest,
        _ => path,
    }
}

/// `true` if a URL gives no meaning to any character.
pub(super) fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

pub(super) fn is_name(text: &str) -> bool {
    is_plain(text) && text.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
}

pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// A number as WSAPI writes it; with leading zeros one object would have several references.
pub(super) fn number(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let canonical = is_digits(digits) && (!digits.starts_with('0') || text == "0");
    if canonical { text.parse().ok() } else { None }
}

pub(super) fn is_uuid(text: &str) -> bool {
    let bytes = text.as_bytes();
    match bytes.len() {
        32 => bytes.iter().all(u8::is_ascii_hexdigit),
        36 => bytes.iter().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => *b == b'-',
            _ => b.is_ascii_hexdigit(),
        }),
        _ => false,
    }
}

/// User, then workspace or project, then role: `123u456w1`.
pub(super) fn is_permission(text: &str) -> bool {
    let Some((user, rest)) = text.split_once(['u', 'U']) else { return false };
    let Some((scope, role)) = rest.split_once(['w', 'W', 'p', 'P']) else { return false };
    is_digits(user) && is_digits(scope) && is_digits(role)
}

pub(super) fn is_id(text: &str) -> bool {
    number(text).is_some() || is_uuid(text) || is_permission(text)
}

pub(super) fn is_formatted_id(text: &str) -> bool {
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let digits = text.get(letters..).unwrap_or_default();
    (1..=5).contains(&letters) && digits.len() <= 18 && is_digits(digits)
}
