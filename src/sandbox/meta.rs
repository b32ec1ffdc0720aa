//! The definitions of types, attributes, choices and operators, as objects like any other.

use super::model::{Attribute, Model, Type, TypeId, definition_id};
use super::object::{Key, Object, Val};
use crate::schema::standard::ValueKind;
use std::collections::HashMap;
use std::sync::OnceLock;

/// Shared by sandboxes with the same data set.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) model: Model,
    meta: OnceLock<Meta>,
    /// The answer of the schema endpoint, split where the origin is inserted.
    pub(super) schema: OnceLock<SchemaBody>,
}

/// The answer of the schema endpoint, split where the origin is inserted, and its hash.
#[derive(Debug)]
pub(super) struct SchemaBody {
    pub(super) pieces: Vec<Box<[u8]>>,
    pub(super) hash: String,
}

impl SchemaBody {
    pub(super) fn sent_from(&self, origin: &str) -> Vec<u8> {
        self.pieces.join(origin.as_bytes())
    }
}

/// The definitions as objects: types first, each at its type's id.
#[derive(Debug)]
pub(super) struct Meta {
    pub(super) objects: Vec<Object>,
    pub(super) by_id: HashMap<i64, Key>,
    /// By type, in the order of ids.
    pub(super) by_type: HashMap<TypeId, Vec<Key>>,
}

pub(super) const OPERATORS: [&str; 8] = ["=", "!=", ">", "<", ">=", "<=", "contains", "!contains"];
const SINCE: &str = "2012-01-01T00:00:00.000Z";

impl Shared {
    pub(super) fn new(model: Model) -> Shared {
        Shared { model, meta: OnceLock::new(), schema: OnceLock::new() }
    }

    /// Built on demand: most programs never need them.
    pub(super) fn meta(&self) -> &Meta {
        self.meta.get_or_init(|| Meta::new(self))
    }

    pub(super) fn type_definitions(&self) -> impl Iterator<Item = Key> {
        (0..self.model.types.len()).map(Key::definition)
    }

    /// The definition of an attribute.
    pub(super) fn attribute(&self, attribute: &Attribute) -> Option<Key> {
        self.meta().by_id.get(&attribute.definition).copied()
    }

    /// The choice of a multi-value field.
    pub(super) fn choice(&self, kind: &Type, attribute: &Attribute, value: &str) -> Option<Key> {
        let number = attribute.rank_of(value)?;
        let before: usize = self
            .model
            .types
            .iter()
            .take(kind.id)
            .flat_map(|t| &t.attributes)
            .chain(kind.attributes.iter().take_while(|a| a.name != attribute.name))
            .map(|a| a.choices.len())
            .sum();
        let attributes: usize = self.model.types.iter().map(|t| t.attributes.len()).sum();
        Some(Key::definition(self.model.types.len() + attributes + before + number))
    }
}

impl Meta {
    fn new(shared: &Shared) -> Meta {
        let model = &shared.model;
        let mut meta = Meta { objects: Vec::new(), by_id: HashMap::new(), by_type: HashMap::new() };
        let types = model.types.len();
        let attributes: usize = model.types.iter().map(|t| t.attributes.len()).sum();
        let choices: usize = model.types.iter().flat_map(|t| &t.attributes).map(|a| a.choices.len()).sum();
        let operators = types + attributes + choices;
        let (mut next_attribute, mut next_choice) = (types, types + attributes);
        for kind in &model.types {
            let end = next_attribute + kind.attributes.len();
            meta.add(model, "typedefinition", kind.definition, type_values(kind, next_attribute..end));
            next_attribute = end;
        }
        for kind in &model.types {
            for attribute in &kind.attributes {
                let end = next_choice + attribute.choices.len();
                let mut values = attribute_values(model, kind, attribute);
                let offered = (next_choice..end).zip(&attribute.choices).filter(|(_, c)| !c.hidden);
                values.push(("AllowedValues", refs(offered.map(|(index, _)| index))));
                let allowed = attribute.operators().iter();
                let allowed =
                    allowed.filter_map(|o| Some(operators + OPERATORS.iter().position(|p| p == o)?));
                values.push(("AllowedQueryOperators", refs(allowed)));
                meta.add(model, "attributedefinition", attribute.definition, values);
                next_choice = end;
            }
        }
        for (attribute, definition) in model.types.iter().flat_map(|t| &t.attributes).zip(types..) {
            for (number, choice) in attribute.choices.iter().enumerate() {
                let id = definition_id(&format!("{}/{number}", attribute.definition));
                let text = || Val::text(choice.value.as_str());
                let values = vec![
                    ("StringValue", text()),
                    ("LocalizedStringValue", text()),
                    ("ValueIndex", Val::Int(number as i64)),
                    ("AttributeDefinition", Val::Ref(Key::definition(definition))),
                ];
                meta.add(model, "allowedattributevalue", id, values);
            }
        }
        for (number, operator) in OPERATORS.iter().enumerate() {
            let values = vec![("OperatorName", Val::text(*operator))];
            meta.add(model, "allowedqueryoperator", -(number as i64) - 1, values);
        }
        for keys in meta.by_type.values_mut() {
            keys.sort_by_key(|k| meta.objects.get(k.definition_index()).map(|o| o.id));
        }
        meta
    }

