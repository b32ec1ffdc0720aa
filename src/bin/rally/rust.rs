//! `rally schema TYPE --rust`: a type as a struct of Rust.

use crate::failure::Failure;
use crate::text::one_line;
use rally_wsapi::schema::{Attribute, AttributeType, TypeDef};
use rally_wsapi::{ErrorKind, Rally};
use std::collections::HashSet;
use std::fmt::Write as _;

/// Words that Rust keeps for itself.
const KEYWORDS: &str = "abstract as async await become box break const continue crate do dyn else enum extern false final fn for gen if impl in let loop macro match mod move mut override priv pub ref return self static struct super trait true try type typeof union unsafe unsized use virtual where while yield";

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    Plain(&'static str),
    /// One of these texts.
    Choice(Vec<String>),
}

/// A field of the struct.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) element: String,
    pub(crate) display: String,
    pub(crate) is_required: bool,
    pub(crate) holds: Holds,
}

/// The struct of a type, with the attributes named or all that are shown.
pub(crate) fn of_type(rally: &Rally, definition: &TypeDef, names: &[String]) -> Result<String, Failure> {
    let mut members = Vec::new();
    for attribute in chosen(definition, names)? {
        let holds = holds(rally, definition, attribute)?;
        members.push(Member {
            element: attribute.element_name().to_owned(),
            display: attribute.name().to_owned(),
            is_required: attribute.is_required() && !matches!(holds, Holds::Choice(_)),
            holds,
        });
    }
    let name = definition.type_path().rsplit('/').next().unwrap_or_default();
    Ok(source(name, &members))
}

fn chosen<'d>(definition: &'d TypeDef, names: &[String]) -> Result<Vec<&'d Attribute>, Failure> {
    if names.is_empty() {
        let is_shown = |a: &&Attribute| !a.is_hidden() && a.attribute_type() != &AttributeType::Collection;
        return Ok(definition.attributes().iter().filter(is_shown).collect());
    }
    let find = |name: &String| {
        definition.attribute(name).ok_or_else(|| {
            let path = definition.type_path();
            Failure::usage(format!(
                "{path} has no attribute {}; `rally schema {path}` lists them",
                one_line(name)
            ))
        })
    };
    names.iter().map(find).collect()
}

