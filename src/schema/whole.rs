//! All types of a workspace.

use super::json;
use super::lens::Link;
use super::spelling::spelled;
use super::{Attribute, TypeDef};
use crate::error::{Error, ErrorKind, Result};
use std::collections::HashMap;

/// The types of a workspace. Prints as a list.
///
/// ```
/// # fn main() -> rally_wsapi::Result<()> {
/// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
/// # let rally = sandbox.rally()?.in_all_projects();
/// let schema = rally.schema()?;
/// let prefixes = schema.types().iter().filter_map(|one| Some((one.id_prefix()?, one.type_path())));
/// assert!(prefixes.clone().any(|pair| pair == ("DE", "Defect")));
/// assert_eq!(schema.type_def("user story").unwrap().type_path(), "HierarchicalRequirement");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    types: Vec<TypeDef>,
    by_id: HashMap<i64, usize>,
    by_path: HashMap<String, usize>,
    /// The types by their names as [`spelled`], by the first rule that finds any.
    by_name: HashMap<String, (usize, Vec<usize>)>,
}

impl Schema {
    /// Parses an answer of the schema service. Fails only if it is not a schema at all.
    pub(crate) fn parse(body: &[u8]) -> Result<Schema> {
        let refuse = |why: String| {
            Error::new(
                ErrorKind::NotWsapi { status: 200, cut: false },
                format!("the schema cannot be read: {why}"),
            )
        };
        match json::types(body).map_err(|e| refuse(e.to_string()))? {
            Some(types) => Ok(Schema::of(types)),
            None => Err(refuse("it holds no list of types".to_owned())),
        }
    }

    fn of(types: Vec<TypeDef>) -> Schema {
        let (by_id, by_path, by_name) = (HashMap::new(), HashMap::new(), HashMap::new());
        let mut schema = Schema { types, by_id, by_path, by_name };
        for (at, one) in schema.types.iter().enumerate() {
            // Of repeated ids the first one stays; names are looked up one by one.
            if let Some(id) = one.object_id() {
                schema.by_id.entry(id).or_insert(at);
            }
            schema.by_path.entry(one.type_path().to_ascii_lowercase()).or_insert(at);
        }
        let rules: [fn(&TypeDef) -> [&str; 2]; 3] = [
            |t| [t.type_path(), t.type_path()],
            |t| [t.element_name(), t.element_name()],
            |t| [t.display_name(), t.name()],
        ];
        for (rule, names) in rules.iter().enumerate() {
            for (at, one) in schema.types.iter().enumerate() {
                for key in names(one).map(spelled).into_iter().filter(|key| !key.is_empty()) {
                    let (first, found) = schema.by_name.entry(key).or_insert((rule, Vec::new()));
                    if *first == rule && found.last() != Some(&at) {
                        found.push(at);
                    }
                }
            }
        }
        let chains: Vec<Vec<String>> = schema.types.iter().map(|one| schema.chain(one)).collect();
        for (one, chain) in schema.types.iter_mut().zip(chains) {
            one.inheritance = chain;
        }
        schema
    }

    /// Returns the types, in the server's order.
    pub fn types(&self) -> &[TypeDef] {
        &self.types
    }

    /// Returns the type with this element name, type path, name or display name, ignoring case and spaces. `None`
    /// if no type or several have it.
    pub fn type_def(&self, name: &str) -> Option<&TypeDef> {
        let name = super::standard::find(name).map_or(name, |t| t.type_path);
        self.only(name)
    }

    /// Returns the type with exactly this path, ignoring case.
    pub(crate) fn at_path(&self, path: &str) -> Option<&TypeDef> {
        self.types.get(*self.place(path)?)
    }

    fn place(&self, path: &str) -> Option<&usize> {
        self.by_path.get(path).or_else(|| self.by_path.get(&path.to_ascii_lowercase()))
    }

    /// Returns where all types with a name are, by the first rule that finds any.
    fn places(&self, name: &str) -> &[usize] {
        let by_name = || self.by_name.get(&spelled(name)).map(|(_, found)| found.as_slice());
        self.place(name.trim()).map(std::slice::from_ref).or_else(by_name).unwrap_or_default()
    }

    /// Returns all types with a name.
    pub(crate) fn named(&self, name: &str) -> Vec<&TypeDef> {
        self.places(name).iter().filter_map(|at| self.types.get(*at)).collect()
    }

    /// Returns the only type with a name.
    pub(super) fn only(&self, name: &str) -> Option<&TypeDef> {
        match self.places(name) {
            [at] => self.types.get(*at),
            _ => None,
        }
    }

    /// Returns the type path of the objects that an attribute holds, or the schema's name for it.
    pub(crate) fn target<'s>(&'s self, attribute: &'s Attribute) -> Option<&'s str> {
        let target = attribute.target()?;
        let name = target.name.as_deref();
        self.linked(target).map(TypeDef::type_path).or(name)
    }

    /// Returns the type that a link leads to: by its id, or else by its name.
    fn linked(&self, link: &Link) -> Option<&TypeDef> {
        let by_id = link.id.and_then(|id| self.types.get(*self.by_id.get(&id)?));
        by_id.or_else(|| self.only(link.name.as_deref()?))
    }

    /// Returns the names above a type. Ends at a cycle, and at a type that is not described. Real types have at
    /// most six above them; an unreasonably long chain is cut.
    fn chain(&self, one: &TypeDef) -> Vec<String> {
        const HIGHEST: usize = 64;
        let mut chain: Vec<String> = Vec::new();
        let mut passed: Vec<&TypeDef> = vec![one];
        let mut next = one;
        while let Some(parent) = next.parent.as_ref().filter(|_| chain.len() < HIGHEST) {
            let Some(above) = self.linked(parent) else {
                chain.extend(parent.name.clone());
                break;
            };
            if passed.iter().any(|p| std::ptr::eq(*p, above)) {
                break;
            }
            chain.push(above.type_path().to_owned());
            passed.push(above);
            next = above;
        }
        chain
    }

    /// Returns the types below an abstract one.
    pub(crate) fn below<'s>(&'s self, path: &str) -> impl Iterator<Item = &'s TypeDef> + use<'s> {
        let path = path.to_owned();
        let prefix = format!("{}/", path.to_ascii_lowercase());
        self.types.iter().filter(move |t| {
            t.inheritance().iter().any(|above| above.eq_ignore_ascii_case(&path))
                || t.type_path().to_ascii_lowercase().starts_with(&prefix)
        })
    }
}
