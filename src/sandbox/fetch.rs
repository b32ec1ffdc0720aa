//! What of an object is asked for: `fetch` and `shallowFetch`.

use std::collections::HashMap;

/// What of an object is shown.
#[derive(Debug)]
pub(super) enum Fetch {
    /// Reference and name.
    Stub,
    All,
    /// These attributes, in objects at every depth.
    Names(HashMap<String, Wanted>),
    /// These attributes of this object, and of its objects what stands in brackets.
    Shallow(HashMap<String, Wanted>),
}

/// What of one attribute is shown.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// The attributes a collection is summed up by.
    pub(super) summary: Vec<String>,
    /// For `shallowFetch`: what of the object it holds.
    pub(super) inside: HashMap<String, Wanted>,
}

impl Fetch {
    /// `fetch=true` and the like; `shallowFetch` where that is given.
    pub(super) fn read(fetch: Option<&str>, shallow: Option<&str>, absent: Fetch) -> Fetch {
        if let Some(list) = shallow {
            return Fetch::Shallow(names(list, 0));
        }
        match fetch {
            None => absent,
            Some(all) if all.eq_ignore_ascii_case("true") => Fetch::All,
            Some(none) if none.eq_ignore_ascii_case("false") => Fetch::Stub,
            Some(list) => Fetch::Names(names(list, 0)),
        }
    }
}

const DEEPEST: usize = 20;

/// Names in small letters; what is not understood is dropped, as the server does.
fn names(list: &str, depth: usize) -> HashMap<String, Wanted> {
    let mut all: HashMap<String, Wanted> = HashMap::new();
    if depth > DEEPEST {
        return all;
    }
    for part in split(list) {
        let (name, inside) = match part.split_once('[') {
            Some((name, rest)) => (name, rest.strip_suffix(']').unwrap_or(rest)),
            None => (part, ""),
        };
        let (name, sums) = match name.split_once(':') {
            Some((name, word)) => (name, word.trim().eq_ignore_ascii_case("summary")),
            None => (name, false),
        };
        let wanted = all.entry(name.trim().to_ascii_lowercase()).or_default();
        if sums {
            wanted.summary = split(inside).map(|s| s.trim().to_owned()).filter(|s| !s.is_empty()).collect();
        } else {
            wanted.inside.extend(names(inside, depth + 1));
        }
    }
    all.remove("");
    all
}

/// At commas and semicolons outside brackets.
fn split(list: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0usize;
    list.split(move |letter| {
        match letter {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && matches!(letter, ',' | ';')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_with_their_brackets() {
        let Fetch::Names(all) = Fetch::read(
            Some("Name, owner ,,Tasks:summary[State;Owner],Defects:summary[]"),
            None,
            Fetch::Stub,
        ) else {
            panic!("a list gives names");
        };
        let mut names: Vec<&str> = all.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["defects", "name", "owner", "tasks"]);
        assert_eq!(all["tasks"].summary, ["State", "Owner"]);
        let shallow = Some("Name,WorkProduct[Name;Project[Name;Owner]],Owner");
        let Fetch::Shallow(all) = Fetch::read(None, shallow, Fetch::Stub) else { panic!("shallow") };
        assert!(all["workproduct"].inside["project"].inside.contains_key("owner"));
        assert!(all["owner"].inside.is_empty());
        assert!(matches!(Fetch::read(Some("TRUE"), None, Fetch::Stub), Fetch::All));
    }
}
