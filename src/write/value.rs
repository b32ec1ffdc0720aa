//! Values of fields in WSAPI's form. If the built-in table knows the attribute, a value of another kind is refused
//! before it is sent; otherwise only references are converted.

use super::forms::{boolean, date, is_null_stub, member, members, number, object, whole, wrong};
use crate::error::{Error, Result};
use crate::reference::Ref;
use crate::schema::standard::{StandardAttribute, ValueKind};
use crate::text::shorten;
use serde_json::{Map, Value};

const DATE: &str = "a date as 2026-05-18, or a time as 2026-05-18T03:59:59Z or 2026-05-18T05:59:59+02:00";

/// Converts a value for the attribute `name`.
pub(super) fn convert(name: &str, known: Option<&StandardAttribute>, value: Value) -> Result<Value> {
    let Some(attribute) = known else { return unknown(name, value) };
    use ValueKind as K;
    let target = attribute.target;
    let of_kind = |wanted, taken: Option<Value>, value| taken.ok_or_else(|| wrong(name, wanted, &value));
    match (attribute.kind, value) {
        (K::Collection, value) => members(name, target, value).map(Value::Array),
        (_, Value::Null) => Ok(Value::Null),
        (K::Object, value) => object(name, target, value),
        (K::Text | K::Rating | K::State, text @ Value::String(_)) => Ok(text),
        (K::Text | K::Rating | K::State, value) => Err(wrong(name, "a text", &value)),
        (K::String, value @ (Value::Bool(_) | Value::Array(_))) => Err(wrong(name, "a text", &value)),
        (K::Integer, value) => of_kind("a whole number", number(&value, whole), value),
        (K::Decimal | K::Quantity, value) => of_kind("a number", number(&value, |_| true), value),
        (K::Boolean, value) => of_kind("true or false", boolean(&value), value),
        (K::Date, value) => of_kind(DATE, date(&value), value),
        (K::String | K::WebLink | K::Raw | K::Binary | K::Map, value) => unknown(name, value),
    }
}

/// Unknown attribute: objects and lists of objects are recognised by their form, anything else stays as it is.
fn unknown(name: &str, value: Value) -> Result<Value> {
    match value {
        value if is_null_stub(&value) => Ok(Value::Null),
        Value::Object(fields) if fields.contains_key("_ref") => object(name, None, Value::Object(fields)),
        Value::Array(items) => items.into_iter().map(|item| listed(name, item)).collect(),
        other => Ok(other),
    }
}

fn listed(name: &str, item: Value) -> Result<Value> {
    let refers = match &item {
        Value::String(text) => (text.starts_with('/') || text.contains("://")) && Ref::parse(text).is_ok(),
        Value::Object(fields) => fields.contains_key("_ref"),
        _ => false,
    };
    if refers { member(name, None, item) } else { Ok(item) }
}

