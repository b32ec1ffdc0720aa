//! The schema of a real server, whole and with pieces missing.

use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};

/// A recording in the folder that `WSAPI_EVIDENCE` names.
fn evidence(file: &str) -> Option<Value> {
    let folder = std::env::var_os("WSAPI_EVIDENCE");
    if folder.is_none() {
        eprintln!("WSAPI_EVIDENCE is not set: no {file} to check");
    }
    let text = std::fs::read(std::path::PathBuf::from(folder?).join(file)).unwrap();
    Some(serde_json::from_slice(&text).unwrap())
}

fn recorded() -> Option<Value> {
    evidence("schema-all-types.json")
}

/// The read-only flags of the server's OpenAPI description. References cannot have one there.
fn described() -> Option<HashMap<(String, String), bool>> {
    let json = evidence("openapi-v2.0-2025.json")?;
    let mut flags = HashMap::new();
    for (name, shape) in json["components"]["schemas"].as_object().unwrap() {
        for (attribute, one) in shape["properties"].as_object().into_iter().flatten() {
            if one.get("$ref").is_none() {
                flags.insert((name.clone(), attribute.clone()), one["readOnly"] == true);
            }
        }
    }
    Some(flags)
}

fn parsed(json: &Value) -> Schema {
    Schema::parse(json.to_string().as_bytes()).unwrap()
}

fn types(json: &Value) -> &Vec<Value> {
    json["QueryResult"]["Results"].as_array().unwrap()
}

#[test]
fn every_type_and_attribute_of_the_recording_is_read() {
    let Some(json) = recorded() else { return };
    let schema = parsed(&json);
    assert_eq!(schema.types().len(), types(&json).len());
    for (read, one) in schema.types().iter().zip(types(&json)) {
        assert_eq!(
            (read.type_path(), read.object_id()),
            (one["TypePath"].as_str().unwrap(), one["ObjectID"].as_i64())
        );
        assert_eq!(read.id_prefix(), one["IDPrefix"].as_str());
        assert_eq!(read.is_abstract(), one["Abstract"] == true);
        let attributes = one["Attributes"].as_array().unwrap();
        assert_eq!(read.attributes().len(), attributes.len());
        for (read, one) in read.attributes().iter().zip(attributes) {
            assert_eq!(
                (read.element_name(), read.name()),
                (one["ElementName"].as_str().unwrap(), one["Name"].as_str().unwrap())
            );
            assert_eq!(read.attribute_type().to_string(), one["AttributeType"].as_str().unwrap());
            assert!(!matches!(read.attribute_type(), AttributeType::Other(_)), "{read}");
            let flags = (read.is_required(), read.is_read_only(), read.is_constrained());
            assert_eq!(
                flags,
                (one["Required"] == true, one["ReadOnly"] == true, one["Constrained"].as_bool()),
                "{read}"
            );
            let id =
                one["ObjectID"].as_i64().or_else(|| one["_ref"].as_str()?.rsplit('/').next()?.parse().ok());
            // Some references end in what only a reader of references understands.
            assert!(id.is_none() || read.object_id() == id, "{read}");
            match &one["AllowedValues"] {
                Value::Array(items) => assert!(read.listed_values().len() <= items.len()),
                _ => assert!(matches!(read.choices(), Choices::Elsewhere(..)), "{read}"),
            }
        }
        let sheet = read.to_string();
        assert_eq!(
            sheet.lines().count(),
            1 + read.attributes().len()
                + usize::from(!read.inheritance().is_empty())
                + usize::from(read.note().is_some())
        );
    }
    let huge = schema.types().iter().filter_map(TypeDef::object_id).filter(|id| *id < -(1 << 53)).count();
    assert_eq!(huge, 2, "ids of 64 bits stay whole");
}

/// The table names every standard type and attribute of the recording.
#[test]
fn the_table_and_the_recording_agree() {
    let (Some(json), Some(described)) = (recorded(), described()) else { return };
    let schema = parsed(&json);
    let views = ["AdministratableProject", "WritableProject", "PortfolioItem/Project"];
    for one in schema.types().iter().filter(|t| !views.contains(&t.type_path())) {
        let standard = standard::find(one.type_path()).unwrap_or_else(|| panic!("{}", one.type_path()));
        for attribute in one.attributes().iter().filter(|a| !a.is_custom()) {
            let found = standard.attribute(attribute.element_name()).unwrap_or_else(|| panic!("{attribute}"));
            // The description is the newer one of the two.
            let newer = described.get(&(standard.name.to_owned(), found.name.to_owned()));
            let read_only = newer.copied().unwrap_or(attribute.is_read_only());
            assert_eq!(
                (found.is_required, found.is_read_only),
                (attribute.is_required(), read_only),
                "{attribute}"
            );
            if found.is_of_a_level {
                continue;
            }
            // What people see leads to it without a schema.
            let named = names::Names { schema: None }.attribute(one.type_path(), attribute.name());
            assert!(
                matches!(named, names::Meaning::Is(n) if n.name == attribute.element_name()),
                "{attribute}"
            );
        }
    }
}

