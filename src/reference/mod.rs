//! References, as WSAPI sends them, and the ids that people type.
//!
//! A reference is absolute or relative, with any host and version, in any letter case. All forms of one reference
//! make the same [`Ref`], which holds only type, id and collection: whatever host the text named, a request made
//! from it goes to the client's server.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod browser;
mod forms;
mod id;
mod range;

pub(crate) use self::forms::below_service;
use self::forms::{after_service, is_id, is_name, is_plain, is_version, number, without_js, without_scheme};
pub use self::id::{Id, IntoId};
pub use self::range::IdRange;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};
use crate::text::shorten;

/// Longer texts are refused, which bounds the cost of a broken answer.
const LONGEST: usize = 1_000;

/// The most characters of an invalid reference to show.
const SHOWN: usize = 80;

/// A reference to an object or to one of its collections: `/defect/12`, `/defect/12/Tags`.
///
/// Two references are equal if they name the same object or collection, whatever their host, version, letter case
/// or `.js`.
///
/// ```
/// use rally_wsapi::Ref;
///
/// # fn main() -> rally_wsapi::Result<()> {
/// let long = Ref::parse("https://rally1.rallydev.com/slm/webservice/v2.0/Defect/12.js?fetch=Name")?;
/// assert_eq!(long, Ref::new("Defect", 12)?);
/// assert_eq!(long.to_string(), "/defect/12");
///
/// let tags = Ref::parse("/PortfolioItem/Feature/501/Tags")?;
/// assert_eq!((tags.type_path(), tags.id(), tags.object_id()), ("portfolioitem/feature", "501", Some(501)));
/// assert_eq!((tags.collection(), tags.path()), (Some("Tags"), "/portfolioitem/feature/501/Tags"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Ref {
    /// `/type/id` or `/type/id/Collection`; all but the collection is in lower case.
    path: Box<str>,
    /// Where the id starts and ends in it.
    id: (u16, u16),
}

impl Ref {
    /// Parses any form of `_ref`.
    ///
    /// # Errors
    /// `Input` for a text that is not a reference, including `"null"`, which WSAPI sends for values that are not
    /// objects, and anything with characters that could redirect a request.
    pub fn parse(text: &str) -> Result<Ref> {
        Ref::read(text).ok_or_else(|| {
            Error::input(format!("`{}` is not a reference", shorten(text, SHOWN)))
                .remedy("a reference reads like `/defect/12`, with or without the server before it")
        })
    }

    /// Makes the reference of an object from its type, as `Defect` or `PortfolioItem/Feature`, and its id.
    ///
    /// # Errors
    /// `Input` for a type or an id that is not valid in a reference.
    pub fn new(type_path: &str, id: impl fmt::Display) -> Result<Ref> {
        let id = id.to_string();
        let kind = type_path.trim().trim_matches('/');
        let (first, second) = match kind.split_once('/') {
            Some((first, second)) => (first, Some(second)),
            None => (kind, None),
        };
        Ref::build(first, second, id.trim(), None).ok_or_else(|| {
            let (kind, id) = (shorten(type_path, SHOWN), shorten(&id, SHOWN));
            Error::input(format!("type `{kind}` and id `{id}` make no reference"))
                .remedy("a type reads like `Defect` or `PortfolioItem/Feature`, an id like `12`")
        })
    }

    fn read(text: &str) -> Option<Ref> {
        let text = text.trim();
        if text.len() > LONGEST {
            return None;
        }
        let text = match text.find(['?', '#']) {
            Some(end) => text.get(..end)?,
            None => text,
        };
        let mut path = match without_scheme(text) {
            // The host ends at the first slash; without one there is only a host.
            Some(rest) => rest.split_once('/')?.1,
            None => text.strip_prefix('/').unwrap_or(text),
        };
        // The part before the service belongs to the server.
        if let Some(rest) = after_service(path) {
            let (version, rest) = rest.split_once('/')?;
            if !is_version(version) {
                return None;
            }
            path = rest;
        }
        path = path.strip_suffix('/').unwrap_or(path);
        path = without_js(path);

        let mut segments = path.split('/');
        let (first, second) = (segments.next()?, segments.next()?);
        let (third, fourth) = (segments.next(), segments.next());
        if segments.next().is_some() {
            return None;
        }
        match (third, fourth) {
            (None, _) => Ref::build(first, None, second, None),
            (Some(third), None) if is_id(second) => Ref::build(first, None, second, Some(third)),
            (Some(third), collection) => Ref::build(first, Some(second), third, collection),
        }
    }

