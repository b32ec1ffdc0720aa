//! Prints types and attributes as tables for people.

use super::{Attribute, Schema, TypeDef};
use std::fmt;

/// Writes `ScheduleState (Schedule State) STATE, required: Defined, In-Progress`.
impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<34} {:<34} {:<12}{}",
            self.element_name(),
            self.name(),
            self.attribute_type(),
            marks(self)
        )
    }
}

fn marks(attribute: &Attribute) -> String {
    let mut marks = words([
        (attribute.is_required(), "required"),
        (attribute.is_read_only(), "read-only"),
        (attribute.is_custom(), "custom"),
        (attribute.is_hidden(), "hidden"),
    ]);
    marks.extend(attribute.allowed_value_type().map(|of| format!("of {of}")));
    let values: Vec<&str> =
        attribute.listed_values().iter().map(|v| if v.is_empty() { "(empty)" } else { v.value() }).collect();
    if !values.is_empty() {
        marks.push(format!("one of {}", values.join(" | ")));
    }
    if marks.is_empty() { String::new() } else { format!(" {}", marks.join(", ")) }
}

fn words<const N: usize>(all: [(bool, &str); N]) -> Vec<String> {
    all.into_iter().filter(|(yes, _)| *yes).map(|(_, word)| word.to_owned()).collect()
}

/// Writes the type, then one attribute per line.
impl fmt::Display for TypeDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.type_path(), self.display_name())?;
        if let Some(prefix) = self.id_prefix() {
            write!(f, "  {prefix}")?;
        }
        let words = words([
            (self.is_abstract(), "abstract"),
            (self.is_creatable(), "creatable"),
            (self.is_queryable(), "queryable"),
            (self.is_deletable(), "deletable"),
            (self.is_restorable(), "restorable"),
            (self.is_copyable(), "copyable"),
            (self.is_read_only(), "read-only"),
        ]);
        if !words.is_empty() {
            write!(f, "  {}", words.join(", "))?;
        }
        if !self.inheritance().is_empty() {
            write!(f, "\n  inherits from {}", self.inheritance().join(" > "))?;
        }
        if let Some(note) = self.note() {
            write!(f, "\n  {}", note.split_whitespace().collect::<Vec<_>>().join(" "))?;
        }
        let mut attributes: Vec<&Attribute> = self.attributes().iter().collect();
        attributes.sort_by_key(|a| (a.is_custom(), a.element_name().to_lowercase()));
        attributes.iter().try_for_each(|a| write!(f, "\n    {}", a.to_string().trim_end()))
    }
}

/// Writes one type per line, with the number of its attributes.
impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut types: Vec<&TypeDef> = self.types().iter().collect();
        types.sort_by_key(|t| t.type_path().to_lowercase());
        for (i, one) in types.iter().enumerate() {
            let line = if i == 0 { "" } else { "\n" };
            let (path, name, count) = (one.type_path(), one.display_name(), one.attributes().len());
            let custom = one.custom_fields().count();
            write!(f, "{line}{path:<40} {name:<36} {count:>4} attributes, {custom} custom")?;
        }
        Ok(())
    }
}
