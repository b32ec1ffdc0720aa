//! An attribute of a type.

use super::lens::{Lens, Link, flags};
use super::{AllowedValue, AttributeType};
use crate::reference::Ref;

/// An attribute of a type, as the server describes it.
///
/// # Examples
///
/// ```
/// use rally_wsapi::schema::AttributeType;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let defect = rally.type_def("Defect")?;
/// let colour = defect.attribute("Colour of Money").unwrap();
/// assert_eq!((colour.element_name(), colour.name()), ("c_ColourofMoney", "Colour of Money"));
/// assert_eq!(colour.attribute_type(), &AttributeType::String);
/// assert_eq!(colour.real_attribute_type(), Some(&AttributeType::DropDown)); // as it was made
/// assert_eq!((colour.is_custom(), colour.is_constrained(), colour.is_multivalue()), (true, Some(true), false));
/// assert!(colour.listed_values().is_empty()); // to be asked for: `Rally::allowed_values`
/// println!("{colour}"); // all of it in a line
/// # Ok(())
/// # }
/// ```
///
/// Properties and types:
///
/// ```
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// # let defect = rally.type_def("Defect")?;
/// let name = defect.attribute("Name").unwrap();
/// assert!(name.is_required() && !name.is_read_only() && !name.is_hidden());
/// assert!(name.is_sortable() && name.is_filterable() && !name.is_visible_only_to_admins());
/// assert_eq!((name.max_length(), name.max_fraction_digits(), name.note()), (Some(256), None, None));
///
/// let tasks = defect.attribute("Tasks").unwrap();
/// assert_eq!((tasks.allowed_value_type(), tasks.schema_type()), (Some("Task"), Some("DefectTasksType")));
/// println!("{} {:?} {:?}", tasks.is_owned(), tasks.object_id(), tasks.reference());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    element_name: String,
    name: Option<String>,
    kind: AttributeType,
    real_kind: Option<AttributeType>,
    object_id: Option<i64>,
    reference: Option<Ref>,
    note: Option<String>,
    max_length: Option<i64>,
    max_fraction_digits: Option<i64>,
    schema_type: Option<String>,
    target: Option<Link>,
    choices: Choices,
    constrained: Option<bool>,
    required: bool,
    read_only: bool,
    custom: bool,
    hidden: bool,
    sortable: bool,
    filterable: bool,
    owned: bool,
    multivalue: bool,
    admins_only: bool,
}

/// What the schema says about the allowed values.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Choices {
    /// Nothing.
    Unsaid,
    Inline(Vec<AllowedValue>),
    /// They have to be loaded from here; with their number, if the schema has it.
    Elsewhere(Ref, Option<i64>),
}

impl Attribute {
    pub(super) fn read(lens: &Lens<'_>) -> Attribute {
        let element_name = lens.text("ElementName");
        let name = lens.text("Name").or_else(|| lens.text("_refObjectName"));
        let custom = lens.said("Custom");
        let element_name = element_name.or_else(|| name.clone()).unwrap_or_default();
        Attribute {
            kind: AttributeType::read(lens.words("AttributeType").unwrap_or_default()),
            real_kind: lens.words("RealAttributeType").map(AttributeType::read),
            object_id: lens.number("ObjectID").or_else(|| lens.id()),
            reference: lens.reference(),
            note: lens.text("Note"),
            max_length: lens.number("MaxLength").filter(|n| *n >= 0),
            max_fraction_digits: lens.number("MaxFractionalDigits").filter(|n| *n >= 0),
            schema_type: lens.text("SchemaType").or_else(|| lens.text("Type")),
            target: lens
                .object("AllowedValueType")
                .map(Link::read)
                .filter(|to| to.id.is_some() || to.name.is_some()),
            choices: choices(lens),
            constrained: lens.said("Constrained"),
            required: lens.flag("Required"),
            read_only: lens.flag("ReadOnly"),
            custom: custom.unwrap_or(element_name.starts_with("c_")),
            hidden: lens.flag("Hidden"),
            sortable: lens.flag("Sortable"),
            filterable: lens.flag("Filterable"),
            owned: lens.flag("Owned"),
            multivalue: lens.flag("Multivalue"),
            admins_only: lens.flag("VisibleOnlyToAdmins"),
            element_name,
            name,
        }
    }

