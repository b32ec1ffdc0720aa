//! Which fields of an object to show: `fetch` and `shallowFetch`.

use std::collections::HashMap;

/// Which fields of an object to show.
#[derive(Debug)]
pub(super) enum Fetch {
    /// Reference and name.
    Stub,
    All,
    /// These attributes, in objects at every depth.
    Names(HashMap<String, Wanted>),
    /// These attributes of this object, and of its objects those in brackets.
    Shallow(HashMap<String, Wanted>),
}

/// What to show of one attribute.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// Set if a collection is summarised, with the attributes: each entry is one, or several together.
    pub(super) summary: Option<Vec<Vec<String>>>,
    /// For `shallowFetch`: the attributes of the object it holds.
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

/// The attributes whose numbers are added up: `sum:[PlanEstimate,TaskActualTotal]`.
pub(super) fn sums(list: &str) -> Vec<String> {
    let inside = split(list).filter_map(|part| {
        let (name, rest) = part.split_once('[')?;
        name.trim().eq_ignore_ascii_case("sum:").then(|| rest.strip_suffix(']').unwrap_or(rest))
    });
    inside.flat_map(split).map(|n| n.trim().to_owned()).filter(|n| !n.is_empty()).collect()
}

const DEEPEST: usize = 20;

/// Names in lower case; what is not understood is dropped, as by the server.
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
        if part.trim_start().to_ascii_lowercase().starts_with("sum:") {
            continue;
        }
        let wanted = all.entry(name.trim().to_ascii_lowercase()).or_default();
        if sums {
            let groups = split(inside).map(|group| group.split('+').map(|s| s.trim().to_owned()).collect());
            let groups = groups.filter(|names: &Vec<String>| names.iter().all(|n| !n.is_empty()));
            wanted.summary.get_or_insert_default().extend(groups);
        } else {
            wanted.inside.extend(names(inside, depth + 1));
        }
    }
    all.remove("");
    all
}

/// Splits at commas and semicolons outside brackets.
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
            Some("Name, owner ,,Tasks:summary[State;Owner+State],Defects:summary[],sum:[Estimate,ToDo]"),
            None,
            Fetch::Stub,
        ) else {
            panic!("a list gives names");
        };
        let mut names: Vec<&str> = all.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["defects", "name", "owner", "tasks"]);
        let groups = [vec!["State".to_owned()], vec!["Owner".to_owned(), "State".to_owned()]];
        assert_eq!(all["tasks"].summary, Some(groups.to_vec()));
        assert_eq!((&all["defects"].summary, &all["name"].summary), (&Some(Vec::new()), &None));
        assert_eq!(sums("Name,sum:[Estimate,ToDo; Actuals],SUM:[x]"), ["Estimate", "ToDo", "Actuals", "x"]);
        assert!(sums("Tasks:summary[sum:],sum,sum:").is_empty());
        let shallow = Some("Name,WorkProduct[Name;Project[Name;Owner]],Owner");
        let Fetch::Shallow(all) = Fetch::read(None, shallow, Fetch::Stub) else { panic!("shallow") };
        assert!(all["workproduct"].inside["project"].inside.contains_key("owner"));
        assert!(all["owner"].inside.is_empty());
        assert!(matches!(Fetch::read(Some("TRUE"), None, Fetch::Stub), Fetch::All));
    }
}
