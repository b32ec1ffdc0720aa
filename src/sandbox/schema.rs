//! The schema endpoint: all types with their attributes in one answer, identified by a hash of its content.

use super::meta::{self, SchemaBody, Shared};
use super::model::{Attribute, Model, Type, hash64};
use super::store::Store;
use super::write_json as json;
use crate::schema::standard::ValueKind;

/// A placeholder for the origin until the answer is sent; no name contains it.
const ORIGIN: &str = "\u{1}";

impl Store {
    pub(super) fn schema(&self) -> &SchemaBody {
        self.shared.schema.get_or_init(|| self.write_schema())
    }

    fn write_schema(&self) -> SchemaBody {
        let model = self.model();
        let types: Vec<&Type> = model.types.iter().collect();
        let mut out = format!(
            "{{\"QueryResult\":{{\"Errors\":[],\"Warnings\":[],\"TotalResultCount\":{0},\"StartIndex\":1,\"PageSize\":{0},\"Results\":[",
            types.len()
        );
        let subscription = self.subscription().and_then(|k| self.at(k)).map_or("null".to_owned(), |s| {
            stub("subscription", s.id, self.name_of(s).unwrap_or_default(), Some(&s.uuid))
        });
        for (i, kind) in types.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            write_type(&mut out, &self.shared, kind, &subscription);
        }
        out.push_str("]}}");
        let hash = format!("{:016x}{:016x}", hash64(&out), hash64(&format!("{}{out}", model.types.len())));
        SchemaBody { pieces: out.split(ORIGIN).map(|p| p.as_bytes().into()).collect(), hash }
    }
}

fn stub(path: &str, id: i64, name: &str, uuid: Option<&str>) -> String {
    let uuid = uuid.map(|u| format!(",\"_refObjectUUID\":\"{u}\"")).unwrap_or_default();
    format!(
        "{{\"_ref\":\"{ORIGIN}/webservice/v2.0/{path}/{id}\",\"_refObjectName\":{}{uuid}}}",
        json::text_of(name)
    )
}

fn write_type(out: &mut String, shared: &Shared, kind: &Type, subscription: &str) {
    let parent = kind.above.first().and_then(|id| shared.model.get(*id));
    let parent = parent.map_or("null".to_owned(), |t| {
        stub("typedefinition", t.definition, &super::model::words(t.element()), None)
    });
    let name = super::model::words(kind.element());
    let uuid = shared.meta().objects.get(kind.id).map(|o| o.uuid.as_ref()).unwrap_or_default();
    out.push_str(&format!(
        "{{\"_ref\":\"{ORIGIN}/webservice/v2.0/typedefinition/{id}\",\"_refObjectUUID\":\"{uuid}\",\"_refObjectName\":{name},\
         \"_type\":\"TypeDefinition\",\"ObjectID\":{id},\"Name\":{name},\"ElementName\":{element},\"DisplayName\":{display},\
         \"TypePath\":{path},\"IDPrefix\":{prefix},\"Abstract\":{},\"Parent\":{parent},\"Creatable\":{},\"Queryable\":{},\
         \"ReadOnly\":{},\"Deletable\":{},\"Restorable\":{},\"Copyable\":{},\"Ordinal\":{},\"RevisionHistory\":null,\
         \"Subscription\":{subscription},\"Workspace\":null,\"Errors\":[],\"Warnings\":[],\"Attributes\":[",
        kind.is_abstract,
        kind.may('C') && !kind.is_abstract,
        kind.may('Q'),
        !kind.may('U') && !kind.may('C'),
        kind.may('D'),
        kind.is_restorable(),
        kind.may('Y'),
        kind.ordinal,
        id = kind.definition,
        name = json::text_of(&name),
        element = json::text_of(kind.element()),
        display = json::text_of(&kind.display),
        path = json::text_of(&kind.name),
        prefix = kind.prefix.as_deref().map_or("null".to_owned(), json::text_of),
    ));
    for (i, attribute) in kind.attributes.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write_attribute(out, &shared.model, kind, attribute, subscription);
    }
    out.push_str("]}");
}

fn write_attribute(out: &mut String, model: &Model, kind: &Type, a: &Attribute, subscription: &str) {
    let target = a.target.as_deref().and_then(|t| model.find(t));
    let id = a.definition;
    let operators = format!("{ORIGIN}/webservice/v2.0/AttributeDefinition/{id}/AllowedQueryOperators");
    out.push_str(&format!(
        "{{\"_ref\":\"{ORIGIN}/webservice/v2.0/attributedefinition/{id}\",\"_refObjectName\":{name},\"_type\":\"AttributeDefinition\",\
         \"ObjectID\":{id},\"Name\":{name},\"ElementName\":{element},\"AttributeType\":\"{}\",\"RealAttributeType\":\"{}\",\
         \"SchemaType\":{schema},\"Constrained\":{},\"Custom\":{},\"Required\":{},\"ReadOnly\":{},\"Hidden\":{},\"Filterable\":{},\
         \"Sortable\":{},\"MaxLength\":{},\"MaxFractionalDigits\":{},\"AllowedQueryOperators\":{{\"_ref\":\"{operators}\",\
         \"_type\":\"AllowedQueryOperator\",\"Count\":{}}},\"AllowedValueType\":{},\"AllowedValues\":{},\
         \"Subscription\":{subscription},\"Workspace\":null}}",
        meta::type_name(a.kind),
        meta::real_type_name(a),
        meta::is_constrained(a),
        a.custom,
        a.required,
        a.read_only,
        a.hidden,
        !a.operators().is_empty(),
        a.is_sortable(),
        a.max_length().and_then(|n| i64::try_from(n).ok()).unwrap_or(-1),
        if a.kind == ValueKind::Decimal { 4 } else { -1 },
        a.operators().len(),
        target.map_or("null".to_owned(), |t| {
            stub("typedefinition", t.definition, &super::model::words(t.element()), None)
        }),
        allowed_values(a),
        name = json::text_of(&a.display),
        element = json::text_of(&a.name),
        schema = json::text_of(&schema_type(kind, a, target)),
    ));
}

/// Texts list their choices, if any; other attributes refer to a collection.
fn allowed_values(a: &Attribute) -> String {
    if !matches!(a.kind, ValueKind::String | ValueKind::State)
        || a.custom && a.choices.iter().any(|c| c.hidden)
    {
        let reference =
            format!("{ORIGIN}/webservice/v2.0/AttributeDefinition/{}/AllowedValues", a.definition);
        let count = a.choices.iter().filter(|c| !c.hidden).count();
        return format!("{{\"_ref\":\"{reference}\",\"_type\":\"AllowedAttributeValue\",\"Count\":{count}}}");
    }
    let each = a.choices.iter().map(|c| {
        let text = json::text_of(&c.value);
        format!("{{\"ObjectID\":null,\"StringValue\":{text},\"_ref\":\"null\",\"_type\":\"AllowedAttributeValue\"}}")
    });
    format!("[{}]", each.collect::<Vec<_>>().join(","))
}

fn schema_type(kind: &Type, a: &Attribute, target: Option<&Type>) -> String {
    match a.kind {
        ValueKind::Integer => "long".to_owned(),
        ValueKind::Decimal | ValueKind::Quantity => "double".to_owned(),
        ValueKind::Boolean => "boolean".to_owned(),
        ValueKind::Date => "dateTime".to_owned(),
        ValueKind::Object => target.map_or("DomainObject".to_owned(), |t| t.name.replace('/', "-")),
        ValueKind::Collection => format!("{}{}Type", kind.name.replace('/', "-"), a.name),
        _ => "string".to_owned(),
    }
}
