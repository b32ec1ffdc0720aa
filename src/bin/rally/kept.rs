//! The schema as an earlier run kept it, in the folder of `RALLY_SCHEMA_CACHE`.

use rally_wsapi::Rally;
use rally_wsapi::schema::AllowedValues;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The first line of such a file begins with this.
const MARK: &[u8] = b"rally-wsapi schema 1 ";

/// The file of values beside the schemas.
const VALUES: &str = "rally-values.json";

/// What every workspace has, where no schema is kept.
const STANDARD: [(&str, &str); 24] = [
    ("Story", "US"),
    ("Defect", "DE"),
    ("Task", "TA"),
    ("TestCase", "TC"),
    ("TestSet", "TS"),
    ("DefectSuite", "DS"),
    ("PortfolioItem/Feature", "F"),
    ("Iteration", ""),
    ("Release", ""),
    ("Milestone", "MI"),
    ("Project", ""),
    ("User", ""),
    ("Tag", ""),
    ("Artifact", ""),
    ("PortfolioItem", ""),
    ("TestCaseResult", ""),
    ("TestCaseStep", ""),
    ("TestFolder", "TF"),
    ("Build", ""),
    ("BuildDefinition", ""),
    ("Changeset", ""),
    ("ConversationPost", ""),
    ("Risk", "RI"),
    ("Workspace", ""),
];

/// A type that can be named.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Type {
    #[serde(rename = "TypePath")]
    pub(crate) path: String,
    #[serde(rename = "DisplayName")]
    display_name: String,
    #[serde(rename = "IDPrefix")]
    pub(crate) prefix: Option<String>,
    #[serde(rename = "Attributes")]
    pub(crate) attributes: Vec<Attribute>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "Told")]
pub(crate) struct Attribute {
    pub(crate) name: String,
    pub(crate) values: Vec<String>,
    pub(crate) is_read_only: bool,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Told {
    element_name: String,
    read_only: bool,
    allowed_values: Listed,
}

/// The values themselves, or where to ask for them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Listed {
    Here(Vec<Listing>),
    Elsewhere(serde::de::IgnoredAny),
}

impl Default for Listed {
    fn default() -> Listed {
        Listed::Here(Vec::new())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listing {
    #[serde(default)]
    string_value: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    query_result: Results,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Results {
    results: Vec<Type>,
}

impl From<Told> for Attribute {
    fn from(told: Told) -> Attribute {
        let values = match told.allowed_values {
            Listed::Here(values) => values.into_iter().filter_map(|one| one.string_value).collect(),
            Listed::Elsewhere(_) => Vec::new(),
        };
        Attribute { name: told.element_name, values, is_read_only: told.read_only }
    }
}

impl Attribute {
    pub(crate) fn named(name: String) -> Attribute {
        Attribute { name, ..Attribute::default() }
    }
}

impl Type {
    /// As people type it.
    pub(crate) fn name(&self) -> &str {
        if self.path == "HierarchicalRequirement" { "Story" } else { &self.path }
    }

    pub(crate) fn is_named(&self, name: &str) -> bool {
        let names = [&self.path, self.name(), &self.display_name];
        let spelled = |text: &str| text.replace(char::is_whitespace, "").to_lowercase();
        !name.is_empty() && names.into_iter().any(|own| spelled(own) == spelled(name))
    }
}

/// Those of the schema kept last, or those of every workspace.
pub(crate) fn types() -> Vec<Type> {
    let Some(folder) = folder() else { return standard() };
    let Some(mut types) = newest(&folder) else { return standard() };
    let mut values = values(&folder);
    for one in &mut types {
        let Some(mut of_type) = values.remove(&one.path) else { continue };
        for attribute in one.attributes.iter_mut().filter(|attribute| attribute.values.is_empty()) {
            attribute.values = of_type.remove(&attribute.name).unwrap_or_default();
        }
    }
    types
}

fn folder() -> Option<PathBuf> {
    env::var_os("RALLY_SCHEMA_CACHE").filter(|folder| !folder.is_empty()).map(PathBuf::from)
}

/// Values by type and attribute, which the schema refers to and does not hold.
type Values = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// None where the file is not there or is damaged: they are for completion alone.
fn values(folder: &Path) -> Values {
    let text = fs::read(folder.join(VALUES)).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

/// Keeps the values of an attribute beside the schema, if that is kept. What cannot be written does not complete.
pub(crate) fn keep(rally: &Rally, type_name: &str, attribute: &str, all: &AllowedValues) {
    let Some(folder) = folder() else { return };
    let Ok(definition) = rally.type_def(type_name) else { return };
    let Some(attribute) = definition.attribute(attribute) else { return };
    let mut values = values(&folder);
    let texts = all.texts().filter(|text| !text.is_empty()).map(str::to_owned).collect();
    values
        .entry(definition.type_path().to_owned())
        .or_default()
        .insert(attribute.element_name().to_owned(), texts);
    let Ok(text) = serde_json::to_string_pretty(&values) else { return };
    let new = folder.join(format!("{VALUES}.{}", std::process::id()));
    if fs::write(&new, text).and_then(|()| fs::rename(&new, folder.join(VALUES))).is_err() {
        let _ = fs::remove_file(new);
    }
}

pub(crate) fn standard() -> Vec<Type> {
    let one = |(path, prefix): (&str, &str)| Type {
        path: path.to_owned(),
        prefix: (!prefix.is_empty()).then(|| prefix.to_owned()),
        ..Type::default()
    };
    STANDARD.into_iter().map(one).collect()
}

fn newest(folder: &Path) -> Option<Vec<Type>> {
    let files = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    let mut files: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|ending| ending == "json")).collect();
    files.sort_by_cached_key(|path| path.metadata().and_then(|data| data.modified()).ok());
    files.iter().rev().find_map(|path| read(&fs::read(path).ok()?))
}

/// A file as the library keeps it: a line about it, and the answer of the server.
fn read(bytes: &[u8]) -> Option<Vec<Type>> {
    let end = bytes.iter().position(|byte| *byte == b'\n').filter(|_| bytes.starts_with(MARK))?;
    let answer: Answer = serde_json::from_slice(bytes.get(end..)?).ok()?;
    let mut types = answer.query_result.results;
    types.retain(|one| !one.path.is_empty());
    (!types.is_empty()).then_some(types)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_schema_tells_types_fields_and_values() {
        let kept = r#"rally-wsapi schema 1 http://host 10 hash 1 2
{"QueryResult": {"Results": [
    {"TypePath": "HierarchicalRequirement", "DisplayName": "User Story", "IDPrefix": "US", "Other": [1], "Attributes": [
        {"ElementName": "ScheduleState", "ReadOnly": false, "AllowedValues": [{"StringValue": "Defined"}, {"StringValue": null}]},
        {"ElementName": "Severity", "ReadOnly": true, "AllowedValues": {"Count": 3}}]},
    {"TypePath": "Tag", "IDPrefix": null}]}}"#;
        let types = read(kept.as_bytes()).unwrap();
        let story = types.first().unwrap();
        assert!(["story", "User Story", "hierarchicalrequirement"].iter().all(|name| story.is_named(name)));
        assert!(!story.is_named("") && !story.is_named("Tag"));
        assert_eq!(story.attributes.first().unwrap().values, ["Defined"]);
        assert!(story.attributes.last().unwrap().is_read_only);
        for broken in [
            "",
            "{}",
            "rally-wsapi schema 1 x\n{}",
            "rally-wsapi schema 2 x\n{\"QueryResult\": {\"Results\": []}}",
        ] {
            assert!(read(broken.as_bytes()).is_none(), "{broken}");
        }
    }
}