    /// The only constructor: every part is checked here.
    fn build(first: &str, second: Option<&str>, id: &str, collection: Option<&str>) -> Option<Ref> {
        // `webservice` before a version is the service, not a type: the path could not be parsed again.
        let service = |name: &str| name.eq_ignore_ascii_case("webservice");
        let sound = is_name(first)
            && !service(first)
            && !second.is_some_and(service)
            && second.is_none_or(|s| is_plain(s) && !is_id(s))
            && is_id(id)
            && collection.is_none_or(|c| is_name(c) && !is_id(c));
        let lengths = [first.len(), second.map_or(0, str::len), id.len(), collection.map_or(0, str::len)];
        let length = lengths.into_iter().fold(4, usize::saturating_add);
        if !sound || length > LONGEST {
            return None;
        }
        let mut path = String::with_capacity(length);
        path.push('/');
        path.push_str(first);
        if let Some(second) = second {
            path.push('/');
            path.push_str(second);
        }
        path.push('/');
        let start = u16::try_from(path.len()).ok()?;
        path.push_str(id);
        path.make_ascii_lowercase();
        let end = u16::try_from(path.len()).ok()?;
        if let Some(collection) = collection {
            path.push('/');
            path.push_str(collection);
        }
        Some(Ref { path: path.into_boxed_str(), id: (start, end) })
    }

    fn part(&self, from: usize, to: usize) -> &str {
        self.path.get(from..to).unwrap_or_default()
    }

    /// Returns the type as in a URL: `defect`, `portfolioitem/feature`.
    pub fn type_path(&self) -> &str {
        self.part(1, usize::from(self.id.0).saturating_sub(1))
    }

    /// Returns the id as text: a number, a UUID or the compound id of a permission.
    pub fn id(&self) -> &str {
        self.part(self.id.0.into(), self.id.1.into())
    }

    /// Returns the id as a number; `None` for UUIDs and permissions.
    pub fn object_id(&self) -> Option<i64> {
        number(self.id())
    }

    /// Returns the collection as written; `None` for a reference to an object.
    pub fn collection(&self) -> Option<&str> {
        self.path.get(usize::from(self.id.1) + 1..)
    }

    /// Returns the path below the service: `/defect/12` or `/defect/12/Tags`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The cache key of the object, `defect/12`; for a collection, of the object that has it.
    pub(crate) fn key(&self) -> &str {
        self.part(1, self.id.1.into())
    }

    /// The characters that matter in comparisons.
    fn folded(&self) -> impl Iterator<Item = u8> + '_ {
        self.path.bytes().map(|b| b.to_ascii_lowercase())
    }
}

impl fmt::Display for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.path)
    }
}

impl fmt::Debug for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ref").field(&self.path).finish()
    }
}

impl FromStr for Ref {
    type Err = Error;

    fn from_str(text: &str) -> Result<Ref> {
        Ref::parse(text)
    }
}

impl PartialEq for Ref {
    fn eq(&self, other: &Ref) -> bool {
        self.path.eq_ignore_ascii_case(&other.path)
    }
}

impl Eq for Ref {}

impl Hash for Ref {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Type and id are in lower case and distinguish nearly all references; the collection may differ in case.
        self.key().hash(state);
    }
}

impl PartialOrd for Ref {
    fn partial_cmp(&self, other: &Ref) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ref {
    fn cmp(&self, other: &Ref) -> Ordering {
        self.folded().cmp(other.folded())
    }
}

/// Serializes as WSAPI expects references in fields: the relative path.
impl Serialize for Ref {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.path)
    }
}

