//! Kinds of values.

use std::fmt;

/// The kind of value that an attribute holds.
///
/// ```
/// use rally_wsapi::schema::AttributeType;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let defect = rally.type_def("Defect")?;
/// for field in defect.attributes().iter().filter(|field| field.attribute_type() == &AttributeType::Date) {
///     println!("{} is a date", field.name());
/// }
/// assert_eq!(AttributeType::WebLink.to_string(), "WEB_LINK");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AttributeType {
    /// Bytes, as base64.
    Binary,
    /// True or false.
    Boolean,
    /// Objects, read as a query of their own.
    Collection,
    /// A point in time.
    Date,
    /// A number with decimals.
    Decimal,
    /// A whole number.
    Integer,
    /// A map from names to texts.
    Map,
    /// One object.
    Object,
    /// A decimal in the workspace's unit of work.
    Quantity,
    /// One of several choices.
    Rating,
    /// JSON of the server's own form.
    Raw,
    /// One of several states.
    State,
    /// Text of one line.
    String,
    /// Formatted text.
    Text,
    /// A link with a text to show.
    WebLink,
    /// One choice of a list.
    DropDown,
    /// Several choices of a list.
    MultiValue,
    /// A user.
    User,
    /// A kind unknown to this crate, as the server writes it; empty if it sends none.
    Other(String),
}

/// The server's names.
const KINDS: [(&str, AttributeType); 18] = [
    ("BINARY_DATA", AttributeType::Binary),
    ("BOOLEAN", AttributeType::Boolean),
    ("COLLECTION", AttributeType::Collection),
    ("DATE", AttributeType::Date),
    ("DECIMAL", AttributeType::Decimal),
    ("INTEGER", AttributeType::Integer),
    ("MAP", AttributeType::Map),
    ("OBJECT", AttributeType::Object),
    ("QUANTITY", AttributeType::Quantity),
    ("RATING", AttributeType::Rating),
    ("RAW", AttributeType::Raw),
    ("STATE", AttributeType::State),
    ("STRING", AttributeType::String),
    ("TEXT", AttributeType::Text),
    ("WEB_LINK", AttributeType::WebLink),
    ("DROP_DOWN", AttributeType::DropDown),
    ("MULTI_VALUE", AttributeType::MultiValue),
    ("USER", AttributeType::User),
];

impl AttributeType {
    pub(super) fn read(text: &str) -> AttributeType {
        let known =
            KINDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)).map(|(_, kind)| kind.clone());
        known.unwrap_or_else(|| AttributeType::Other(text.to_owned()))
    }
}

/// Writes the server's name: `WEB_LINK`.
impl fmt::Display for AttributeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = KINDS.iter().find(|(_, kind)| kind == self).map(|(word, _)| *word);
        f.pad(match self {
            AttributeType::Other(text) => text,
            _ => known.unwrap_or_default(),
        })
    }
}
