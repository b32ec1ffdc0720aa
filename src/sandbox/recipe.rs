//! Expands a short recipe into many objects: fields that all share, and lists whose values alternate.

use super::time;
use jiff::SignedDuration;
use serde_json::{Map, Value, json};

const MOST: u64 = 1_000_000;

/// Returns the objects of each recipe, under the name of their type. The error says which recipe is wrong.
pub(super) fn expand(recipes: &Value) -> Result<Vec<(String, Value)>, String> {
    let recipes = recipes.as_array().ok_or("Recipes is not a list")?;
    recipes
        .iter()
        .enumerate()
        .map(|(i, r)| one(r).map_err(|why| format!("recipe {}: {why}", i + 1)))
        .collect()
}

fn one(recipe: &Value) -> Result<(String, Value), String> {
    let number =
        |name: &str| recipe.get(name).and_then(Value::as_u64).ok_or(format!("{name} is not a number"));
    let part = |name: &str| match recipe.get(name) {
        None => Ok(Map::new()),
        Some(Value::Object(fields)) => Ok(fields.clone()),
        Some(_) => Err(format!("{name} is not an object")),
    };
    let name = recipe.get("Type").and_then(Value::as_str).ok_or("it has no Type")?;
    let (count, first) = (number("Count")?, number("FirstObjectID")?);
    if count > MOST {
        return Err(format!("more than {MOST} objects"));
    }
    let (fields, turns, hourly) = (part("Fields")?, part("Turns")?, part("Hourly")?);
    let mut objects = Vec::new();
    for n in 0..count {
        let mut object = Map::new();
        object.insert("ObjectID".to_owned(), json!(first.saturating_add(n)));
        for (name, value) in &fields {
            object.insert(name.clone(), numbered(value, n + 1));
        }
        for (name, values) in &turns {
            let values =
                values.as_array().filter(|v| !v.is_empty()).ok_or(format!("{name} is not a list"))?;
            let turn = usize::try_from(n).unwrap_or_default() % values.len();
            object.insert(name.clone(), values.get(turn).map_or(Value::Null, |v| numbered(v, n + 1)));
        }
        for (name, start) in &hourly {
            let start = start.as_str().and_then(time::read).ok_or(format!("{name} is not a date"))?;
            let hours = i64::try_from(n).map(SignedDuration::from_hours).unwrap_or_default();
            object.insert(name.clone(), time::text(start.saturating_add(hours)).into());
        }
        objects.push(Value::Object(object));
    }
    Ok((name.to_owned(), Value::Array(objects)))
}

/// `{n}` in a text becomes the object's number, from 1 on.
fn numbered(value: &Value, n: u64) -> Value {
    match value {
        Value::String(text) if text.contains("{n}") => text.replace("{n}", &n.to_string()).into(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_repeat_lists_take_turns_dates_go_by_the_hour() {
        let recipe = json!([{"Type": "Task", "Count": 3, "FirstObjectID": 7, "Fields": {"Name": "Task {n}"},
            "Turns": {"Estimate": [1, 2]}, "Hourly": {"CreationDate": "2026-01-01T23:00:00.000Z"}}]);
        let expected = json!([
            {"ObjectID": 7, "Name": "Task 1", "Estimate": 1, "CreationDate": "2026-01-01T23:00:00.000Z"},
            {"ObjectID": 8, "Name": "Task 2", "Estimate": 2, "CreationDate": "2026-01-02T00:00:00.000Z"},
            {"ObjectID": 9, "Name": "Task 3", "Estimate": 1, "CreationDate": "2026-01-02T01:00:00.000Z"},
        ]);
        assert_eq!(expand(&recipe), Ok(vec![("Task".to_owned(), expected)]));
    }

    #[test]
    fn bad_recipes_say_which_and_why() {
        for (bad, part) in [
            (json!({}), "not a list"),
            (json!([{"Type": "Task"}]), "recipe 1: Count"),
            (json!([{"Type": "Task", "Count": 9e9, "FirstObjectID": 1}]), "recipe 1"),
            (
                json!([{"Type": "Task", "Count": 1, "FirstObjectID": 1, "Turns": {"Name": []}}]),
                "Name is not a list",
            ),
        ] {
            let error = expand(&bad).unwrap_err();
            assert!(error.contains(part), "{bad}: {error}");
        }
    }
}