/// Deserializes a reference from a text, or from an object of an answer by its `_ref`, as for an owner in a typed
/// row.
impl<'de> Deserialize<'de> for Ref {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Ref, D::Error> {
        deserializer.deserialize_any(RefVisitor)
    }
}

struct RefVisitor;

impl<'de> Visitor<'de> for RefVisitor {
    type Value = Ref;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a reference, or an object with one")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> std::result::Result<Ref, E> {
        Ref::parse(text).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Ref, A::Error> {
        let mut found = None;
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            match &*name {
                "_ref" => found = Some(map.next_value()?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        found.ok_or_else(|| A::Error::missing_field("_ref"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn path(text: &str) -> String {
        Ref::parse(text).map_or_else(|e| format!("refused: {e}"), |r| r.path().to_owned())
    }

    #[test]
    fn all_forms_of_one_reference_are_one() {
        let forms = [
            "https://rally1.rallydev.com/slm/webservice/v2.0/defect/12",
            "HTTP://127.0.0.1:8080/slm/webservice/v2.x/Defect/12.js",
            "https://proxy/rally/slm/webservice/1.43/defect/12.js?fetch=Name",
            "http://localhost:1234/defect/12",
            "/slm/webservice/v2.x/defect/12",
            "/defect/12",
            "defect/12",
            " DEFECT/12/ ",
            "/defect/12?q=/slm/webservice/v2.0/task/1",
        ];
        let refs: HashSet<Ref> = forms.iter().map(|f| Ref::parse(f).unwrap()).collect();
        assert_eq!(refs.len(), 1, "{refs:?}");
        let one = refs.into_iter().next().unwrap();
        assert_eq!((one.type_path(), one.id(), one.object_id()), ("defect", "12", Some(12)));
        assert_eq!((one.key(), one.collection()), ("defect/12", None));
    }

    #[test]
    fn types_with_a_slash_and_ids_that_are_no_numbers() {
        let feature = Ref::parse("/PortfolioItem/Feature/12").unwrap();
        assert_eq!(
            (feature.type_path(), feature.key()),
            ("portfolioitem/feature", "portfolioitem/feature/12")
        );
        for id in [
            "76de2093-5f8d-403d-a2db-fcec9c5c7079",
            "76de20935f8d403da2dbfcec9c5c7079",
            "123u456w1",
            "300378604376u288874995968p1",
        ] {
            let one = Ref::parse(&format!("/projectpermission/{id}")).unwrap();
            assert_eq!((one.id(), one.object_id()), (id, None));
        }
        let hash = Ref::parse("/attributedefinition/-3533014272666176132").unwrap();
        assert_eq!(hash.object_id(), Some(-3_533_014_272_666_176_132));
    }

    #[test]
    fn collections_keep_their_spelling_and_compare_without() {
        let tags = Ref::parse("https://h/slm/webservice/v2.0/Defect/123/Tags").unwrap();
        assert_eq!(
            (tags.path(), tags.collection(), tags.key()),
            ("/defect/123/Tags", Some("Tags"), "defect/123")
        );
        assert_eq!(tags, Ref::parse("/defect/123/tags.js").unwrap());
        assert_eq!(tags.cmp(&Ref::parse("/defect/123/tags").unwrap()), Ordering::Equal);
        assert_ne!(tags, Ref::parse("/defect/123").unwrap());
        assert_eq!(path("/portfolioitem/feature/12/Children"), "/portfolioitem/feature/12/Children");
    }

    #[test]
    fn what_is_no_reference_is_refused() {
        let long = format!("/defect/{}", "1".repeat(2_000));
        for text in [
            "",
            "/",
            "null",
            "null.js",
            "/null",
            "defect",
            "/defect/",
            "/defect/create",
            "/defect/12/Tags/add",
            "/defect/../12",
            "/defect/..",
            "//evil/12",
            "//evil/slm/webservice/v2.0/defect/12",
            "///defect/12",
            "/defect//12",
            "/defect/%2e%2e/12",
            "/defect/1%32",
            "/de fect/12",
            "/défaut/12",
            "/defect/12/../../evil",
            "/defect/0012",
            "/defect/99999999999999999999",
            "ftp://host/defect/12",
            "https://host",
            "https://host/slm/webservice/v2.0/",
            "https://host/slm/webservice/../defect/12",
            "https://rally1.rallydev.com/#/detail/defect/12",
            "/12/13",
            "/portfolioitem/12/13",
            &long,
        ] {
            let refused = Ref::parse(text);
            assert!(refused.is_err(), "{text}: {refused:?}");
        }
        assert!(Ref::parse(&long).unwrap_err().to_string().len() < 250);
    }

    #[test]
    fn a_reference_from_its_parts() {
        assert_eq!(Ref::new("PortfolioItem/Feature", 12).unwrap().path(), "/portfolioitem/feature/12");
        assert_eq!(Ref::new("Defect", "12").unwrap(), Ref::parse("/defect/12").unwrap());
        for (kind, id) in [("Defect/12", "13"), ("a/b/c", "1"), ("", "1"), ("Defect", "x"), ("..", "1")] {
            assert!(Ref::new(kind, id).is_err(), "{kind} {id}");
        }
    }

    #[test]
    fn ids_are_told_apart() {
        let id = |text: &str| text.into_id().unwrap();
        assert_eq!(id("12"), Id::ObjectId(12));
        assert_eq!(id("-51038"), Id::ObjectId(-51_038));
        assert_eq!(id(" de12 "), Id::FormattedId("DE12".into()));
        assert_eq!(
            id("A1234567890123456789012345678901"),
            Id::Uuid("a1234567890123456789012345678901".into())
        );
        assert_eq!(
            id("76DE2093-5f8d-403d-a2db-fcec9c5c7079"),
            Id::Uuid("76de2093-5f8d-403d-a2db-fcec9c5c7079".into())
        );
        assert_eq!(id("/defect/12"), Id::Ref(Ref::new("defect", 12).unwrap()));
        assert_eq!(5_u64.into_id().unwrap(), 5_i32.into_id().unwrap());
        assert!(u64::MAX.into_id().is_err());
        for text in ["", "DE", "DE 12", "ABCDEF12", "null", "1.5", "DE12x"] {
            let message = text.into_id().unwrap_err().to_string();
            assert!(message.contains("FormattedID"), "{message}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn near_valid_texts_never_panic_and_print_to_themselves(
            text in "(https?:/{0,3}[a-zé.:]{0,5})?(/?slm/webservice/v?[0-9x.]{0,3})?(/{0,2}(portfolioitem|defect|Tags|null|[0-9]{1,3}|-[0-9]|[0-9]u[0-9]w1|\\.\\.|%2e|é)){0,5}(\\.js|/)?(\\?.{0,3})?"
        ) {
            let _ = text.as_str().into_id();
            if let Ok(one) = Ref::parse(&text) {
                let again = Ref::parse(one.path()).unwrap();
                prop_assert_eq!(again.path(), one.path());
                prop_assert_eq!(again.id, one.id);
                prop_assert!(one.path().starts_with('/') && !one.path().contains("//"));
                prop_assert!(!one.path().contains(['.', '%', ':', '?']));
            }
        }

        #[test]
        fn any_text_is_taken_without_a_panic(text in "\\PC{0,60}") {
            let _ = Ref::parse(&text);
            let _ = text.into_id();
        }

        #[test]
        fn a_reference_survives_any_spelling(
            kind in "[a-z]{1,9}(/[a-z]{1,9})?", id in any::<i64>(), collection in proptest::option::of("[A-Z][a-z]{1,9}")
        ) {
            let tail = collection.as_deref().map(|c| format!("/{c}")).unwrap_or_default();
            let plain = Ref::parse(&format!("/{kind}/{id}{tail}")).unwrap();
            let shouted = format!("https://h:1/slm/webservice/v2.0/{}/{id}{tail}.js", kind.to_uppercase());
            prop_assert_eq!(&Ref::parse(&shouted).unwrap(), &plain);
            prop_assert_eq!(plain.object_id(), Some(id));
            prop_assert_eq!(plain.type_path(), kind.as_str());
            prop_assert_eq!(plain.collection(), collection.as_deref());
        }
    }
}
