//! The parameters of a query, from a JSON body or a query string.

use super::super::past::Doc;

pub(super) const MOST: usize = 20_000;
const MOST_WHOLE: usize = 100;
const DEFAULT: usize = 100;
const WHOLE: &str = "Max page size limited to 100 when fields=true";

/// What the rows of an answer contain.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Wanted {
    All,
    Names(Vec<String>),
}

impl Wanted {
    /// `true` if a row contains that field, or a part of it.
    pub(super) fn has(&self, name: &str) -> bool {
        match self {
            Wanted::All => name != "FormattedID",
            Wanted::Names(names) => names
                .iter()
                .any(|n| n.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))),
        }
    }
}

#[derive(Debug)]
pub(super) struct Question {
    pub(super) find: Doc,
    pub(super) fields: Wanted,
    pub(super) hydrate: Vec<String>,
    /// `true` for ascending.
    pub(super) sort: Vec<(String, bool)>,
    pub(super) start: usize,
    pub(super) pagesize: usize,
    pub(super) compress: bool,
    pub(super) remove_unauthorized: bool,
    pub(super) warnings: Vec<String>,
}

/// The error is the server's text.
pub(super) fn read(params: &[(String, String)], body: &[u8]) -> Result<Question, String> {
    let is_empty = body.iter().all(u8::is_ascii_whitespace);
    let body = if is_empty { Doc::Map(Vec::new()) } else { Doc::read(body).map_err(not_json)? };
    if !matches!(body, Doc::Map(_)) {
        return Err(not_json("expected an object".to_owned()));
    }
    let given = |name: &str| match body.get(name) {
        Some(Doc::Null) => Ok(None),
        Some(value) => Ok(Some(value.clone())),
        None => match params.iter().find(|(n, v)| n == name && !v.trim().is_empty()) {
            Some((_, text)) => from_text(name, text.trim()).map(Some),
            None => Ok(None),
        },
    };
    let number = |name: &str| {
        let value = given(name)?;
        let plain =
            value.as_ref().and_then(Doc::as_text).map_or(value.clone(), |t| t.parse().ok().map(Doc::Int));
        match (value, plain) {
            (None, _) => Ok(None),
            (_, Some(Doc::Int(n))) if n >= 0 => Ok(Some(usize::try_from(n).unwrap_or(usize::MAX))),
            _ => Err(format!("Server Error: {name} must be a number from 0")),
        }
    };
    let flag = |name: &str| {
        let value = given(name)?;
        let text = value.as_ref().and_then(Doc::as_text).is_some_and(|t| t.eq_ignore_ascii_case("true"));
        Ok::<bool, String>(text || value == Some(Doc::Bool(true)))
    };
    let fields = fields(given("fields")?)?;
    let mut warnings = Vec::new();
    let asked = number("pagesize")?;
    if asked == Some(0) {
        return Err("Server Error: pagesize must be a number from 1".to_owned());
    }
    let mut pagesize = asked.unwrap_or(DEFAULT).min(MOST);
    if fields == Wanted::All && pagesize > MOST_WHOLE {
        pagesize = MOST_WHOLE;
        warnings.push(WHOLE.to_owned());
    }
    Ok(Question {
        find: given("find")?.ok_or("Server Error: find is required")?,
        fields,
        hydrate: hydrate(given("hydrate")?)?,
        sort: sort(given("sort")?)?,
        start: number("start")?.unwrap_or(0),
        pagesize,
        compress: flag("compress")?,
        remove_unauthorized: flag("removeUnauthorizedSnapshots")?,
        warnings,
    })
}

fn not_json(why: String) -> String {
    format!("Server Error: Could not parse the query as JSON: {why}")
}

/// A parameter of the query string: JSON, `{_ValidFrom:1}` without quotes, or a plain word.
fn from_text(name: &str, text: &str) -> Result<Doc, String> {
    let json = Doc::read(text.as_bytes());
    if json.is_ok() || name == "find" {
        return json.map_err(not_json);
    }
    let is_word = |t: &str| t.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
    if is_word(text) {
        return Ok(Doc::text(text));
    }
    let pairs = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).map(|t| t.split(','));
    let read = |pair: &str| {
        let (name, value) = pair.split_once(':')?;
        let name = name.trim().trim_matches(['"', '\'']);
        Some((Box::from(name), Doc::Int(value.trim().parse().ok()?))).filter(|_| is_word(name))
    };
    let members = pairs.and_then(|pairs| pairs.map(read).collect::<Option<Vec<_>>>());
    members.map(Doc::Map).ok_or_else(|| json.map_or_else(not_json, |_| String::new()))
}

fn names(what: &str, list: Vec<Doc>) -> Result<Vec<String>, String> {
    let text = |one: Doc| one.as_text().map(str::to_owned);
    let all = list.into_iter().map(text).collect::<Option<Vec<_>>>();
    all.ok_or_else(|| format!("Server Error: {what} must be a list of names"))
}

/// `true`, a list of names, or an object of them; without it the id and the time of validity.
fn fields(given: Option<Doc>) -> Result<Wanted, String> {
    let bad = || "Server Error: fields must be true, a list of names or an object".to_owned();
    Ok(match given {
        None => Wanted::Names(["ObjectID", "_ValidFrom", "_ValidTo"].map(str::to_owned).into()),
        Some(Doc::Bool(true)) => Wanted::All,
        Some(Doc::Text(text)) if *text == *"true" => Wanted::All,
        Some(Doc::List(list)) => Wanted::Names(names("fields", list)?),
        Some(Doc::Map(members)) => {
            let is_on = |value: &Doc| match value {
                Doc::Bool(yes) => Some(*yes),
                Doc::Int(n @ (0 | 1)) => Some(*n == 1),
                _ => None,
            };
            let mut names = Vec::new();
            for (name, value) in &members {
                if is_on(value).ok_or_else(bad)? {
                    names.push(name.to_string());
                }
            }
            Wanted::Names(names)
        }
        Some(_) => return Err(bad()),
    })
}

fn hydrate(given: Option<Doc>) -> Result<Vec<String>, String> {
    match given {
        None => Ok(Vec::new()),
        Some(Doc::List(list)) => names("hydrate", list),
        Some(Doc::Text(name)) => Ok(vec![name.into()]),
        Some(_) => Err("Server Error: hydrate must be a list of names".to_owned()),
    }
}

fn sort(given: Option<Doc>) -> Result<Vec<(String, bool)>, String> {
    match given {
        None => Ok(Vec::new()),
        Some(Doc::Text(name)) => Ok(vec![(name.into(), true)]),
        Some(Doc::Map(members)) => {
            let one = |(name, way): &(Box<str>, Doc)| match way {
                Doc::Int(1) => Ok((name.to_string(), true)),
                Doc::Int(-1) => Ok((name.to_string(), false)),
                _ => Err(format!("Server Error: sort by {name} must be 1 or -1")),
            };
            members.iter().map(one).collect()
        }
        Some(_) => Err("Server Error: sort must be a name or an object".to_owned()),
    }
}