#[test]
fn what_the_table_calls_read_only_is_so_in_the_servers_own_description() {
    let Some(described) = described() else { return };
    let mut compared = 0;
    for one in standard::all().iter().filter(|t| !t.is_abstract) {
        for attribute in &one.attributes {
            let Some(read_only) = described.get(&(one.name.to_owned(), attribute.name.to_owned())) else {
                continue;
            };
            assert_eq!(attribute.is_read_only, *read_only, "{} of {}", attribute.name, one.name);
            compared += 1;
        }
    }
    assert!(compared > 1_500, "{compared}");
}

/// Objects of the recording, each alone in a schema of its own, so that each of their keys can be tried.
fn pieces(json: &Value) -> Vec<(Value, bool)> {
    let mut all = Vec::new();
    for one in types(json) {
        for attribute in one["Attributes"].as_array().unwrap() {
            all.push((attribute.clone(), true));
        }
        let mut bare = one.clone();
        bare["Attributes"] = one["Attributes"].as_array().unwrap().iter().take(1).cloned().collect();
        all.push((bare, false));
    }
    all
}

fn around(piece: Value, is_attribute: bool) -> Value {
    let one = if is_attribute {
        json!({"ElementName": "T", "TypePath": "T", "Attributes": [piece]})
    } else {
        piece
    };
    json!({"QueryResult": {"Errors": [], "Warnings": [], "Results": [one]}})
}

fn is_usable(schema: &Schema) {
    let one = &schema.types()[0];
    let _ = (one.to_string(), schema.to_string(), one.inheritance());
    for attribute in one.attributes() {
        assert!(one.named(attribute.element_name()).len() <= 1 || attribute.element_name().is_empty());
    }
}

#[test]
fn any_key_may_be_missing_null_or_of_another_kind() {
    let Some(json) = recorded() else { return };
    let mut tried = 0;
    for (piece, is_attribute) in pieces(&json) {
        for key in piece.as_object().unwrap().keys() {
            let mut without = piece.clone();
            without.as_object_mut().unwrap().remove(key);
            let mut variants = vec![without];
            for other in [json!(null), json!(7.5), json!("x"), json!([[]]), json!({"_ref": 1})] {
                let mut changed = piece.clone();
                changed[key] = other;
                variants.push(changed);
            }
            for variant in variants {
                is_usable(&parsed(&around(variant, is_attribute)));
                tried += 1;
            }
        }
    }
    assert!(tried > 100_000, "{tried}");
    // The same for the whole: one key at a time gone from every object at once.
    let mut keys = BTreeSet::new();
    collect_keys(&json["QueryResult"]["Results"], &mut keys);
    for key in keys {
        let mut without = json.clone();
        strip(&mut without["QueryResult"]["Results"], &key, false);
        assert_eq!(parsed(&without).types().len(), types(&json).len(), "{key}");
        let mut null = json.clone();
        strip(&mut null["QueryResult"]["Results"], &key, true);
        assert_eq!(parsed(&null).types().len(), types(&json).len(), "{key}");
    }
    for key in ["Errors", "Warnings", "TotalResultCount", "StartIndex", "PageSize"] {
        let mut without = json.clone();
        without["QueryResult"].as_object_mut().unwrap().remove(key);
        assert_eq!(parsed(&without).types().len(), types(&json).len(), "{key}");
    }
}

fn collect_keys(value: &Value, keys: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            keys.insert(key.clone());
            collect_keys(value, keys);
        }),
        Value::Array(items) => items.iter().for_each(|item| collect_keys(item, keys)),
        _ => {}
    }
}

fn strip(value: &mut Value, key: &str, to_null: bool) {
    match value {
        Value::Object(map) => {
            if to_null && map.contains_key(key) {
                map.insert(key.to_owned(), Value::Null);
            } else {
                map.remove(key);
            }
            map.values_mut().for_each(|v| strip(v, key, to_null));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| strip(item, key, to_null)),
        _ => {}
    }
}

