//! References from any form of text, and from their parts.

use super::Ref;
use super::forms::{is_id, is_name, is_plain, path_in};
use crate::error::{Error, Result};
use crate::text::shorten;
use std::fmt;
use std::str::FromStr;

/// Longer texts are refused, which bounds the cost of a broken answer.
const LONGEST: usize = 1_000;

/// The most characters of an invalid reference to show.
pub(super) const SHOWN: usize = 80;

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
        let (first, second) =
            kind.split_once('/').map_or((kind, None), |(first, second)| (first, Some(second)));
        Ref::build(first, second, id.trim(), None).ok_or_else(|| {
            let (kind, id) = (shorten(type_path, SHOWN), shorten(&id, SHOWN));
            Error::input(format!("type `{kind}` and id `{id}` make no reference"))
                .remedy("a type reads like `Defect` or `PortfolioItem/Feature`, an id like `12`")
        })
    }

    pub(super) fn read(text: &str) -> Option<Ref> {
        let text = text.trim();
        if text.len() > LONGEST {
            return None;
        }
        let (path, _) = path_in(text.split(['?', '#']).next()?)?;
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
}

impl FromStr for Ref {
    type Err = Error;

    fn from_str(text: &str) -> Result<Ref> {
        Ref::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::reference::IntoId;
    use std::cmp::Ordering;

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
