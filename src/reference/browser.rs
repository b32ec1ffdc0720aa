//! Browser URLs: addresses of Rally's own pages.

use super::forms::{is_formatted_id, is_id, without_scheme};
use super::parse::SHOWN;
use super::{Id, Ref};
use crate::error::{Error, Result};
use crate::text::shorten;
use percent_encoding::percent_decode_str;

/// Longer texts are refused.
const LONGEST: usize = 8_000;

/// Reads the object from a browser URL; `None` if the text is something else.
///
/// Only the path after the `#` matters, not the host: `https://host/#/12d/detail/defect/701`,
/// `https://host/#/12d/backlog?detail=/defect/701`.
pub(super) fn read(text: &str) -> Option<Result<Id>> {
    let text = text.trim();
    let (page, place) = text.split_once('#')?;
    let is_page = match without_scheme(page) {
        Some(rest) => !rest.is_empty(),
        None => !page.contains(':'),
    };
    if !is_page || !place.starts_with('/') || text.len() > LONGEST || text.contains(char::is_whitespace) {
        return None;
    }
    Some(object(text, place))
}

fn object(text: &str, place: &str) -> Result<Id> {
    let refuse = |why: &str| Error::input(format!("`{}` {why}", shorten(text, SHOWN)));
    let place = place.split_once('#').map_or(place, |(place, _)| place);
    let (path, query) = place.split_once('?').unwrap_or((place, ""));
    let page = path.split_once("/detail/").map(|(_, rest)| rest.to_owned());
    let panel = parameter(query, "detail");
    let objects: Vec<Option<Id>> = page.iter().chain(&panel).map(|path| named(path)).collect();
    match objects.as_slice() {
        [Some(one)] => Ok(one.clone()),
        [Some(one), Some(other)] if one == other => Ok(one.clone()),
        [Some(one), Some(other)] => Err(refuse(&format!("shows two objects, {one} and {other}"))
            .remedy("give the reference of one of them")),
        [] if path.split('/').any(|part| part == "search") => {
            Err(refuse("is the address of a search, which may find any number of objects")
                .remedy("open the object meant and copy the address of its page, or give its FormattedID"))
        }
        _ => Err(refuse("is the address of a page that names no object")
            .remedy("an object's page reads like `https://host/#/detail/defect/12`")),
    }
}

/// Reads `defect/701` or `portfolioitem/feature/12/children`: what follows the id belongs to the page.
fn named(path: &str) -> Option<Id> {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let (first, second) = (parts.next()?, parts.next()?);
    let (kind, id) = match is_any_id(second) {
        true => (first.to_owned(), second),
        false => (format!("{first}/{second}"), parts.next().filter(|id| is_any_id(id))?),
    };
    if is_formatted_id(id) && !is_id(id) {
        return Some(Id::FormattedId(id.to_ascii_uppercase()));
    }
    let kind = if kind.eq_ignore_ascii_case("userstory") { "hierarchicalrequirement" } else { &kind };
    Ref::new(kind, id).ok().map(Id::Ref)
}

fn is_any_id(text: &str) -> bool {
    is_id(text) || is_formatted_id(text)
}

