//! Checks what filters compare attributes with: an object is not its name, a drop-down has a list of values, and
//! members of the JSON are not attributes. Uses only what is known: nothing here sends a request.

use super::held::{Held, in_table, split_last};
use super::{Catalog, Scope};
use crate::error::{Error, ErrorKind, NameDetail, Result};
use crate::filter::{Filter, Literal};
use crate::reference::{Id, Ref};
use crate::schema::names::Names;
use crate::schema::standard;
use std::collections::HashMap;

/// Members of an object's JSON, in lower case, and the attributes with the same content.
const MEMBERS: [(&str, &[&str]); 12] = [
    ("oid", &["ObjectID"]),
    ("_oid", &["ObjectID"]),
    ("id", &["ObjectID", "FormattedID"]),
    ("ref", &["ObjectID"]),
    ("_ref", &["ObjectID"]),
    ("uuid", &["ObjectUUID"]),
    ("_uuid", &["ObjectUUID"]),
    ("_refobjectuuid", &["ObjectUUID"]),
    ("_refobjectname", &["Name"]),
    ("_objectversion", &["VersionId"]),
    ("_createdat", &["CreationDate"]),
    ("_tagsnamearray", &["Tags.Name"]),
];

/// What may be above a story.
#[derive(PartialEq)]
enum Above {
    Story,
    PortfolioItem,
}

impl Catalog {
    /// Resolves the name of an attribute in a filter or order, as [`Catalog::dotted`]. With `check`, names of JSON
    /// members are refused without a request.
    pub(crate) fn queried(
        &self,
        scope: &Scope,
        root: Option<&str>,
        path: &str,
        check: bool,
    ) -> Result<String> {
        let is_member = |name: &str| name.starts_with('_') || member(name).is_some();
        if check && path.split('.').map(str::trim).any(is_member) {
            self.refuse_members(scope, root, path)?;
        }
        self.dotted(scope, root, path, check)
    }

    fn refuse_members(&self, scope: &Scope, root: Option<&str>, path: &str) -> Result<()> {
        let mut along = self.along(scope, root);
        let mut before = String::new();
        for name in path.split('.').map(str::trim) {
            let meant = member(name);
            let known = || along.kind().is_some_and(|k| self.known_attribute(scope, k, name).is_some());
            if name.starts_with('_') || (meant.is_some() && !known()) {
                let meant = meant.unwrap_or_default().iter();
                let nearest: Vec<String> = meant.map(|meant| format!("{before}{meant}")).collect();
                let remedy = match nearest.is_empty() {
                    true => {
                        "name an attribute, as `ObjectID` or `Name`; a type is chosen by the query".to_owned()
                    }
                    false => format!("write `{}`", nearest.join("` or `")),
                };
                let message = format!("a query cannot name `{path}`: it is not an attribute");
                let error = ErrorKind::UnknownName(NameDetail { name: path.to_owned(), nearest });
                return Err(Error::new(error, message).remedy(remedy));
            }
            before.push_str(name);
            before.push('.');
            // What it stands for is looked up later; here only where it leads to counts.
            let _ = along.step(name, false);
        }
        Ok(())
    }

    /// Replaces `@me` by the caller's reference where a user is compared.
    pub(crate) fn with_me(&self, scope: &Scope, root: Option<&str>, filter: Filter) -> Result<Filter> {
        filter.with_values(&mut |name, _, value| {
            let is_me = value.as_text() == Some("@me");
            let is_user =
                || matches!(self.held(scope, root, name), Held::Object(Some(target)) if target == "User");
            if !is_me || !is_user() {
                return Ok(None);
            }
            if let Some(refused) = self.session.options().refused().filter(|_| self.own_here().is_none()) {
                refused.add("GET /user: `@me` is the user of the credentials".to_owned());
                return Ok(Some(Literal::from(&Ref::new("user", 1)?)));
            }
            Ok(self.own()?.user.reference().map(Literal::from))
        })
    }