/// Returns the caller's fields as a JSON object.
pub(super) fn as_object(fields: &Value) -> Result<&Map<String, Value>> {
    match fields {
        Value::Object(fields) => Ok(fields),
        other => {
            let shown = shorten(&other.to_string(), 60);
            Err(Error::input(format!("the fields are {shown}, not a JSON object"))
                .remedy("give `json!({\"Name\": ..})`, a map or a struct"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::standard;
    use proptest::prelude::*;
    use serde_json::json;

    fn defect(name: &str, value: Value) -> Result<Value> {
        convert(name, standard::find("Defect").unwrap().attribute(name), value)
    }

    fn refused(name: &str, value: Value) -> String {
        let error = defect(name, value).unwrap_err().to_string();
        assert!(error.contains(&format!("`{name}`")), "{error}");
        error
    }

    #[test]
    fn references_go_as_paths_in_every_form() {
        let long = "https://rally1.rallydev.com/slm/webservice/v2.0/user/7";
        let entity = json!({"_ref": long, "_refObjectName": "Ann", "EmailAddress": "ann@x.example"});
        for value in [json!(long), json!("/user/7"), json!({"_ref": "user/7"}), entity, json!(7)] {
            assert_eq!(defect("Owner", value).unwrap(), "/user/7");
        }
        assert_eq!(defect("Owner", Value::Null).unwrap(), Value::Null);
        assert_eq!(defect("Owner", json!({"_ref": "null"})).unwrap(), Value::Null);
        assert!(
            refused("Owner", json!("Ann")).contains("an entity, its reference or its ObjectID, not \"Ann\"")
        );
        assert!(refused("Owner", json!("/task/7")).contains("takes a User, not /task/7"));
        assert!(refused("Owner", json!("/defect/7/Tags")).contains("collection Tags"));
        refused("Requirement", json!(7));
        refused("Owner", json!({"_ref": "no ref"}));
    }

    #[test]
    fn collections_take_one_or_many_of_mixed_forms() {
        let tags = json!(["/tag/1", {"_ref": "https://h/slm/webservice/v2.0/tag/2", "Name": "x"}, {"Name": "new"}, 3]);
        let sent = json!([{"_ref": "/tag/1"}, {"_ref": "/tag/2"}, {"Name": "new"}, {"_ref": "/tag/3"}]);
        assert_eq!(defect("Tags", tags).unwrap(), sent);
        assert_eq!(defect("Tags", json!("/tag/1")).unwrap(), json!([{"_ref": "/tag/1"}]));
        assert_eq!(defect("Tags", json!(null)).unwrap(), json!([]));
        assert!(refused("Tags", json!(["urgent"])).contains("`{\"Name\": ..}` to make one"));
        refused("Tags", json!([{}]));
        refused("Tags", json!([true]));
        refused("Tags", json!(["/defect/1"]));
    }

    #[test]
    fn plain_values_are_held_to_the_kind_of_the_attribute() {
        for (name, value, sent) in [
            ("PlanEstimate", json!(3), json!(3)),
            ("PlanEstimate", json!(" 2.5 "), json!(2.5)),
            ("PlanEstimate", json!(null), json!(null)),
            ("Ready", json!("TRUE"), json!(true)),
            ("Ready", json!(false), json!(false)),
            ("Severity", json!("Major Problem"), json!("Major Problem")),
            ("TargetDate", json!("2026-05-18"), json!("2026-05-18")),
            (
                "TargetDate",
                json!("2026-05-18T05:00:00+02:00[Europe/Berlin]"),
                json!("2026-05-18T03:00:00.000Z"),
            ),
            ("FoundInBuild", json!(42), json!(42)),
        ] {
            let shown = format!("{name} {value}");
            assert_eq!(defect(name, value).unwrap(), sent, "{shown}");
        }
        for (name, value) in [
            ("PlanEstimate", json!("three")),
            ("PlanEstimate", json!(true)),
            ("PlanEstimate", json!([1])),
            ("Ready", json!(1)),
            ("Ready", json!("yes")),
            ("Severity", json!(3)),
            ("Severity", json!({"_ref": "/allowedattributevalue/1"})),
            ("TargetDate", json!(20260518)),
            ("TargetDate", json!("18.5.2026")),
            ("TargetDate", json!("2026-05-18 03:00")),
            ("TargetDate", json!("2026-05-18T03:00:00")),
            ("TargetDate", json!("")),
            ("Name", json!(true)),
            ("Description", json!(["a"])),
        ] {
            refused(name, value);
        }
        let task = standard::find("Task").unwrap();
        assert!(convert("TaskIndex", task.attribute("TaskIndex"), json!(1.5)).is_err());
        assert_eq!(convert("TaskIndex", task.attribute("TaskIndex"), json!(2.0)).unwrap(), json!(2.0));
    }

    #[test]
    fn of_unknown_attributes_only_references_change() {
        let sent = |value| convert("c_X", None, value).unwrap();
        assert_eq!(sent(json!({"_ref": "https://h/user/1", "a": 1})), "/user/1");
        assert_eq!(
            sent(json!(["/tag/1", {"_ref": "tag/2"}, {"Name": "n"}])),
            json!([{"_ref": "/tag/1"}, {"_ref": "/tag/2"}, {"Name": "n"}])
        );
        for same in [
            json!("https://h/user/1"),
            json!({"LinkID": "1", "DisplayString": "x"}),
            json!(["a", "b/1"]),
            json!(1.5),
        ] {
            assert_eq!(sent(same.clone()), same);
        }
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "\\PC{0,12}|/[a-z]{1,5}/[0-9]{1,4}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map("_ref|Name|[a-z]{1,3}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn what_goes_out_is_a_value_of_its_kind_and_goes_out_unchanged_again(value in json()) {
            let is_ref = |v: &Value| v.as_str().is_some_and(|t| Ref::parse(t).is_ok_and(|r| r.path() == t));
            for name in ["Owner", "Tags", "PlanEstimate", "Ready", "TargetDate", "Severity", "Name", "c_X"] {
                let Ok(sent) = defect(name, value.clone()) else { continue };
                let good = sent.is_null() || match name {
                    "Owner" => is_ref(&sent),
                    "Tags" => sent.as_array().is_some_and(|items| items.iter().all(|i| i.get("_ref").is_none_or(is_ref))),
                    "PlanEstimate" => sent.is_number(),
                    "Ready" => sent.is_boolean(),
                    "TargetDate" | "Severity" => sent.is_string(),
                    _ => true,
                };
                prop_assert!(good, "{} {}", name, sent);
                prop_assert_eq!(&defect(name, sent.clone()).unwrap(), &sent);
            }
        }
    }
}
