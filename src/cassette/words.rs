//! The server's own sentences: the words it is known to use stay, what it repeats of ours does not.

use super::shapes::{self, Pattern, pattern};
use crate::schema::standard;
use crate::text::is_one_of;

/// The words of messages that are known, in small letters.
const KNOWN: &str = "a access action actions after all alm already an and any api are as at attribute attributes authenticate authentication \
    authorized bad basic be bearer because before been between both bytes cannot change changed class closed closing collection \
    concurrency concurrencyconflictexception condition conflict convert converted could create created creation cut date default delete \
    deleted deprecated denied does domain duplicate either empty entered entry error errors exceeded exception exist exists expected \
    failed field fields find for forbidden format found from gateway give given has have http id ids if in incorrect \
    instances integer internal into invalid is it item items json key large length limit list long longer maintenance \
    many match maximum may member message method minimum missing moved must name named names need negotiate needs nested no non not \
    null number object objects of on once one only operation operator or order out outside page parameter parent parse \
    password path perform permanently permission permissions pagesize plain please position prefix problem query quote rally rank \
    reached read realm reading record reference referenced refused removed request requests requested required resource results \
    retry row rows scope security securitycontext server service set should since size sort source start state stream \
    subscription such system text than that the there this time timed timeout to today token too try type unable \
    unauthorized unavailable unexpected unknown unsupported until update updated use used user username using validation \
    value values was were when which while with without workspace write you your";

static WORD: Pattern = pattern!(r"[\w@&'+%]+(?:[.:/-]+[\w@&'+%]+)*");
static TECHNICAL: Pattern =
    pattern!(r"^(?:[A-Z]{1,4}[0-9]+|c_[A-Za-z0-9_]+|com\.f4tech\.[A-Za-z.]+|[0-9]+|v?[0-9]+\.[0-9x]+)$");

/// The sentence with everything replaced but the server's own words, types, attributes and ids.
pub(super) fn scrub(text: &str, swap: &dyn Fn(&str) -> String) -> String {
    let Some(word) = WORD.as_ref() else { return swap(text) };
    word.replace_all(text, |found: &regex::Captures<'_>| {
        let word = found.get(0).map_or("", |m| m.as_str());
        if stays(word) { word.to_owned() } else { swap(word) }
    })
    .into_owned()
}

fn stays(word: &str) -> bool {
    let is_known = |word: &str| is_one_of(KNOWN, &word.to_lowercase());
    let is_name = |part: &str| standard::find(part).is_some() || standard::is_attribute(part);
    is_known(word)
        || shapes::is(&TECHNICAL, word)
        || shapes::is_date_or_id(word)
        || is_reference(word)
        || word.split(['.', '/', '-', ':']).all(|part| is_name(part) || is_known(part))
}

/// `user/12`: of a known type, or of a portfolio item. A company and a number may look the same.
fn is_reference(word: &str) -> bool {
    let kind = word.split('/').next().unwrap_or(word);
    let is_type = standard::find(kind).is_some() || kind.eq_ignore_ascii_case("portfolioitem");
    is_type && shapes::reference(&format!("/{word}")).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_says_stays_and_what_it_repeats_does_not() {
        let swap = |_: &str| "X".to_owned();
        for (text, shown) in [
            ("Cannot find object to read", "Cannot find object to read"),
            (
                "Not authorized to perform action: Invalid key",
                "Not authorized to perform action: Invalid key",
            ),
            (
                "Validation error: Defect.Name should not be null",
                "Validation error: Defect.Name should not be null",
            ),
            (
                "Could not read: Could not read referenced object /user/12",
                "Could not read: Could not read referenced object /user/12",
            ),
            (
                "Could not parse: Cannot convert \"Ann Keeper\" to Integer",
                "Could not parse: Cannot convert \"X X\" to Integer",
            ),
            ("No access to /portfolioitem/epic/12 of Contoso/1", "No access to /portfolioitem/epic/12 of X"),
            ("ann@corp.example has no access to DE12", "X has no access to DE12"),
            ("Requested type name \"/Defect\" is unknown.", "Requested type name \"/Defect\" is unknown."),
        ] {
            assert_eq!(scrub(text, &swap), shown);
        }
    }
}