    /// Makes references of the ObjectIDs that objects are compared with, as the server needs them.
    pub(crate) fn with_references(
        &self,
        scope: &Scope,
        root: Option<&str>,
        filter: Filter,
    ) -> Result<Filter> {
        filter.with_values(&mut |name, operator, value| {
            let digits = value.as_bare().or(value.as_text()).filter(|text| is_object_id(text));
            let Some(id) = digits.and_then(|digits| digits.parse::<i64>().ok()) else { return Ok(None) };
            let is_equality = matches!(operator, "=" | "!=" | "contains" | "!contains");
            let Held::Object(target) = self.held(scope, root, name) else { return Ok(None) };
            match target.as_deref().and_then(one_type) {
                _ if !is_equality => Ok(None),
                Some(path) => Ref::new(path, id).map(|reference| Some(Literal::from(&reference))),
                None => Err(Error::input(format!(
                    "`{name}` holds an object, and the number {id} alone does not say of which type"
                ))
                .remedy(format!("write `{name}.ObjectID {} {id}`", operator.replace("contains", "=")))),
            }
        })
    }

    /// Refuses objects compared with plain text, and warns about values that a drop-down does not have.
    pub(crate) fn check_comparisons(&self, scope: &Scope, root: Option<&str>, filter: &Filter) -> Result<()> {
        let mut seen: HashMap<&str, Held> = HashMap::new();
        // Warn only when sending, so that explaining a query does not repeat the warning.
        let is_sent = self.session.options().refused().is_none();
        for (name, operator, value) in filter.comparisons() {
            let Some(text) = value.as_text() else { continue };
            self.refuse_wrong_parent(scope, root, name, operator, value, text)?;
            match seen.entry(name).or_insert_with(|| self.held(scope, root, name)) {
                Held::Object(target) if !is_reference(text) => {
                    return Err(object_against_text(name, operator, value, text, target.as_deref()));
                }
                Held::Listed { values, is_own } if is_sent && matches!(operator, "=" | "!=") => {
                    hint(name, text, values, *is_own);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Refuses what cannot match: the parent of a story compared with a portfolio item, or the reverse.
    fn refuse_wrong_parent(
        &self,
        scope: &Scope,
        root: Option<&str>,
        name: &str,
        operator: &str,
        value: &Literal,
        text: &str,
    ) -> Result<()> {
        let link = name.strip_suffix(".FormattedID").unwrap_or(name);
        let (before, last) = split_last(link);
        let (wrong, right, holds) = match last {
            "Parent" => (Above::PortfolioItem, "PortfolioItem", "a story"),
            "PortfolioItem" => (Above::Story, "Parent", "a portfolio item"),
            _ => return Ok(()),
        };
        let kind = self.kind_at(scope, root, before);
        let is_story = |kind: &str| standard::find(kind).is_some_and(|t| t.name == "HierarchicalRequirement");
        if !kind.as_deref().is_some_and(is_story) || self.above(scope, text) != Some(wrong) {
            return Ok(());
        }
        let path = before.map(|before| format!("{before}.")).unwrap_or_default();
        let by = if is_reference(text) { "" } else { ".FormattedID" };
        Err(Error::input(format!("`{link}` of a story is {holds}, and {value} is not one"))
            .remedy(format!("write `{path}{right}{by} {operator} {value}`")))
    }

    /// Returns whether a ref or FormattedID is that of a story or a portfolio item. A prefix that neither the table
    /// nor a loaded schema knows loads the schema.
    fn above(&self, scope: &Scope, text: &str) -> Option<Above> {
        match text.parse() {
            Ok(Id::Ref(reference)) => match reference.type_path() {
                "hierarchicalrequirement" => Some(Above::Story),
                path => path.starts_with("portfolioitem").then_some(Above::PortfolioItem),
            },
            Ok(Id::FormattedId(id)) => {
                let prefix = id.trim_end_matches(|c: char| c.is_ascii_digit());
                let here = self.schema_here(scope);
                let mut types = Names { schema: here.as_deref() }.all_prefixed(prefix);
                if types.is_empty() && here.is_none() {
                    let loaded = self.schema_if_any(scope, &format!("the prefix {prefix}"))?;
                    types = Names { schema: Some(&loaded) }.all_prefixed(prefix);
                }
                let is_story = |path: &String| path == "HierarchicalRequirement";
                let is_portfolio = |path: &String| path.starts_with("PortfolioItem");
                match (types.iter().any(is_story), types.iter().any(is_portfolio)) {
                    (true, false) => Some(Above::Story),
                    (false, true) => Some(Above::PortfolioItem),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

fn member(name: &str) -> Option<&'static [&'static str]> {
    MEMBERS.iter().find(|(member, _)| member.eq_ignore_ascii_case(name)).map(|(_, meant)| *meant)
}

/// The path of references to objects of a type; `None` if they may be of several, as the levels of portfolio items.
fn one_type(target: &str) -> Option<&'static str> {
    let found = standard::find(target).filter(|t| !t.is_abstract && !t.url_path.starts_with("portfolioitem"));
    found.map(|t| t.url_path)
}

fn is_object_id(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty()
}

/// `true` for a ref, an ObjectID, or anything that cannot be the name of an object.
fn is_reference(text: &str) -> bool {
    is_object_id(text) || Ref::parse(text).is_ok()
}

fn object_against_text(
    name: &str,
    operator: &str,
    value: &Literal,
    text: &str,
    target: Option<&str>,
) -> Error {
    let kind = target.unwrap_or("object");
    let shown = if text.chars().count() > 60 { "..".to_owned() } else { value.to_string() };
    let error = Error::input(format!(
        "`{name}` holds an object ({kind}), which cannot be compared with the text {shown}"
    ));
    if text.is_empty() {
        return error.remedy(format!("write `{name} {operator} null`"));
    }
    let is_known = target.is_some_and(|t| standard::family(t).is_some());
    let has = |attribute: &str| !is_known || target.is_some_and(|t| in_table(t, attribute).is_some());
    let digits = text.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let is_id = digits.len() < text.len() && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let paths: &[&str] = match target {
        Some("User") if text.contains('@') => &["EmailAddress", "UserName"],
        Some("User") => &["DisplayName", "UserName", "EmailAddress"],
        _ if is_id && has("FormattedID") => &["FormattedID", "Name"],
        _ if has("Name") => &["Name"],
        _ if has("FormattedID") => &["FormattedID"],
        _ => &[],
    };
    let way = |path: &&str| match *path {
        "FormattedID" => format!("`{name}.{path} {operator} {}`", shown.to_uppercase()),
        path => format!("`{name}.{path} {operator} {shown}`"),
    };
    let ways: Vec<String> = paths.iter().map(way).collect();
    let written = if ways.is_empty() { String::new() } else { format!("write {}, or ", ways.join(" or ")) };
    let id = if target.is_some_and(|t| one_type(t).is_some()) { ", an ObjectID" } else { "" };
    error.remedy(format!("{written}compare it with a ref{id} or null"))
}

/// Warns if a value is not one of a drop-down's. Not an error: objects may keep values that were removed from the
/// list, and servers are documented to respect letter case, but not all versions do.
fn hint(name: &str, text: &str, values: &[String], is_own: bool) {
    if text.is_empty() || values.iter().any(|value| value == text) {
        return;
    }
    if let Some(alike) = values.iter().find(|value| value.to_lowercase() == text.to_lowercase()) {
        log::warn!(
            "the filter compares `{name}` with `{text}`; the value is spelled `{alike}`, and letter case counts"
        );
    } else if is_own {
        let listed: Vec<&str> =
            values.iter().map(String::as_str).filter(|v| !v.is_empty()).take(30).collect();
        log::warn!(
            "the filter compares `{name}` with `{text}`, which is not one of its values; they are: {}",
            listed.join(", ")
        );
    }
}