    /// Returns the name in requests and answers, as `ScheduleState` or `c_RiskReward`.
    pub fn element_name(&self) -> &str {
        &self.element_name
    }

    /// Returns the display name, as `Risk / Reward %`.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.element_name)
    }

    /// Returns the kind of value.
    pub fn attribute_type(&self) -> &AttributeType {
        &self.kind
    }

    /// Returns the kind with which the field was created, if the server sends it: a drop-down is otherwise a
    /// string.
    pub fn real_attribute_type(&self) -> Option<&AttributeType> {
        self.real_kind.as_ref()
    }

    /// Returns the ObjectID of the definition; negative for built-in ones.
    pub fn object_id(&self) -> Option<i64> {
        self.object_id
    }

    /// Returns the reference of the definition.
    pub fn reference(&self) -> Option<&Ref> {
        self.reference.as_ref()
    }

    /// Returns the description that administrators wrote.
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// Returns the maximum length of a text, in characters.
    pub fn max_length(&self) -> Option<i64> {
        self.max_length
    }

    /// Returns the maximum number of decimal places.
    pub fn max_fraction_digits(&self) -> Option<i64> {
        self.max_fraction_digits
    }

    /// Returns the type in the server's own schema language, as `string`, `long` or `User`.
    pub fn schema_type(&self) -> Option<&str> {
        self.schema_type.as_deref()
    }

    /// Returns the type of the objects it holds, as the schema names it.
    pub fn allowed_value_type(&self) -> Option<&str> {
        self.target.as_ref().map(|to| to.name.as_deref().unwrap_or_default())
    }

    /// Returns the values that the schema itself lists; empty if they have to be loaded by
    /// [`Rally::allowed_values`](crate::Rally::allowed_values).
    pub fn listed_values(&self) -> &[AllowedValue] {
        match &self.choices {
            Choices::Inline(values) => values,
            _ => &[],
        }
    }

    flags! {
        /// `true` if a value is required.
        is_required required;
        /// `true` if only the server sets it.
        is_read_only read_only;
        /// `true` if it is a custom field.
        is_custom custom;
        /// `true` if it is not shown on the pages of Rally.
        is_hidden hidden;
        /// `true` if rows can be ordered by it.
        is_sortable sortable;
        /// `true` if rows can be filtered by it.
        is_filterable filterable;
        /// `true` if its objects are deleted with their owner.
        is_owned owned;
    }

    /// `true` if it accepts several choices.
    pub fn is_multivalue(&self) -> bool {
        self.multivalue || self.real_kind == Some(AttributeType::MultiValue)
    }

    /// `true` if only administrators see it.
    pub fn is_visible_only_to_admins(&self) -> bool {
        self.admins_only
    }

    /// `Some(true)` if only some values are allowed; `None` if the server does not say.
    pub fn is_constrained(&self) -> Option<bool> {
        self.constrained
    }

    pub(crate) fn choices(&self) -> &Choices {
        &self.choices
    }

    pub(super) fn target(&self) -> Option<&Link> {
        self.target.as_ref()
    }
}

/// Inline, or a reference to the collection.
fn choices(lens: &Lens<'_>) -> Choices {
    match lens.value("AllowedValues") {
        Lens::List(items) => Choices::Inline(AllowedValue::list(items.iter().map(AllowedValue::of))),
        collection => collection
            .reference()
            .map_or(Choices::Unsaid, |r| Choices::Elsewhere(r, collection.number("Count"))),
    }
}
