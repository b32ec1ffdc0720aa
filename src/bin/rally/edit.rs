//! `rally edit`

use crate::entities::id;
use crate::failure::Failure;
use crate::stdio::say;
use crate::text::one_line;
use crate::update::type_of;
use crate::{columns, editor, targets, work};
use rally_wsapi::schema::AttributeType as Kind;
use rally_wsapi::{Entity, Mutation, Rally};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::io::Write;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The object: a FormattedID, an ObjectID, a UUID, a ref or the address of its page
    #[arg(value_name = "ID")]
    id: String,

    /// The type, for an ObjectID or UUID of another object than an artifact
    #[arg(long = "type", value_name = "TYPE")]
    type_name: Option<String>,

    /// The fields, as Name,Description,Tags; without it, all that can be written but collections
    #[arg(long, value_name = "PATHS", action = clap::ArgAction::Append)]
    fetch: Vec<String>,

    /// Go on with the file that an earlier run left
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,

    /// Print the request in place of sending it
    #[arg(long)]
    dry_run: bool,
}

impl Args {
    pub(crate) fn run(&self, rally: &Rally, out: &mut dyn Write) -> Result<(), Failure> {
        let editor = editor::chosen()?;
        let entity = targets::one(rally, self.type_name.as_deref(), &self.id)?;
        let (file, mut base, now) = match &self.resume {
            Some(path) => {
                let file = editor::File::at(path.clone());
                let base = Base::of(&file, &entity)?;
                let now = shown(&entity, base.fields.keys().cloned().collect())?;
                (file, base, now)
            }
            None => {
                let now = self.fields(rally, &entity)?;
                let base = Base { reference: place(&entity), id: id(&entity), fields: now.clone() };
                let text = json(serde_json::to_string_pretty(&now))?;
                (editor::File::new(&id(&entity), &text, &base.text()?)?, base, now)
            }
        };
        let text = file.edited(&editor)?;
        let again =
            format!("the file is kept; `rally edit {} --resume {}` goes on with it", self.id, file.place());
        let mut changes = match changes(&base.fields, &text) {
            Ok(changes) => changes,
            Err(why) => {
                return Err(Failure::usage(format!("{} {why}; nothing was sent; {again}", file.place())));
            }
        };
        let clashes = clashes(&base.fields, &now, &changes);
        if !clashes.is_empty() {
            // Whoever goes on knows the values of now.
            for name in clashes.iter().map(|(name, _)| name) {
                base.fields.insert(name.clone(), now.get(name).cloned().unwrap_or_default());
            }
            file.rebase(&base.text()?)?;
            let texts: Vec<&str> = clashes.iter().map(|(_, text)| text.as_str()).collect();
            return Err(Failure::Refused(one_line(&format!(
                "{}: others have changed it in the meantime: {}; nothing was sent; {again}, and sends what it says then",
                id(&entity),
                texts.join("; ")
            ))));
        }
        changes.retain(|name, mine| !now.get(name).is_some_and(|now| is_same(now, mine)));
        if changes.is_empty() {
            file.remove();
            say(&format!("nothing was changed in {}, and nothing was sent", one_line(&id(&entity))));
            return Ok(());
        }
        let names: Vec<String> = changes.keys().cloned().collect();
        let done = match self.dry_run {
            true => rally
                .preview(Mutation::update(type_of(&entity), &entity, &changes))
                .map(|preview| preview.to_string()),
            // Another's change in the meantime is not written over.
            false => entity
                .update_if_unchanged(&changes)
                .map(|entity| one_line(&format!("updated {entity} ({})", names.join(", ")))),
        };
        match done {
            Ok(line) => {
                file.remove();
                Ok(writeln!(out, "{line}")?)
            }
            Err(error) => {
                let failure = Failure::About(one_line(&id(&entity)), error);
                failure.tell();
                say(&again);
                Err(Failure::Told(failure.code()))
            }
        }
    }

    /// The fields as they are now: objects by their names, which is how they are written, too.
    fn fields(&self, rally: &Rally, entity: &Entity) -> Result<Map<String, Value>, Failure> {
        let names = match columns::named(&self.fetch) {
            names if names.is_empty() => writable(rally, entity)?,
            names => names,
        };
        shown(entity, names)
    }
}

fn shown(entity: &Entity, names: Vec<String>) -> Result<Map<String, Value>, Failure> {
    let mut shown = Map::new();
    for name in names {
        let value = value(entity, &name)?;
        shown.insert(name, value);
    }
    Ok(shown)
}

/// What an edit began with. It is kept beside the file: only what differs from it is the user's own change.
#[derive(Debug, Deserialize, Serialize)]
struct Base {
    #[serde(rename = "_ref")]
    reference: String,
    id: String,
    fields: Map<String, Value>,
}

impl Base {
    /// The one that an earlier run left, if it is of this object.
    fn of(file: &editor::File, entity: &Entity) -> Result<Base, Failure> {
        let base: Base = serde_json::from_str(&file.base()?)
            .map_err(|e| Failure::usage(format!("what {} began with cannot be read: {e}", file.place())))?;
        match base.reference == place(entity) {
            true => Ok(base),
            false => Err(Failure::usage(one_line(&format!(
                "{} is the edit of {} ({}), not of {}; nothing was sent",
                file.place(),
                base.id,
                base.reference,
                id(entity)
            )))),
        }
    }