    fn add(&mut self, model: &Model, path: &str, id: i64, values: Vec<(&'static str, Val)>) {
        let key = Key::definition(self.objects.len());
        let Some(kind) = model.find(path) else { return };
        let mut object = Object::new(kind, id);
        for (name, value) in values.into_iter().chain([("CreationDate", Val::text(SINCE))]) {
            if let Some(at) = kind.at(name) {
                object.set(at, value);
            }
        }
        self.objects.push(object);
        self.by_id.insert(id, key);
        self.by_type.entry(kind.id).or_default().push(key);
    }
}

fn refs(indices: impl Iterator<Item = usize>) -> Val {
    Val::Refs(indices.map(Key::definition).collect())
}

fn type_values(kind: &Type, attributes: std::ops::Range<usize>) -> Vec<(&'static str, Val)> {
    let text = |t: &str| Val::text(t);
    vec![
        ("Abstract", Val::Bool(kind.is_abstract)),
        ("Attributes", refs(attributes)),
        ("Copyable", Val::Bool(kind.may('Y'))),
        ("Creatable", Val::Bool(kind.may('C') && !kind.is_abstract)),
        ("Deletable", Val::Bool(kind.may('D'))),
        ("DisplayName", text(&kind.display)),
        ("ElementName", text(kind.element())),
        ("HierarchyConfigurableType", Val::Bool(false)),
        ("IDPrefix", kind.prefix.as_deref().map_or(Val::Null, text)),
        ("Name", Val::text(super::model::words(kind.element()))),
        ("Note", text("")),
        ("Ordinal", Val::Int(kind.ordinal)),
        ("Parent", kind.above.first().map_or(Val::Null, |id| Val::Ref(Key::definition(*id)))),
        ("Queryable", Val::Bool(kind.may('Q'))),
        ("ReadOnly", Val::Bool(!kind.may('U') && !kind.may('C'))),
        ("Restorable", Val::Bool(kind.is_restorable())),
        ("TypePath", text(&kind.name)),
        ("UserListable", Val::Bool(kind.prefix.is_some())),
    ]
}

fn attribute_values(model: &Model, kind: &Type, a: &Attribute) -> Vec<(&'static str, Val)> {
    let target = a.target.as_deref().and_then(|t| model.find(t));
    vec![
        ("AllowedValueType", target.map_or(Val::Null, |t| Val::Ref(Key::definition(t.id)))),
        ("AttributeType", Val::text(type_name(a.kind))),
        ("Constrained", Val::Bool(is_constrained(a))),
        ("Custom", Val::Bool(a.custom)),
        ("DetailedType", Val::text(real_type_name(a))),
        ("ElementName", Val::text(a.name.as_str())),
        ("Filterable", Val::Bool(!a.operators().is_empty())),
        ("Hidden", Val::Bool(a.hidden)),
        ("Hideable", Val::Bool(a.custom)),
        ("MaxFractionalDigits", Val::Int(if a.kind == ValueKind::Decimal { 4 } else { -1 })),
        ("MaxLength", Val::Int(a.max_length().and_then(|n| i64::try_from(n).ok()).unwrap_or(-1))),
        ("Name", Val::text(a.display.as_str())),
        ("Note", Val::text("")),
        ("Owned", Val::Bool(super::model::owns(&kind.path, &a.name))),
        ("ReadOnly", Val::Bool(a.read_only)),
        ("RealAttributeType", Val::text(real_type_name(a))),
        ("Required", Val::Bool(a.required)),
        ("Sortable", Val::Bool(a.is_sortable())),
        ("SystemRequired", Val::Bool(a.required && !a.custom)),
        ("Type", Val::text(type_name(a.kind))),
        ("TypeDefinition", Val::Ref(Key::definition(kind.id))),
        ("VisibleOnlyToAdmins", Val::Bool(false)),
    ]
}

/// Objects and collections of a known type are constrained, too.
pub(super) fn is_constrained(a: &Attribute) -> bool {
    a.is_constrained() || (a.kind == ValueKind::Object && a.target.is_some() && !a.read_only) || a.multi
}

pub(super) fn type_name(kind: ValueKind) -> &'static str {
    match kind {
        ValueKind::String => "STRING",
        ValueKind::Text => "TEXT",
        ValueKind::Integer => "INTEGER",
        ValueKind::Decimal => "DECIMAL",
        ValueKind::Boolean => "BOOLEAN",
        ValueKind::Date => "DATE",
        ValueKind::Quantity => "QUANTITY",
        ValueKind::Rating => "RATING",
        ValueKind::State => "STATE",
        ValueKind::Object => "OBJECT",
        ValueKind::Collection => "COLLECTION",
        ValueKind::WebLink => "WEB_LINK",
        ValueKind::Raw => "RAW",
        ValueKind::Binary => "BINARY_DATA",
        ValueKind::Map => "MAP",
    }
}

/// For custom fields this is more specific than `AttributeType`.
pub(super) fn real_type_name(a: &Attribute) -> &'static str {
    match a.kind {
        ValueKind::String if a.custom && !a.choices.is_empty() => "DROP_DOWN",
        ValueKind::Collection if a.multi => "MULTI_VALUE",
        ValueKind::Object if a.custom && a.target.as_deref() == Some("user") => "USER",
        kind => type_name(kind),
    }
}