fn holds(rally: &Rally, definition: &TypeDef, attribute: &Attribute) -> Result<Holds, Failure> {
    use AttributeType as T;
    let kind = attribute.attribute_type();
    let real = attribute.real_attribute_type().unwrap_or(kind);
    if matches!(kind, T::State | T::Rating) || *real == T::DropDown {
        let values = match rally.allowed_values(definition.type_path(), attribute.element_name()) {
            Ok(values) => values.texts().filter(|text| !text.is_empty()).map(str::to_owned).collect(),
            Err(error) if error.kind() == &ErrorKind::Input => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        return Ok(if values.is_empty() { Holds::Plain("String") } else { Holds::Choice(values) });
    }
    Ok(Holds::Plain(match kind {
        T::Boolean => "bool",
        T::Integer => "i64",
        T::Decimal | T::Quantity => "f64",
        T::String | T::Text | T::Date => "String",
        // Objects, links and collections as they come.
        _ => "serde_json::Value",
    }))
}

/// The text of the struct, and of an enum for each field with choices.
pub(crate) fn source(type_name: &str, members: &[Member]) -> String {
    let mut types = Names::new(&["String", "Option"]);
    let name = types.take(&camel(type_name));
    let (mut fields, mut text, mut enums) = (Names::new(&[]), String::new(), String::new());
    let _ = writeln!(text, "/// {}, as `rally schema --rust` wrote it.", comment(type_name));
    text.push_str("#[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize)]\n");
    let _ = writeln!(text, "pub struct {name} {{");
    for member in members {
        let kind = match &member.holds {
            Holds::Plain(kind) => (*kind).to_owned(),
            Holds::Choice(values) => {
                let own = types.take(&format!("{name}{}", camel(&member.element)));
                choice(&mut enums, &own, &member.display, values);
                own
            }
        };
        let kind = if member.is_required { kind } else { format!("Option<{kind}>") };
        let _ = writeln!(text, "    /// {}", comment(&member.display));
        let _ = writeln!(text, "    #[serde(rename = {:?})]", member.element);
        let _ = writeln!(text, "    pub {}: {kind},", fields.take(&snake(&member.element)));
    }
    text.push_str("}\n");
    text + &enums
}

fn choice(text: &mut String, name: &str, display: &str, values: &[String]) {
    let _ = writeln!(text, "\n/// The values of {}.", comment(display));
    text.push_str("#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]\n");
    let _ = writeln!(text, "pub enum {name} {{");
    let mut variants = Names::new(&["Other"]);
    let mut seen = HashSet::new();
    for value in values.iter().filter(|value| seen.insert(value.as_str())) {
        let _ = writeln!(text, "    /// {}", comment(value));
        let _ = writeln!(text, "    #[serde(rename = {value:?})]\n    {},", variants.take(&camel(value)));
    }
    text.push_str("    /// A value that was added later.\n    #[serde(untagged)]\n    Other(String),\n}\n");
}

/// Identifiers of one place, each once.
struct Names(HashSet<String>);

impl Names {
    fn new(taken: &[&str]) -> Names {
        Names(taken.iter().map(|name| (*name).to_owned()).collect())
    }

    fn take(&mut self, name: &str) -> String {
        let plain = match name {
            "" => "unnamed".to_owned(),
            digit if digit.starts_with(|c: char| c.is_ascii_digit()) => format!("N{digit}"),
            word if KEYWORDS.split(' ').any(|keyword| keyword == word) || word == "Self" => {
                format!("{word}_")
            }
            other => other.to_owned(),
        };
        let mut free = plain.clone();
        let mut number = 2_u32;
        while !self.0.insert(free.clone()) {
            free = format!("{plain}{number}");
            number = number.saturating_add(1);
        }
        free
    }
}

/// The words of a name: `c_ColourOfMoney` and `In-Progress` have three and two.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    let mut letters = name.strip_prefix("c_").unwrap_or(name).chars().peekable();
    while let Some(c) = letters.next() {
        let is_word = c.is_ascii_alphanumeric();
        let begins = c.is_ascii_uppercase()
            && (before.is_ascii_lowercase()
                || (before.is_ascii_uppercase() && letters.peek().is_some_and(char::is_ascii_lowercase)));
        if begins || !is_word {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| is_word) {
            word.push(c.to_ascii_lowercase());
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

fn snake(name: &str) -> String {
    let name = words(name).join("_");
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("n{name}") } else { name }
}

fn camel(name: &str) -> String {
    let upper = |word: String| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    let name: String = words(name).into_iter().map(upper).collect();
    if name.is_empty() { "Unnamed".to_owned() } else { name }
}

/// On one line, with nothing that ends it.
fn comment(text: &str) -> String {
    one_line(text).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn member() -> impl Strategy<Value = Member> {
        let holds = prop_oneof![
            Just(Holds::Plain("String")),
            prop::collection::vec(any::<String>(), 1..5).prop_map(Holds::Choice)
        ];
        let name = prop_oneof![any::<String>(), "(type|c_|self|Self|1st|[A-Za-z_% ]{0,9})", "[a-z]{1,5}"];
        (name, any::<String>(), any::<bool>(), holds).prop_map(|(element, display, is_required, holds)| {
            Member { element, display, is_required, holds }
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_the_names_it_is_rust(name in any::<String>(), members in prop::collection::vec(member(), 0..8)) {
            let text = source(&name, &members);
            let file = syn::parse_file(&text).map_err(|error| TestCaseError::fail(format!("{error}: {text}")))?;
            let mut names = HashSet::new();
            for item in &file.items {
                match item {
                    syn::Item::Struct(one) => {
                        prop_assert!(names.insert(one.ident.to_string()));
                        let fields: HashSet<_> = one.fields.iter().map(|field| field.ident.clone()).collect();
                        prop_assert_eq!(fields.len(), members.len());
                    }
                    syn::Item::Enum(one) => {
                        prop_assert!(names.insert(one.ident.to_string()));
                        let variants: HashSet<_> = one.variants.iter().map(|variant| variant.ident.clone()).collect();
                        prop_assert_eq!(variants.len(), one.variants.len());
                    }
                    _ => prop_assert!(false, "{}", text),
                }
            }
        }
    }

    #[test]
    fn names_read_as_in_rust() {
        for (name, field, variant) in [
            ("FormattedID", "formatted_id", "FormattedId"),
            ("c_ColourofMoney", "colourof_money", "ColourofMoney"),
            ("In-Progress", "in_progress", "InProgress"),
            ("1 - High", "n1_high", "1High"),
            ("%", "", "Unnamed"),
        ] {
            assert_eq!((snake(name).as_str(), camel(name).as_str()), (field, variant), "{name}");
        }
    }
}