    fn text(&self) -> Result<String, Failure> {
        json(serde_json::to_string(self))
    }
}

fn json(text: serde_json::Result<String>) -> Result<String, Failure> {
    text.map_err(|e| Failure::usage(format!("the fields cannot be written as JSON: {e}")))
}

fn place(entity: &Entity) -> String {
    entity.reference().map(|reference| reference.path().to_ascii_lowercase()).unwrap_or_default()
}

/// Not what Rally keeps itself, whatever the schema says of it.
const KEPT: [&str; 5] = ["DragAndDropRank", "Workspace", "Subscription", "ObjectID", "VersionId"];

fn writable(rally: &Rally, entity: &Entity) -> Result<Vec<String>, Failure> {
    let definition = rally.type_def(type_of(entity))?;
    let attributes = definition.attributes().iter().filter(|attribute| {
        let kind = attribute.attribute_type();
        !attribute.is_read_only()
            && !attribute.is_hidden()
            && !matches!(kind, Kind::Collection | Kind::Binary | Kind::Map | Kind::Raw)
            && !KEPT.contains(&attribute.element_name())
            && entity.as_map().contains_key(attribute.element_name())
    });
    Ok(attributes.map(|attribute| attribute.element_name().to_owned()).collect())
}

fn value(entity: &Entity, name: &str) -> Result<Value, Failure> {
    if name.contains('.') {
        return Err(Failure::usage(format!("`{name}` is a field of another object; edit that one")));
    }
    let field = entity.get(name)?;
    let json = field.as_json();
    if json["Count"].is_number() {
        let member = |item: Result<Entity, _>| {
            let item = item?;
            Ok(Value::from(item.formatted_id().or(item.name()).map_or_else(|| id(&item), str::to_owned)))
        };
        return field.items()?.map(member).collect::<Result<_, Failure>>();
    }
    Ok(match (json["_ref"].is_string(), work::text(json)) {
        (false, _) => json.clone(),
        (true, "") => field.reference().map(|reference| reference.to_string()).into(),
        (true, text) => text.into(),
    })
}

/// What differs in the text from what was shown. What was taken out stays as it is.
fn changes(shown: &Map<String, Value>, text: &str) -> Result<Map<String, Value>, String> {
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    let edited: Value = serde_json::from_str(text).map_err(|e| format!("is not JSON: {e}"))?;
    let Value::Object(edited) = edited else { return Err("does not hold a JSON object".to_owned()) };
    Ok(edited
        .into_iter()
        .filter(|(name, value)| !shown.get(name).is_some_and(|old| is_same(old, value)))
        .collect())
}

/// The fields that the user changed and others, too, each with its values.
fn clashes(
    base: &Map<String, Value>,
    now: &Map<String, Value>,
    changes: &Map<String, Value>,
) -> Vec<(String, String)> {
    let clash = |(name, mine): (&String, &Value)| {
        let (old, now) = (base.get(name)?, now.get(name)?);
        let is_clash = !is_same(old, now) && !is_same(now, mine);
        is_clash
            .then(|| (name.clone(), format!("{name} was {old}, is {now} by now, and is {mine} in the file")))
    };
    changes.iter().filter_map(clash).collect()
}

/// `3` is `3.0`.
fn is_same(old: &Value, new: &Value) -> bool {
    match (old.as_f64(), new.as_f64()) {
        (Some(old), Some(new)) => old == new,
        _ => old == new,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_field_changed_on_both_sides_is_a_clash() {
        let of = |value: Value| value.as_object().cloned().unwrap();
        let base = of(json!({"State": "Open", "Name": "A", "Notes": "", "PlanEstimate": 1}));
        let now = of(json!({"State": "Closed", "Name": "B", "Notes": "theirs", "PlanEstimate": 2}));
        let mine = of(json!({"State": "Fixed", "Name": "B", "Owner": "me"}));
        let text = "State was \"Open\", is \"Closed\" by now, and is \"Fixed\" in the file";
        assert_eq!(clashes(&base, &now, &mine), [("State".to_owned(), text.to_owned())]);
        assert_eq!(clashes(&base, &base, &mine), []);
    }

    #[test]
    fn only_what_differs_is_a_change() {
        let shown = json!({"Name": "A", "PlanEstimate": 3.0, "Owner": null, "Tags": ["x", "y"]});
        let shown = shown.as_object().unwrap();
        let of = |text: &str| changes(shown, text).map(Value::Object);
        assert_eq!(of(&Value::Object(shown.clone()).to_string()), Ok(json!({})));
        assert_eq!(of(r#"{"PlanEstimate": 3, "Owner": null}"#), Ok(json!({})));
        assert_eq!(of(" \n"), Ok(json!({})));
        let text = r#"{"Name": "B", "PlanEstimate": null, "Tags": ["y", "x"], "Notes": "new"}"#;
        assert_eq!(of(text), Ok(serde_json::from_str(text).unwrap()));
        assert_eq!(of("[]"), Err("does not hold a JSON object".to_owned()));
        assert!(of("{\n\"Name\": \"B\",\n}").unwrap_err().contains("line 3 column 1"));
    }
}
