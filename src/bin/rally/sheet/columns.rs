//! What the columns of a sheet are to objects of a type.

use rally_wsapi::schema::{AllowedValues, Attribute, AttributeType as Kind};
use rally_wsapi::{Rally, Result};

/// What a cell of a column does.
#[derive(Debug, PartialEq)]
pub(super) enum Use {
    Sets(Field),
    /// It shows what cannot be set in this way.
    Shows,
    /// The type has no such attribute.
    Absent,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    /// As the server names it.
    pub(super) name: String,
    pub(super) holds: Holds,
    pub(super) is_required: bool,
    /// It takes values of a list.
    pub(super) is_constrained: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    Text,
    Number,
    Boolean,
    Date,
    Object,
    /// Several objects by their names.
    Members,
}

/// Columns that name the object of a row, the first that is filled counts.
pub(super) const IDS: [&str; 3] = ["FormattedID", "_ref", "ObjectID"];
/// What tells one object from all others of its type, or is looked up as if it did.
const IDENTIFYING: [&str; 7] =
    ["Name", "FormattedID", "ObjectID", "_ref", "UserName", "EmailAddress", "DisplayName"];
/// Read-only by some servers' own account; scripts have always set them on items of work.
const SET_ALL_THE_SAME: [&str; 3] = ["Project", "Iteration", "Release"];

/// Which of [`IDS`] a column is.
pub(super) fn id_column(column: &str) -> Option<&'static str> {
    let plain: String = column.chars().filter(|c| !c.is_whitespace()).collect();
    let plain = match plain.as_str() {
        "oid" => "ObjectID",
        "ref" => "_ref",
        other => other,
    };
    IDS.into_iter().find(|id| id.eq_ignore_ascii_case(plain))
}

/// What the column is to objects of the type; the schema is loaded once for all of them.
pub(super) fn use_of(rally: &Rally, type_name: &str, column: &str, is_create: bool) -> Result<Use> {
    if column.starts_with('_') {
        return Ok(Use::Shows);
    }
    let (head, rest) = match column.split_once('.') {
        Some((head, rest)) => (head, Some(rest)),
        None => (column, None),
    };
    let definition = rally.type_def(type_name)?;
    let Some(attribute) = definition.attribute(head) else { return Ok(Use::Absent) };
    let name = attribute.element_name();
    let is_fixed = attribute.is_read_only() && !SET_ALL_THE_SAME.contains(&name);
    // What a new object takes, the library knows better: the user of a permission cannot change later.
    if is_fixed && !(is_create && rest.is_none()) {
        return Ok(Use::Shows);
    }
    let holds = holds(attribute);
    let sets = match rest {
        None => true,
        Some("Name") => matches!(holds, Holds::Object | Holds::Members),
        Some(key) => holds == Holds::Object && IDENTIFYING.contains(&key),
    };
    if !sets {
        return Ok(Use::Shows);
    }
    let is_listed = matches!(attribute.attribute_type(), Kind::Rating | Kind::State | Kind::DropDown);
    Ok(Use::Sets(Field {
        name: name.to_owned(),
        holds,
        is_required: attribute.is_required(),
        is_constrained: holds == Holds::Text && (is_listed || attribute.is_constrained() == Some(true)),
    }))
}

fn holds(attribute: &Attribute) -> Holds {
    match attribute.attribute_type() {
        _ if attribute.is_multivalue() => Holds::Members,
        Kind::Collection => Holds::Members,
        Kind::Object | Kind::User => Holds::Object,
        Kind::Boolean => Holds::Boolean,
        Kind::Decimal | Kind::Integer | Kind::Quantity => Holds::Number,
        Kind::Date => Holds::Date,
        _ => Holds::Text,
    }
}

/// What is wrong with a value of a list.
pub(super) fn refusal(allowed: &AllowedValues, text: &str) -> Option<String> {
    let AllowedValues::Values(values) = allowed else { return None };
    if allowed.allows(text) {
        return None;
    }
    let plain = text.to_lowercase();
    let same = values.iter().map(|one| one.value()).find(|value| value.to_lowercase() == plain);
    Some(match same {
        Some(value) => format!("no value `{text}`; did you mean `{value}`?"),
        None => {
            let all: Vec<&str> = allowed.texts().filter(|text| !text.is_empty()).take(20).collect();
            format!("no value `{text}`; it takes {}", all.join(", "))
        }
    })
}
