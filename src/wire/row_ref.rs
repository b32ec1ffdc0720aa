//! Reads the reference of a row and no more, because every row of a page is asked for its own.

use crate::record::Scanner;
use crate::reference::Ref;
use serde::Deserialize;
use std::borrow::Cow;

/// Returns the `_ref` of a row. Servers send it before any object or list, so that the rest is not read.
pub(super) fn reference_in(row: &str) -> Option<Cow<'_, str>> {
    match early(row) {
        Some(text) => Some(text.into()),
        None => serde_json::from_str::<Referred<'_>>(row).ok().map(|known| known.reference),
    }
}

/// Returns the reference if only short plain members come before it.
fn early(row: &str) -> Option<&str> {
    const NAME: &str = "\"_ref\"";
    let mut scan = Scanner::new(row);
    scan.expect(b'{')?;
    loop {
        scan.next_byte()?;
        let is_found = row.get(scan.at()..)?.starts_with(NAME);
        scan.name()?;
        if is_found {
            scan.expect(b'"')?;
            let (text, _) = row.get(scan.at()..)?.split_once('"')?;
            return (!text.contains('\\')).then_some(text);
        }
        // An object or a list may be long.
        scan.value(0)?;
        scan.expect(b',')?;
    }
}

/// A row up to its reference.
#[derive(Deserialize)]
struct Referred<'a> {
    #[serde(rename = "_ref", borrow)]
    reference: Cow<'a, str>,
}

/// Returns the ObjectID in the reference of a row.
pub(super) fn object_id_in(row: &str) -> Option<i64> {
    let reference = reference_in(row)?;
    // The usual form, without building a reference.
    let (_, id) = reference.rsplit_once('/')?;
    let plain = id.bytes().all(|b| b.is_ascii_digit()) && !id.starts_with('0');
    let id = if plain { id.parse().ok() } else { None };
    id.or_else(|| Ref::parse(&reference).ok()?.object_id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_is_the_rows_own_wherever_it_stands() {
        for (row, reference, id) in [
            (
                r#"{"_rallyAPIMajor": "2", "_ref": "https://h/slm/webservice/v2.0/defect/12", "a": 1}"#,
                true,
                Some(12),
            ),
            (r#"{"_ref":"/defect/12"}"#, true, Some(12)),
            ("{ \"_ref\" :\n \"/Defect/12.js\"}", true, Some(12)),
            (r#"{"Owner": {"_ref": "/user/1"}, "_ref": "/defect/12"}"#, true, Some(12)),
            (r#"{"Tags": [{"_ref": "/tag/1"}], "_ref": "/defect/12"}"#, true, Some(12)),
            (r#"{"Name": "\"_ref\": \"/defect/1\"", "_ref": "/defect/12"}"#, true, Some(12)),
            (r#"{"Name": "_ref", "x": "/defect/1", "_ref": "/defect/12"}"#, true, Some(12)),
            (r#"{"_ref": "\/defect\/12"}"#, true, Some(12)),
            (r#"{"_ref": "/typedefinition/-51038"}"#, true, Some(-51_038)),
            (r#"{"_ref": "/defect/012"}"#, true, None),
            (r#"{"_ref": "/projectpermission/1u7p1"}"#, true, None),
            (r#"{"_ref": "/defect/99999999999999999999"}"#, true, None),
            (r#"{"_ref": "null"}"#, true, None),
            (r#"{"_ref": null}"#, false, None),
            (r#"{"Owner": {"_ref": "/user/1"}}"#, false, None),
            (r#"{"Tags": [{"_ref": "/tag/1"}]}"#, false, None),
            (r#"["_ref", "/defect/1"]"#, false, None),
            ("7", false, None),
            ("", false, None),
        ] {
            assert_eq!((reference_in(row).is_some(), object_id_in(row)), (reference, id), "{row}");
        }
    }
}