fn parameter(query: &str, name: &str) -> Option<String> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.into_iter().find(|(own, _)| *own == name)?;
    percent_decode_str(value).decode_utf8().ok().map(|text| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id(text: &str) -> String {
        text.parse::<Id>().map_or_else(|e| e.to_string(), |id| id.to_string())
    }

    #[test]
    fn pages_of_objects_are_ids() {
        for (address, meant) in [
            ("https://rally1.rallydev.com/#/detail/defect/701", "/defect/701"),
            (
                "https://rally1.rallydev.com/#/123d/detail/userstory/601?fdp=true",
                "/hierarchicalrequirement/601",
            ),
            (
                "https://rally1.rallydev.com/#/123ud/detail/userstory/601/tasks",
                "/hierarchicalrequirement/601",
            ),
            ("https://rally.example:8443/slm/rally.sp#/123/detail/testcase/5/run", "/testcase/5"),
            ("https://rally1.rallydev.com/#/detail/portfolioitem/feature/501", "/portfolioitem/feature/501"),
            ("https://host/#/detail/PortfolioItem/Feature/501/children", "/portfolioitem/feature/501"),
            ("https://host/#/?detail=/defect/701", "/defect/701"),
            (
                "https://host/#/123d/backlog?detail=%2Fuserstory%2F601%2Fdiscussion&x=1",
                "/hierarchicalrequirement/601",
            ),
            ("https://host/#/123d/teamboard?x=1&detail=defect/701", "/defect/701"),
            ("https://host/#/1/detail/defect/701?detail=/defect/701", "/defect/701"),
            ("https://host/#/detail/defect/701#comment", "/defect/701"),
            ("HTTP://HOST/#/detail/Defect/701/", "/defect/701"),
            ("rally1.rallydev.com/#/detail/task/9", "/task/9"),
            (" /#/123d/detail/iteration/9 ", "/iteration/9"),
            ("#/detail/milestone/9", "/milestone/9"),
            ("https://host/#/detail/userstory/us12", "US12"),
            (
                "https://host/#/detail/defect/76de2093-5f8d-403d-a2db-fcec9c5c7079",
                "/defect/76de2093-5f8d-403d-a2db-fcec9c5c7079",
            ),
        ] {
            assert_eq!(id(address), meant, "{address}");
        }
    }

    #[test]
    fn other_pages_are_refused_with_the_reason() {
        for (address, why) in [
            ("https://rally1.rallydev.com/#/123d/search?keywords=DE12", "the address of a search"),
            ("https://rally1.rallydev.com/#/search?keywords=card&detail=", "names no object"),
            ("https://host/#/123d/backlog", "names no object"),
            ("https://host/#/", "names no object"),
            ("https://host/#/detail/defect", "names no object"),
            ("https://host/#/detail/defect/new", "names no object"),
            ("https://host/#/detail/../701", "names no object"),
            ("https://host/#/detail/%2e%2e/701", "names no object"),
            ("https://host/#/detail/a/b/c/701", "names no object"),
            ("https://host/#/1/detail/defect/701?detail=/task/9", "two objects, /defect/701 and /task/9"),
            ("ftp://host/#/detail/defect/701", "is not an id"),
            ("https://#/detail/defect/701", "is not an id"),
            ("https://host/detail/defect#701", "is not an id"),
            ("see https://host/#/detail/defect/701", "is not an id"),
        ] {
            assert!(id(address).contains(why), "{address}: {}", id(address));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_object_survives_any_page_around_it(
            host in "(https?://[a-z]{1,8}(:[0-9]{2,4})?/(slm/rally\\.sp)?|/|)",
            project in "(/[0-9]{1,12}u?d?)?", kind in "defect|task|portfolioitem/[a-z]{2,8}", number in 1_i64..,
            tab in "(/[a-z]{1,8})?", query in "(\\?[a-z]{1,5}=[a-z0-9]{0,5})?", panel in any::<bool>()
        ) {
            let address = match panel {
                false => format!("{host}#{project}/detail/{kind}/{number}{tab}{query}"),
                true => format!("{host}#{project}/home?detail={}", format!("/{kind}/{number}{tab}").replace('/', "%2F")),
            };
            prop_assert_eq!(address.parse::<Id>().unwrap(), Id::Ref(Ref::new(&kind, number).unwrap()));
        }

        #[test]
        fn near_addresses_do_no_harm(
            text in "(https?:/{0,3}[a-zé.]{0,5}/?)?#(/{0,2}(detail|search|[0-9]{1,3}d?|defect|portfolioitem|userstory|DE[0-9]|\\.\\.|%2f|é)){0,6}(\\?(detail|keywords)=.{0,12})?"
        ) {
            if let Ok(Id::Ref(one)) = text.parse::<Id>() {
                prop_assert_eq!(&Ref::parse(one.path()).unwrap(), &one);
                prop_assert!(one.collection().is_none());
            }
        }
    }
}