#[test]
fn unknown_keys_types_and_kinds_do_no_harm() {
    let Some(mut json) = recorded() else { return };
    let before = parsed(&json);
    for one in json["QueryResult"]["Results"].as_array_mut().unwrap() {
        one["Brand New"] = json!({"deep": [1, null]});
        for attribute in one["Attributes"].as_array_mut().unwrap() {
            attribute["Surprise"] = json!([{}]);
        }
        let new = json!({"ElementName": "Hologram", "Name": "Hologram", "AttributeType": "HOLOGRAM"});
        one["Attributes"].as_array_mut().unwrap().push(new);
    }
    let new = json!({"ElementName": "Gizmo", "TypePath": "Gadget/Gizmo/Deep", "Abstract": "perhaps"});
    json["QueryResult"]["Results"].as_array_mut().unwrap().push(new);
    json["Beside"] = json!(1);
    let after = parsed(&json);
    assert_eq!(after.types().len(), before.types().len() + 1);
    let hologram = after.type_def("Defect").unwrap().attribute("hologram").unwrap();
    assert_eq!(hologram.attribute_type(), &AttributeType::Other("HOLOGRAM".to_owned()));
    assert_eq!(after.type_def("Gizmo").unwrap().type_path(), "Gadget/Gizmo/Deep");
    for (old, new) in before.types().iter().zip(after.types()) {
        assert_eq!(old.attributes(), &new.attributes()[..old.attributes().len()]);
    }
}

#[test]
fn what_is_no_schema_is_refused() {
    for text in [
        "",
        "{}",
        "[]",
        "null",
        "7",
        r#"{"QueryResult": 7}"#,
        r#"{"QueryResult": {"Results": {}}}"#,
        "<html>",
        "{\"QueryResult\": {\"Results\": [",
    ] {
        let error = Schema::parse(text.as_bytes()).unwrap_err();
        assert!(error.to_string().starts_with("the schema cannot be read: "), "{text}: {error}");
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[A-Za-z_/ é%.]{0,8}".prop_map(Value::from),
    ];
    let key = prop_oneof![
        Just("ElementName"),
        Just("Name"),
        Just("TypePath"),
        Just("Attributes"),
        Just("Parent"),
        Just("_ref"),
        Just("_refObjectName"),
        Just("ObjectID"),
        Just("AllowedValues"),
        Just("AllowedValueType"),
        Just("AttributeType"),
        Just("StringValue"),
        Just("Custom"),
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|pairs| Value::Object(pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())),
        ]
    })
}

#[test]
fn signs_before_and_behind_a_name_are_those_of_the_display_name() {
    let fields = json!([{"ElementName": "c_Done", "Name": "Done?"}, {"ElementName": "c_OldCost", "Name": "(old) Cost $"},
        {"ElementName": "Name", "Name": "Name"}]);
    let schema = parsed(&json!({"QueryResult": {"Results": [{"TypePath": "Thing", "Attributes": fields}]}}));
    let thing = schema.at_path("Thing").unwrap();
    for (asked, element) in [
        ("Done?", Some("c_Done")),
        ("done ?", Some("c_Done")),
        ("Done", Some("c_Done")),
        ("Done!", None),
        ("?Done", None),
        ("(OLD) cost$", Some("c_OldCost")),
        ("old cost $", Some("c_OldCost")),
        ("-old cost", None),
        ("Name", Some("Name")),
        ("Name?", None),
        ("-Name", None),
        ("%", None),
    ] {
        assert_eq!(thing.attribute(asked).map(Attribute::element_name), element, "{asked}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_json_panics_and_any_name_may_be_asked(types in proptest::collection::vec(any_json(), 0..4), name in "[A-Za-zé_/ .%]{0,12}") {
        let schema = parsed(&json!({"QueryResult": {"Results": types}}));
        let names = names::Names { schema: Some(&schema) };
        let _ = (schema.to_string(), names.type_path(&name), names.anywhere(&name), names.prefixed(&name));
        for one in schema.types() {
            let _ = (one.to_string(), names.attribute(one.type_path(), &name), names.definition(one.type_path(), &name));
            let _ = names.attribute(&name, one.element_name());
        }
    }

    #[test]
    fn squeezed_display_names_lead_to_their_field(words in proptest::collection::vec("[A-Za-z0-9é]{1,6}", 1..4), sign in "[ /%.+!-]{1,3}") {
        let name = words.join(&sign);
        let element = format!("c_{}", spelling::squeezed(&name));
        let schema = parsed(&json!({"QueryResult": {"Results": [{"TypePath": "Thing", "Attributes": [{"ElementName": element, "Name": name}]}]}}));
        let names = names::Names { schema: Some(&schema) };
        for asked in [name.clone(), name.to_uppercase(), name.replace(' ', ""), element.clone(), words.concat()] {
            let found = names.attribute("Thing", &asked);
            prop_assert!(matches!(&found, names::Meaning::Is(n) if n.name == element), "{} {:?}", asked, found);
        }
    }
}
